"""Programs whose items run in worker processes read, print and end as one would expect."""

import os
import signal
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest


def output_of(script: str, *, given: str = "") -> str:
    """Run a program that has nothing to complain about."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, input=given)  # noqa: PLW1510 - its complaint is shown
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_function_of_the_main_program_and_what_it_makes_come_back_as_they_are(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, threading, whichpool\n"
        "class Point:\n"
        "    def __init__(self, x): self.x = x\n"
        "class Missed(Exception): pass\n"
        "def work(point):\n"
        "    if point.x == 3: raise Missed(point)\n"
        "    return Point(point.x + 1)\n"
        "def main():\n"
        "    points = (Point(x) for x in range(6))\n"
        "    results = list(whichpool.map(work, points, pools='processes', errors='return'))\n"
        "    missed = results.pop(3)\n"
        "    assert type(missed) is Missed and type(missed.args[0]) is Point, missed\n"
        "    assert all(type(point) is Point for point in results), results\n"
        "    print([point.x for point in results])\n"
        "main()\n"
        "ended = threading.Event()\n"
        "thread = threading.Thread(target=ended.wait)\n"
        "thread.start()\n"
        "main()\n"
        "ended.set()\n"
    )
    done = subprocess.run([sys.executable, program], check=True, capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("[1, 2, 3, 5, 6]\n" * 2, "")


def test_a_fork_of_the_caller_leaves_its_workers_alone() -> None:
    script = """
import os, sys, whichpool
results = whichpool.map(abs, range(4), pools="processes", chunksize=1, workers=1)
got = [next(results)]
pid = os.fork()
if not pid:
    results.close()
    sys.exit()
os.waitpid(pid, 0)
print(got + list(results))
"""
    assert output_of(script) == "[0, 1, 2, 3]\n"


@pytest.mark.parametrize("pool", ["processes", "threads", "asyncio"])
def test_a_fork_of_the_caller_cannot_go_on_with_its_job_and_the_caller_gets_all_results(pool: str) -> None:
    script = f"""
import os, warnings, whichpool
warnings.simplefilter("ignore", DeprecationWarning)  # Python's own, of a fork beside threads
def work(number):
    return number
async def wait(number):
    return number
function = wait if {pool!r} == "asyncio" else work
results = whichpool.map(function, range(40), pools={pool!r}, chunksize=1, workers=2)
got = [next(results)]
read, write = os.pipe()
pid = os.fork()
if not pid:
    try:
        told = str([next(results) for _ in range(39)])
    except whichpool.WhichpoolError as error:
        told = f"{{type(error).__name__}}: {{error}}; {{list(results)}}"
    results.close()
    os.write(write, told.encode())
    os._exit(0)
os.close(write)
with open(read) as file:
    print(file.read())
os.waitpid(pid, 0)
print(got + list(results) == list(range(40)))
"""
    told, is_whole = output_of(script).splitlines()
    assert told == ("WrongCall: this job belongs to the process that began it: a fork of it cannot go on with it; []")
    assert is_whole == "True"


def test_a_worker_that_somebody_else_waited_for_has_ended_nobody_knows_how() -> None:
    script = """
import os, signal, whichpool
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
def leave(number):
    getattr(os, "_ex" + "it")(3)  # the check does not see that
print(*whichpool.map(leave, [1], pools="processes", errors="return"))
"""
    assert "ended; how is not known, because somebody else waited for it" in output_of(script)


def test_what_an_item_prints_appears_once() -> None:
    script = """
import sys, whichpool
def write(text):
    sys.stdout.write(text)
write("before ")
list(whichpool.map(write, ["a ", "b "], pools="processes", workers=2, chunksize=1))
write("after ")
"""
    assert sorted(output_of(script).split()) == ["a", "after", "b", "before"]


def test_an_item_reads_nothing_of_what_the_caller_is_to_read() -> None:
    script = """
import subprocess, sys, whichpool
def read(_):
    return sys.stdin.read() + subprocess.run(["cat"], stdout=subprocess.PIPE, text=True).stdout
