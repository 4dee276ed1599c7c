"""Resources: what outlives a call and must not cross a thread or a process is found; what a call opens is not."""

import pytest

from tests.hazards.seeing import found, pools, subjects
from whichpool.hazards.effects import RESOURCES, ResourceKind
from whichpool.hazards.resources import find_log_files, find_resources
from whichpool.values.hazards import APART, IMPORTED, THREADED, Hazard, PoolKind

USES = "\ndef work(item):\n    return {}.use(item)\n"


@pytest.mark.parametrize(
    ("made", "name", "kind"),
    [
        ("F = open('x')", "F", ResourceKind.FILE),
        ("import gzip\nF = gzip.open('x')", "F", ResourceKind.FILE),
        ("from pathlib import Path\nLOG = Path('a') / 'b'\nF = LOG.open('w')", "F", ResourceKind.FILE),
        ("import csv\nW = csv.writer(open('x', 'w'))", "W", ResourceKind.FILE),
        ("import os\nF = open('x') if os.name else None", "F", ResourceKind.FILE),
        ("FILES = [open(name) for name in 'ab']", "FILES", ResourceKind.FILE),
        ("with open('x') as f:\n    pass", "f", ResourceKind.FILE),
        ("import socket\nS = socket.create_connection(('a', 1))", "S", ResourceKind.SOCKET),
        ("import sqlite3\nDB = sqlite3.connect('x')", "DB", ResourceKind.SQLITE),
        ("import sqlite3\nDB = sqlite3.connect('x')\nC = DB.cursor()", "C", ResourceKind.SQLITE),
        ("import sqlite3\ndef connect():\n    return sqlite3.connect('x')\nDB = connect()", "DB", ResourceKind.SQLITE),
        ("import psycopg\nDB = psycopg.connect('x')", "DB", ResourceKind.DATABASE),
        ("from sqlalchemy import create_engine\nE = create_engine('x')", "E", ResourceKind.CLIENT),
        ("from sqlalchemy import create_engine\nE = create_engine('x')\nC = E.connect()", "C", ResourceKind.DATABASE),
        ("from sqlalchemy.orm import sessionmaker\nM = sessionmaker()\nS = M()", "S", ResourceKind.DATABASE),
        ("import requests\nS = requests.Session()", "S", ResourceKind.SESSION),
        ("import subprocess\nP = subprocess.Popen(['cat'])", "P", ResourceKind.PROGRAM),
        ("import mmap\nM = mmap.mmap(-1, 10)", "M", ResourceKind.MEMORY_MAP),
        ("import zipfile\nZ = zipfile.ZipFile('x')", "Z", ResourceKind.ARCHIVE),
        ("from multiprocessing.pool import ThreadPool\nP = ThreadPool()", "P", ResourceKind.EXECUTOR),
        ("from pymongo import MongoClient\nC = MongoClient()\nD = C['a'].b", "D", ResourceKind.CLIENT),
        ("import asyncio\nL = asyncio.new_event_loop()", "L", ResourceKind.EVENT_LOOP),
        ("import queue\nQ = queue.Queue()", "Q", ResourceKind.QUEUE),
        ("import multiprocessing as mp\nV = mp.Value('i', 0)", "V", ResourceKind.SHARED),
        ("import threading\nL = threading.Lock()", "L", ResourceKind.LOCK),
        ("import threading as t, collections\nL = collections.defaultdict(t.Lock)", "L", ResourceKind.LOCK),
        ("import random\nR = random.Random()", "R", ResourceKind.GENERATOR),
        ("import random\nR = random.Random(7)", "R", ResourceKind.SEEDED_GENERATOR),
        ("import numpy as np\nR = np.random.default_rng()", "R", ResourceKind.GENERATOR),
        ("import numpy as np\nR = np.random.Generator(np.random.PCG64(1))", "R", ResourceKind.SEEDED_GENERATOR),
    ],
)
def test_what_the_module_opens_and_a_call_uses_is_found(made: str, name: str, kind: ResourceKind) -> None:
    (finding,) = found(find_resources, made + USES.format(name))
    assert finding.subject == name
    assert finding.hazard is RESOURCES[kind].hazard
    assert set(finding.effects) == set(RESOURCES[kind].effects)
    assert str(kind) in finding.message


def test_the_line_of_the_use_comes_before_that_of_the_making() -> None:
    (finding,) = found(find_resources, "F = open('x')" + USES.format("F"))
    assert [(spot.line, spot.function) for spot in finding.spots] == [(3, "work"), (1, "")]


def test_several_uses_are_one_finding() -> None:
    (finding,) = found(find_resources, "F = open('x')\ndef work(item):\n    F.seek(item)\n    return F.read()")
    assert [spot.line for spot in finding.spots] == [3, 4, 1]


def test_a_file_of_the_function_around_is_found() -> None:
    text = """
        def make(path):
            handle = open(path)
            def work(item):
                return handle.read(item)
            return work
        work = make("x")
    """
    assert subjects(find_resources, text) == ["handle"]


