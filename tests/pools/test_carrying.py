"""A process that has no whichpool gets it."""

import subprocess
import sys

import whichpool
from whichpool.pools.carrying import script

USE = """
import pickle
from whichpool.pools import chunk, dealing, parcel
end = pickle.loads(pickle.dumps(chunk.run_chunk(abs, chunk.Chunk(0, parcel.Parcel([-1, "no number"])))))
print(end.results.values, end.results.failures[1].message, chunk.__file__)
print([line for line in end.results.failures[1].traceback.splitlines() if "carried" in line])
"""


def _bare(text: str) -> str:
    """Execute a text in a Python that has nothing but its standard library."""
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", "import sys; exec(sys.stdin.read(), {})"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not ended.stderr
    return ended.stdout


def test_a_process_without_whichpool_runs_chunks_once_it_was_carried_there() -> None:
    told = _bare(script() + USE).splitlines()
    assert told[0] == "[1, None] TypeError: bad operand type for abs(): 'str' <carried>/whichpool/pools/chunk.py"


def test_frames_of_a_carried_whichpool_are_kept_out_of_the_users_traceback() -> None:
    assert _bare(script() + USE).splitlines()[1] == "[]"


def test_where_this_version_can_be_imported_nothing_is_carried() -> None:
    exec(script(), {})  # noqa: S102 - the text under test
    assert sys.modules["whichpool"] is whichpool
    assert "Carried" not in {type(finder).__name__ for finder in sys.meta_path}


def test_another_version_makes_way_for_this_one() -> None:
    other = "import sys, types; other = types.ModuleType('whichpool'); other.__version__ = '0.0.1'\n"
    other += "sys.modules['whichpool'] = other\n"
    told = _bare(other + script() + "import whichpool; print(whichpool.__version__)")
    assert told.strip() == whichpool.__version__