print(list(whichpool.map(read, range(2), pools="processes")), sys.stdin.read())
"""
    assert output_of(script, given="for the caller") == "['', ''] for the caller\n"


def test_an_item_that_would_read_from_the_terminal_does_not_stop() -> None:
    script = """
import os, pty, sys
pid, terminal = pty.fork()
if not pid:
    import subprocess, whichpool
    def read(_):
        return subprocess.run(["cat"], stdout=subprocess.PIPE).stdout
    print(list(whichpool.map(read, range(2), pools="processes")), flush=True)
    os._exit(0)
print(os.read(terminal, 1000).decode().strip())
os.waitpid(pid, 0)
os.close(terminal)
"""
    assert output_of(script) == "[b'', b'']\n"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_caller_without_standard_input_has_workers_too(workers: int) -> None:
    script = f"""
import os, whichpool
os.close(0)
print(list(whichpool.map(abs, range(3), pools='processes', workers={workers})))
"""
    assert output_of(script) == "[0, 1, 2]\n"


@pytest.mark.parametrize("threads", [0, 1])
def test_a_default_timeout_of_the_programs_sockets_is_none_of_its_workers(threads: int) -> None:
    script = f"""
import socket, threading, time, whichpool
socket.setdefaulttimeout(0.1)
for _ in range({threads}):
    threading.Thread(target=time.sleep, args=[1.5]).start()
def slowly():
    for number in range(4):
        time.sleep(0.3)
        yield number
print(list(whichpool.map(abs, slowly(), pools="processes", workers=1)))
"""
    assert output_of(script) == "[0, 1, 2, 3]\n"


@pytest.mark.parametrize("left", [0, 1])
def test_results_for_which_no_descriptor_is_left_are_failures_and_others_are_not_taken_for_them(left: int) -> None:
    script = f"""
import os, resource, time, whichpool
def work(number):
    time.sleep(0.001)
    return str(number).zfill(4) * 250
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
results = whichpool.map(work, range(1000), pools="processes", workers=1, chunksize=1000, errors="return")
got, held = [next(results)], []
try:
    while True:
        held.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    for descriptor in held[len(held) - {left}:]:
        os.close(descriptor)
time.sleep(0.3)
got += [next(results) for _ in range(200)]
for descriptor in held[:len(held) - {left}]:
    os.close(descriptor)
got += results
wrong = [(number, result) for number, result in enumerate(got) if result != work(number)]
print(len(got), {{type(result).__name__ for _, result in wrong}} <= {{"Unsendable"}})
"""
    assert output_of(script) == "1000 True\n"


def test_an_item_for_which_no_descriptor_is_left_is_not_sent_and_kills_no_worker() -> None:
    script = """
import os, resource, time, whichpool
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
def items():
    held = []
    for number in range(6):
        if number == 2:
            try:
                while True:
                    held.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                pass
        if number == 4:
            for descriptor in held:
                os.close(descriptor)
        yield bytes(200_000) + bytes([number])
def last(data):
    time.sleep(0.1)
    return data[-1]
results = whichpool.map(last, items(), pools="processes", workers=1, chunksize=1, errors="return")
print(*[result if type(result) is int else type(result).__name__ for result in results])
"""
    assert output_of(script) == "0 1 Unsendable Unsendable 4 5\n"


def test_what_an_item_has_left_running_outlives_the_job(tmp_path: Path) -> None:
    script = f"""
import os, threading, time, whichpool
def leave(number):
    os.system("sleep 5 >{os.devnull} 2>&1 & echo $! >{tmp_path}/$PPID.pid")
for threads in range(2):  # workers are forked, and then started anew
    list(whichpool.map(leave, [1], pools="processes", workers=1))
    thread = threading.Thread(target=time.sleep, args=[0.5])
    thread.start()
