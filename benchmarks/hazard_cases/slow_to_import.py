"""A module that computes a table when it is imported."""

TABLE = [sum(range(number % 3_000)) for number in range(20_000)]


# label: hazard module-work | items: range(3)
def look_up(number):
    return TABLE[number]
