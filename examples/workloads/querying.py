"""SQLite: fill a small database and ask it for totals, each call with a connection of its own.

SQLite gives up the GIL around each step of a statement and takes it back for each row: some of the work can overlap,
and some of it is threads passing the GIL to and fro. The databases are in memory and leave nothing behind.
"""

import sqlite3
from contextlib import closing

ITEMS = list(range(120))
_TOTALS = """
    SELECT customer, count(*), sum(amount) FROM orders
    GROUP BY customer HAVING sum(amount) > 20000 ORDER BY sum(amount) DESC, customer
"""


def totals(shop: int) -> list[tuple[int, int, int]]:
    """Find a shop's best customers."""
    orders = ((row * (shop + 7) % 97, row * 31 % (400 + shop)) for row in range(9000))
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE orders (customer INTEGER, amount INTEGER)")
        connection.executemany("INSERT INTO orders VALUES (?, ?)", orders)
        return connection.execute(_TOTALS).fetchall()