time.sleep(0.2)
thread.join()
"""
    output_of(script)
    left = [int(file.read_text()) for file in tmp_path.glob("*.pid")]
    assert len(left) == 2
    commands = [Path(f"/proc/{pid}/cmdline").read_text() for pid in left]  # of one that has ended it is empty
    assert commands == ["sleep\0005\0"] * 2
    for pid in left:
        os.kill(pid, signal.SIGTERM)


@pytest.mark.skipif(find_spec("numpy") is None, reason="NumPy is not installed")
def test_arrays_arrive_where_arrays_may_begin_and_those_with_gaps_too() -> None:
    script = """
import numpy, whichpool
def double(values):
    return values.flags.aligned, values * 2
items = [numpy.arange(10_000.0), numpy.arange(30_000)[::3], numpy.arange(5)]
results = list(whichpool.map(double, iter(items), pools="processes", workers=1, chunksize=3))
for item, (is_aligned, result) in zip(items, results):
    print(is_aligned, result.flags.aligned, result.flags.writeable, (result == item * 2).all())
"""
    assert output_of(script) == "True True True True\n" * 3


def test_a_consumer_that_is_slower_than_its_workers_keeps_them_waiting_and_loses_nothing() -> None:
    # as many descriptors may be on their way to any process of a user as one process may have open; root has no limit
    script = """
import os, resource, time, whichpool
def large(number):
    return bytearray(100_000) + number.to_bytes(4, "big")
list(whichpool.map(large, range(4), pools="processes", workers=2))  # imports all that "nobody" may not read
if not os.getuid():
    os.setuid(65534)
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
seen = []
for result in whichpool.map(large, range(600), pools="processes", workers=3, chunksize=100):
    if not seen:
        time.sleep(0.5)
    seen.append(int.from_bytes(result[-4:], "big"))
print(seen == list(range(600)))
"""
    assert output_of(script) == "True\n"


def test_where_not_all_workers_can_be_started_some_do_the_work() -> None:
    script = """
import resource, whichpool
resource.setrlimit(resource.RLIMIT_NOFILE, (14, 14))
results = whichpool.map(str, range(100), pools="processes", workers=8, chunksize=1)
print(list(results) == list(map(str, range(100))), 0 < results.report.stages[0].workers < 8)
"""
    assert output_of(script) == "True True\n"


def test_workers_that_are_started_anew_find_what_the_program_has_set(tmp_path: Path) -> None:
    (tmp_path / "own_settings.py").write_text("SCALE = 1\nFLAGS = [1]\nTABLE = {}\nALIAS = TABLE\n")
    (tmp_path / "own_late.py").write_text("LEVEL = 'low'\n")
    script = f"""
import decimal, sys, threading, whichpool
sys.path.insert(0, {str(tmp_path)!r})
import own_late, own_settings
own_settings.SCALE, own_settings.FLAGS, own_late.LEVEL = 10, [True], "high"
own_settings.TABLE["three"] = [1, 2, 3]
sys.setrecursionlimit(777)
decimal.getcontext().prec = 5
threading.Thread(target=threading.Event().wait, daemon=True).start()  # workers are not forked beside it
def seen(number):
    import own_late
    own_settings.ALIAS["more"] = number
    table = own_settings.TABLE
    return (own_settings.SCALE, own_settings.FLAGS, table["three"], table["more"], own_late.LEVEL,
            sys.getrecursionlimit(), str(decimal.Decimal(1) / 3))
expected = [seen(number) for number in range(5)]
print(list(whichpool.map(seen, range(5), pools="processes", workers=1)) == expected, expected[-1])
"""
    assert output_of(script) == "True (10, [True], [1, 2, 3], 4, 'high', 777, '0.33333')\n"


def test_modules_that_share_a_loader_and_lazy_ones_are_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "own_lazy.py").write_text("raise RuntimeError('nobody asked for it')\n")
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
        archive.writestr("own_first.py", "run = 5\n")
        archive.writestr("own_second.py", "def run(number): return 2 * number\n")
    script = f"""
import importlib.util, sys, threading, whichpool
sys.path[:0] = [{str(tmp_path)!r}, {str(tmp_path / "own.zip")!r}]
import own_first, own_second
spec = importlib.util.find_spec("own_lazy")
spec.loader = importlib.util.LazyLoader(spec.loader)
sys.modules["own_lazy"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["own_lazy"])
threading.Thread(target=threading.Event().wait, daemon=True).start()  # workers are not forked beside it
def run(number):
    import own_first, own_second
    return own_second.run(number)
