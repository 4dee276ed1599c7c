"""The same script, with its guard."""

from concurrent.futures import ProcessPoolExecutor


# label: clean | items: range(3)
def work(number):
    return number * number


def main():
    with ProcessPoolExecutor(2) as pool:
        print(list(pool.map(work, range(3))))


if __name__ == "__main__":
    main()
