"""The article's functions, as they were meant and as they were written."""

NUMBER = 7
result = None
total = None


# label: hazard assignment-stays-local | call: (7)
def calc_square(number):
    result = number * number
    print("Square:", result)


# label: hazard call-does-not-fit | call: (7)
def calc_quad():
    return NUMBER**4


# label: hazard state-assigned | call: (7)
def calc_square_declared_global(number):
    global total
    total = number * number


# label: clean | call: (7)
def calc_square_returned(number):
    square = number * number
    print("Square:", square)
    return square


if __name__ == "__main__":
    calc_square(NUMBER)
    calc_square_declared_global(NUMBER)
    print("Result in the main program:", result, total)
