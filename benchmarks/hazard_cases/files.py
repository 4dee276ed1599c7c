"""Files: opened by each call, or once for all."""

import csv
import gzip
import io
import json
import os
import tempfile
from pathlib import Path

HERE = Path(__file__)
ROWS = io.StringIO()
WRITER = csv.writer(ROWS)
OUTPUT = open(os.devnull, "w")
FILES = [str(HERE), str(HERE)]


# label: clean | items: FILES
def count_lines(path):
    with open(path) as file:
        return sum(1 for _ in file)


# label: clean | items: FILES
def read_size(path):
    return len(Path(path).read_text())


# label: hazard resource | items: range(3)
def write_line(number):
    OUTPUT.write(f"{number}\n")
    return number


# label: hazard resource state-changed unpicklable state-changed-in-trial | items: range(3)
def write_row(number):
    WRITER.writerow([number, number * number])


# label: clean | items: range(3)
def compressed_size(number):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.gz")
        with gzip.open(path, "wb") as file:
            file.write(b"x" * number * 1000)
        return path.stat().st_size


# label: clean | items: ['{"a": 1}', '{"a": 2}']
def parse_record(line):
    record = json.loads(line)
    record["b"] = record.pop("a") + 1
    return record


# label: hazard unpicklable | items: FILES
def open_for_reading(path):
    return open(path)


# label: clean | items: FILES
def names_beside(path):
    return sorted(entry.name for entry in Path(path).parent.iterdir())[:2]