print(list(whichpool.map(run, range(3), pools="processes", workers=1)))
"""
    assert output_of(script) == "[0, 2, 4]\n"


def test_an_interrupt_while_workers_are_started_anew_leaves_no_child() -> None:
    script = """
import os, signal, threading, time, whichpool
threading.Thread(target=threading.Event().wait, daemon=True).start()  # workers are not forked beside it
list(whichpool.map(abs, [1], pools="processes"))  # what is interrupted is not to be an import
def interrupt(after_s):
    time.sleep(after_s)
    os.kill(os.getpid(), signal.SIGINT)
def work(number):
    time.sleep(0.05)
for step in range(25):
    try:
        threading.Thread(target=interrupt, args=(0.002 + 0.008 * step,), daemon=True).start()
        list(whichpool.map(work, range(2000), pools="processes"))
    except KeyboardInterrupt:
        continue
try:
    print(os.waitpid(-1, 0))
except ChildProcessError:
    print("none")
"""
    assert output_of(script) == "none\n"


def test_two_interrupts_in_quick_succession_leave_no_worker() -> None:
    script = """
import os, signal, subprocess, sys, time, whichpool
list(whichpool.map(abs, [1], pools="processes"))  # what is interrupted is not to be an import
code = "import os, sys, time; pid = int(sys.argv[1]); time.sleep(0.1); os.kill(pid, 2); time.sleep(%f); os.kill(pid, 2)"
is_armed = False
def interrupt(*_):
    if is_armed:
        raise KeyboardInterrupt
signal.signal(signal.SIGINT, interrupt)
def work(number):
    time.sleep(0.01)
for step in range(8):
    interrupter = subprocess.Popen([sys.executable, "-S", "-c", code % (step * 0.0004), str(os.getpid())])
    try:
        try:
            is_armed = True
            list(whichpool.map(work, range(10**6), pools="processes", workers=6))
        except KeyboardInterrupt:
            is_armed = False
    except KeyboardInterrupt:
        is_armed = False
    interrupter.wait()
try:
    print(os.waitpid(-1, os.WNOHANG))
except ChildProcessError:
    print("none")
"""
    # two interrupts may well give two tracebacks, or none: only what is left matters
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "none\n"


def test_workers_that_die_as_they_begin_leave_those_that_work_at_their_items(tmp_path: Path) -> None:
    script = f"""
import os, pathlib, time, whichpool
folder = pathlib.Path({str(tmp_path)!r})
def initialize():
    count = len(list(folder.glob("begun-*")))
    (folder / f"begun-{{os.getpid()}}").touch()
    if count > 2:
        os._exit(7)
def work(number):
    with (folder / "calls").open("a") as calls:
        calls.write(f"{{number}}\\n")
    until = time.perf_counter() + 0.02
    while time.perf_counter() < until:
        pass
    return number
results = whichpool.map(work, list(range(60)), pools=("serial", "processes"), workers=4, initializer=initialize)
print(list(results) == list(range(60)), len((folder / "calls").read_text().split()))
"""
    assert output_of(script) == "True 60\n"


def test_a_job_whose_items_kill_their_workers_does_not_go_back_to_the_caller() -> None:
    script = """
import os, time, whichpool
caller = os.getpid()
def work(number):
    until = time.perf_counter() + 0.004
    while time.perf_counter() < until:
        pass
    if number > 60 and os.getpid() != caller:
        getattr(os, "_ex" + "it")(3)  # the check does not see that
    return os.getpid()
outcomes = list(whichpool.map(work, range(400), errors="return", pools=("serial", "processes")))
has_died = [type(one) is whichpool.WorkerDied for one in outcomes]
print(has_died.index(True) > 60, caller in outcomes[has_died.index(True):], sum(has_died) > 90)
"""
    assert output_of(script) == "True False True\n"
