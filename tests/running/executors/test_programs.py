"""Programs whose executor has moved a function to processes end as one would expect, however they end."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import pytest

HEAD = """
import os, signal, sys, time
from whichpool import Executor
from whichpool.running.executors import executor as module
from whichpool.running.executors.gil_watch import GilWatch

class Always(GilWatch):
    def add(self, call):
        return True

def where(seconds=0):
    time.sleep(seconds)
    return os.getpid()

def held(numbers):
    return sum(range(numbers))  # C code, which keeps the GIL
"""
PROGRAM = f"""{HEAD}
if __name__ == "__main__":
    module.GilWatch = Always
    executor = Executor(2)
    executor.submit(where).result()
    pids = {{executor.submit(where).result()}}
    assert os.getpid() not in pids
"""


def start(tmp_path: Path, rest: str, begin: str = PROGRAM) -> subprocess.Popen[str]:
    """Start a program in a process group of its own, as a terminal does."""
    program = tmp_path / "program.py"
    program.write_text(begin + rest)
    return subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and has not ended."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def members(group: int) -> list[int]:
    """List the processes of a group that have not ended."""
    found = []
    for pid in [int(file.name) for file in Path("/proc").glob("[0-9]*")]:
        with suppress(ProcessLookupError):
            if os.getpgid(pid) == group and is_alive(pid):
                found.append(pid)
    return found


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_calls_find_what_the_program_has_set_wherever_they_run(tmp_path: Path, method: str) -> None:
    (tmp_path / "settings.py").write_text("SCALE = 1\n")
    rest = f"""
import multiprocessing, settings
SCALE = 1

def seen():
    told = SCALE, settings.SCALE, os.getcwd(), os.environ.get("WORD"), "PATH" in os.environ, sys.getrecursionlimit()
    return os.getpid(), told

if __name__ == "__main__":
    module.GilWatch = Always
    SCALE = settings.SCALE = 10
    os.environ["WORD"] = "told"
    del os.environ["PATH"]
    sys.setrecursionlimit(2345)
    os.mkdir("below")
    os.chdir("below")
    with Executor(1, mp_context=multiprocessing.get_context({method!r})) as executor:
        pids, told = zip(*[executor.submit(seen).result() for _ in range(3)])
    print(len(set(pids)), len(set(told)))
"""
    program = start(tmp_path, f"import os; os.chdir({str(tmp_path)!r})\n" + HEAD + rest, begin="")
    with program:
        said, complaint = program.communicate(timeout=30)
    assert (said, complaint) == ("2 1\n", "")


@pytest.mark.parametrize("pools", ["threads", "processes", "threads and processes"])
def test_an_executor_can_be_shut_down_as_the_program_ends(tmp_path: Path, pools: str) -> None:
    rest = f"""
    import atexit
    executor = Executor(1, pools={tuple(pools.split(" and "))!r})
    calls = [executor.submit(where, 0.1) for _ in range(3)]
    atexit.register(executor.shutdown, wait=False)
"""
    with start(tmp_path, rest) as program:
        said, complaint = program.communicate(timeout=30)
    assert (program.returncode, said, complaint) == (0, "", "")


def test_a_call_of_a_module_that_is_being_imported_runs_in_its_thread(tmp_path: Path) -> None:
    (tmp_path / "shared.py").write_text("executor = None\n")
    (tmp_path / "importing.py").write_text(
        "import shared\nclass Here: pass\nprint(shared.executor.submit(shared.kind, Here()).result(timeout=20))\n"
    )
    (tmp_path / "shared.py").write_text("executor = None\ndef kind(one=None): return type(one).__name__\n")
    rest = """
    import shared
    shared.executor = executor
    for _ in range(3):
        executor.submit(shared.kind).result()
    import importing
    print(executor.report.functions[1].in_processes)
    executor.shutdown()
"""
    with start(tmp_path, rest) as program:
        said, complaint = program.communicate(timeout=30)
    assert (said, complaint) == ("Here\n2\n", "")


def test_an_executor_that_nobody_shuts_down_ends_with_its_program(tmp_path: Path) -> None:
    with start(tmp_path, "    executor.submit(where, 0.2)\n") as program:
        said, complaint = program.communicate(timeout=30)
    assert (program.returncode, said, complaint) == (0, "", "")


def test_a_fork_of_the_program_leaves_the_workers_to_it(tmp_path: Path) -> None:
    rest = """
    import warnings
    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of every fork beside threads
    pid = os.fork()
    if not pid:
        from whichpool.running.crew import NotBegun
        try:
            executor._processes.call(b"")
        except NotBegun:
            os._exit(7)
        os._exit(1)
    _, status = os.waitpid(pid, 0)
    print(os.waitstatus_to_exitcode(status), {executor.submit(where).result()} == pids)
    executor.shutdown()
