"""A script that starts its pool when it is imported."""

from concurrent.futures import ProcessPoolExecutor


# label: hazard no-main-guard
def work(number):
    return number * number


def main():
    with ProcessPoolExecutor(2) as pool:
        print(list(pool.map(work, range(3))))


main()