def test_a_connection_of_the_object_that_a_method_is_bound_to_is_found() -> None:
    text = """
        import sqlite3
        class Store:
            def __init__(self):
                self.db = sqlite3.connect("x")
            def get(self, key):
                return self.db.execute("…", (key,)).fetchone()
        STORE = Store()
    """
    assert subjects(find_resources, text, "STORE.get") == ["self.db"]


def test_a_lock_among_the_defaults_is_found() -> None:
    text = "import threading\ndef work(item, lock=threading.Lock()):\n    with lock:\n        return item"
    (finding,) = found(find_resources, text)
    assert (finding.hazard, finding.subject) == (Hazard.LOCK, "lock")
    assert "default" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "def work(path):\n    with open(path) as file:\n        return file.read()",
        "import requests\ndef work(url):\n    with requests.Session() as session:\n        return session.get(url)",
        "import sqlite3\ndef work(path):\n    return sqlite3.connect(path).execute('…').fetchall()",
        "with open('x') as file:\n    WORDS = file.read().split()\ndef work(word):\n    return word in WORDS",
        "import threading\ndef work(item):\n    lock = threading.Lock()\n    with lock:\n        return item",
        "import re\nWORD = re.compile('x')\ndef work(text):\n    return WORD.findall(text)",
        "from pathlib import Path\nROOT = Path('.')\ndef work(name):\n    return (ROOT / name).read_text()",
        "import logging\nlogger = logging.getLogger(__name__)\ndef work(item):\n    logger.info(item)",
        "import random\nR = random.SystemRandom()\ndef work(item):\n    return R.random()",
        "import sqlite3\nDB = sqlite3.connect('x')\ndef work(item):\n    return item",
        """
        import sqlite3
        DB = None
        def prepare():
            global DB
            DB = sqlite3.connect('x')
        def work(item):
            return DB.execute(item)
        """,
        "import threading, contextvars\nV = contextvars.ContextVar('v')\ndef work(item):\n    return V.get()",
        "import shop\nDOOR = shop.open()\ndef work(item):\n    return DOOR.width",
    ],
)
def test_what_a_call_opens_itself_or_may_share_is_no_hazard(text: str) -> None:
    assert subjects(find_resources, text) == []


@pytest.mark.parametrize(
    ("made", "kinds"),
    [
        ("import random\nR = random.Random()", {PoolKind.FORK}),
        ("import random\nR = random.Random(7)", {*THREADED, *APART}),
        ("import threading\nR = threading.Lock()", {*APART}),
        ("import multiprocessing\nR = multiprocessing.Lock()", {*IMPORTED}),
        ("import redis\nR = redis.Redis()", {PoolKind.FORK}),
    ],
)
def test_a_thing_is_a_hazard_only_where_it_does_harm(made: str, kinds: set[PoolKind]) -> None:
    assert pools(find_resources, made + USES.format("R")) == kinds


@pytest.mark.parametrize("kind", ResourceKind)
def test_the_words_of_every_kind_are_short_and_name_the_thing(kind: ResourceKind) -> None:
    words = RESOURCES[kind]
    for text in (*words.effects.values(), words.mend):
        assert len(text.format(name="CONNECTION")) <= 120
        assert not text.endswith(".")


@pytest.mark.parametrize(
    "setup",
    [
        "logging.basicConfig(filename='x')",
        "log.addHandler(logging.FileHandler('x'))",
        "def prepare():\n    logging.basicConfig(filename='x')",
    ],
)
def test_a_log_file_is_a_hazard_for_processes(setup: str) -> None:
    text = f"import logging\nlog = logging.getLogger(__name__)\n{setup}\ndef work(item):\n    log.info(item)\n"
    assert pools(find_log_files, text) == set(APART)


@pytest.mark.parametrize(
    "text",
    [
        "import logging\nlogging.basicConfig(level='INFO')\ndef work(item):\n    logging.info(item)",
        "import logging\nlogging.basicConfig(filename='x')\ndef work(item):\n    return item",
    ],
)
def test_logging_elsewhere_than_into_a_file_of_the_module_is_no_hazard(text: str) -> None:
    assert subjects(find_log_files, text) == []


def test_a_log_file_of_another_logger_is_no_hazard() -> None:
    text = """
        import logging
        log = logging.getLogger(__name__)
        audit = logging.getLogger("audit")
        audit.addHandler(logging.FileHandler("x"))
        def work(item):
            log.info(item)
    """
    assert found(find_log_files, text) == []


def test_a_log_file_of_the_root_logger_is_a_hazard_for_all() -> None:
    text = """
        import logging
        log = logging.getLogger(__name__)
        root = logging.getLogger()
        root.addHandler(logging.FileHandler("x"))
        def work(item):
            log.info(item)
    """
    assert pools(find_log_files, text) == set(APART)