"""
    with start(tmp_path, rest) as program:
        said, complaint = program.communicate(timeout=30)
    assert (said, complaint) == ("7 True\n", "")


def test_a_program_that_fails_ends_its_workers(tmp_path: Path) -> None:
    with start(tmp_path, "    print(*pids)\n    raise LookupError('lost')\n") as program:
        said, complaint = program.communicate(timeout=30)
    assert program.returncode == 1
    assert complaint.count("Traceback") == 1
    assert not is_alive(int(said))


def test_calls_go_on_at_an_interrupt_as_they_do_in_threads(tmp_path: Path) -> None:
    rest = """
    list(executor.map(where, [0.2] * 4))  # both workers are there: one that begins would be interrupted
    calls = [executor.submit(where, 0.5) for _ in range(4)]
    try:
        print("running", flush=True)
        time.sleep(30)
    except KeyboardInterrupt:
        print(sum(call.result() != os.getpid() for call in calls))
    executor.shutdown()
"""
    with start(tmp_path, rest) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "running\n"
        os.killpg(program.pid, signal.SIGINT)
        said, complaint = program.communicate(timeout=30)
    assert (program.returncode, said, complaint) == (0, "4\n", "")


@pytest.mark.skipif(sys.platform != "linux", reason="it asks /proc who is alive")
def test_an_impatient_third_interrupt_ends_it_all(tmp_path: Path) -> None:
    rest = """
    with executor:
        calls = [executor.submit(where, 1) for _ in range(40)]
        print("running", flush=True)
        for call in calls:
            call.result()
"""
    with start(tmp_path, rest) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "running\n"
        while program.poll() is None:
            os.killpg(program.pid, signal.SIGINT)
            sleep(0.3)
        assert program.communicate(timeout=30)[0] == ""
    assert program.returncode
    until_s = monotonic() + 20
    while members(program.pid) and monotonic() < until_s:
        sleep(0.05)
    assert not members(program.pid)


@pytest.mark.parametrize("pools", ["threads and processes", "processes"])
@pytest.mark.parametrize("call", ["where, 60", "held, 3_000_000_000"])
def test_a_worker_ends_with_a_caller_that_is_killed_whatever_it_is_at(tmp_path: Path, pools: str, call: str) -> None:
    rest = f"""
    if {pools!r} == "processes":
        executor = Executor(1, pools="processes")
        pids = {{executor.submit(where).result()}}
    executor.submit(held, 1).result()
    executor.submit({call})
    time.sleep(0.2)
    print(*pids, flush=True)
    time.sleep(60)
"""
    with start(tmp_path, rest) as program:
        assert program.stdout is not None
        pid = int(program.stdout.readline())
        assert is_alive(pid)
        program.kill()
        until_s = monotonic() + 20
        while is_alive(pid) and monotonic() < until_s:
            sleep(0.05)
    assert not is_alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="it asks /proc who is alive")
def test_so_it_does_beside_a_fork_of_it_that_lives_on(tmp_path: Path) -> None:
    rest = """
    import warnings
    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of every fork beside threads
    executor.submit(held, 1).result()
    executor.submit(held, 3_000_000_000)
    time.sleep(0.2)
    print(*pids, flush=True)
    if not os.fork():
        os.close(1)
        os.close(2)
        time.sleep(60)
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    with start(tmp_path, rest) as program:
        assert program.stdout is not None
        pid = int(program.stdout.readline())
        until_s = monotonic() + 20
        while is_alive(pid) and monotonic() < until_s:
            sleep(0.05)
        ended_before_the_fork = not is_alive(pid)
        os.killpg(program.pid, signal.SIGKILL)
    assert ended_before_the_fork


def test_an_executor_that_was_never_used_keeps_no_fork_from_processes(tmp_path: Path) -> None:
    begin = f"""{HEAD}
if __name__ == "__main__":
    module.GilWatch = Always
    unused = Executor(1)
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
    with Executor(1) as executor:
        print(*[executor.submit(where).result() == os.getpid() for _ in range(3)], flush=True)
"""
    with start(tmp_path, "", begin) as program:
        said, complaint = program.communicate(timeout=30)
    assert (said, complaint) == ("True False False\nTrue False False\n", "")
