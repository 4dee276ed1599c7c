"""What belongs to the whole process or to one thread, and what each pool makes of a change: nothing but words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from whichpool.hazards.effects import each
from whichpool.values.hazards import APART, THREADED, PoolKind

_TOGETHER = (*THREADED, PoolKind.INTERPRETERS)  # one process
_PROCESSES = (PoolKind.FORK, PoolKind.SPAWN)


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that a call can change for others.

    Attributes:
        name: What people call it.
        deed: What the function does, after "the function".
        effects: What comes of it in each pool where it is a hazard.
        mend: What to do about it.
    """

    name: str
    deed: str
    effects: Mapping[PoolKind, str]
    mend: str


_STAYS = "the change stays in the worker: its next items see it, the caller does not"
_RESTORED = "set it once before the pool starts, or pass what depends on it as an argument"


def _shared(name: str, deed: str, for_threads: str, mend: str, *, stays: bool = True) -> Setting:
    apart = each(APART, _STAYS) if stays else {}
    return Setting(name, deed, each(THREADED, for_threads) | apart, mend)


_FOLDER = "threads share one working directory: relative paths lead elsewhere while another is away"
_CHDIR = Setting(
    "os.chdir",
    "changes the working directory",
    each(_TOGETHER, _FOLDER) | each(_PROCESSES, _STAYS),
    "use absolute paths, such as Path(folder, name), or the cwd= of subprocess",
)
_CHDIR_FOR_A_WHILE = Setting("contextlib.chdir", _CHDIR.deed, each(_TOGETHER, _FOLDER), _CHDIR.mend)
ENVIRONMENT = _shared(
    "os.environ",
    "changes the environment variables",
    "threads share the environment: each sees what another has just set",
    "pass the value as an argument, or env={**os.environ, …} to subprocess",
)
_SIGNAL = Setting(
    "signal.signal",
    "sets a signal handler",
    each(_TOGETHER, "outside the main thread it raises ValueError: signal only works in main thread"),
    "set the handler in the main program; for a time limit use the timeout of what waits",
)
_ALARM = Setting(
    "signal.alarm",
    "sets an alarm",
    each(_TOGETHER, "the alarm interrupts the main thread, not the one that set it"),
    "use the timeout of what waits, or of future.result()",
)
_LOCALE = Setting(
    "locale.setlocale",
    "sets the locale",
    each(_TOGETHER, "the locale is one for all threads: numbers and dates change under the others")
    | each(_PROCESSES, _STAYS),
    _RESTORED,
)
_UMASK = Setting(
    "os.umask",
    "sets the umask",
    each(_TOGETHER, "the umask is one for all threads") | each(_PROCESSES, _STAYS),
    _RESTORED,
)
STREAMS = _shared(
    "sys.stdout",
    "replaces a standard stream",
    "the stream is replaced for all threads: their output goes there as well",
    "pass a file to print(…, file=…), or return the text",
)
_REDIRECT = _shared(STREAMS.name, STREAMS.deed, STREAMS.effects[PoolKind.THREADS], STREAMS.mend, stays=False)
SEARCH_PATH = _shared("sys.path", "changes sys.path", "threads share it: it changes under their imports", _RESTORED)
ARGUMENTS = _shared("sys.argv", "changes sys.argv", "threads share it: each sees another's arguments", _RESTORED)
_WARNINGS = _shared(
    "warnings",
    "changes the warning filters for a while",
    "the filters are one for all threads: catch_warnings puts back what another thread had set",
    "set the filters once, before the pool starts",
    stays=False,
)
DECIMAL = Setting(
    "decimal context",
    "changes the decimal context of its thread",
    each((*THREADED, *APART), "the context belongs to the worker's thread: its next items see it, the caller does not"),
    "use  with decimal.localcontext() as context:",
)
TEMPORARY_FOLDER = _shared("tempfile.tempdir", "sets tempfile.tempdir", "it is one for all threads", "pass dir=…")
_TIME_ZONE = Setting(
    "time.tzset", "sets the time zone", each(_TOGETHER, "the time zone is one for all threads"), "use zoneinfo.ZoneInfo"
)
_TIMEOUT = _shared(
    "socket.setdefaulttimeout",
    "sets the default timeout of sockets",
    "the timeout is one for all threads",
    "pass timeout=… to the call that connects",
    stays=False,
)
_RECURSION = _shared(
    "sys.setrecursionlimit",
    "raises the recursion limit",
    "the limit is one for all threads, and their stacks are smaller: deep recursion may crash Python",
    "set it once, with threading.stack_size; or use a loop",
    stays=False,
)
_COLLECTOR = _shared(
    "gc",
    "switches the garbage collector",
    "the collector is one for all threads: it goes on or off under the others",
    "switch it once, before the pool starts",
    stays=False,
)
_PRINTING = _shared(
    "print options",
    "sets options of a library for the whole process",
    "the options are one for all threads: they change under the others",
    "set them once, before the pool starts",
    stays=False,
)
_PYPLOT = _shared(
    "matplotlib.pyplot",
    "draws with pyplot, whose current figure is one for all",
    "threads draw into each other's figure; pyplot is not made for threads",
    "make a figure of the call's own: matplotlib.figure.Figure()",
    stays=False,
)
_PATCH = _shared(
    "unittest.mock.patch",
    "replaces objects of other modules for a while",
    "they are replaced for all threads, and put back while another still needs it",
    "pass what is replaced as an argument",
    stays=False,
)
_EVENT_LOOP = _shared(
    "asyncio.get_event_loop",
    "asks for the event loop of its thread",
    "a worker thread has no event loop: RuntimeError",
    "use asyncio.run(…)",
    stays=False,
)
_INPUT = Setting(
    "input()",
    "reads from standard input",
    each(THREADED, "threads wait for one keyboard: who gets which line is a matter of turns")
    | each(_PROCESSES, "the standard input of a multiprocessing worker is closed: EOFError"),
    "read in the main program and pass what was read as an argument",
)
_FILE_LOCK = _shared(
    "fcntl.lockf",
    "takes a file lock of the process",
    "the lock belongs to the process: it keeps no thread out",
    "use a threading.Lock as well",
    stays=False,
)
_FORK = _shared(
    "os.fork",
    "forks",
    "only the thread that forks goes on in the child: locks that others hold never open there",
    "start another program by subprocess, or processes in the main program",
    stays=False,
)
_EXIT = Setting(
    "os._exit",
    "ends its process at once",
    each(_TOGETHER, "all threads end with it, and so does the caller")
    | each(_PROCESSES, "the worker dies, and the pool with it: BrokenProcessPool"),
    "raise an exception, or return",
)
_START_METHOD = Setting(
    "multiprocessing.set_start_method",
    "sets the start method",
    each((*THREADED, *APART), "the second call raises RuntimeError: context has already been set"),
    "call it once under the main guard, or use multiprocessing.get_context()",
)


def _named(*pairs: tuple[Setting, str]) -> Iterable[tuple[str, Setting]]:
    return ((origin, setting) for setting, origins in pairs for origin in origins.split())


CALLS: Mapping[str, Setting] = dict(
    _named(
        (_CHDIR, "os.chdir os.fchdir os.chroot"),
        (_CHDIR_FOR_A_WHILE, "contextlib.chdir"),
        (ENVIRONMENT, "os.putenv os.unsetenv dotenv.load_dotenv"),
        (ENVIRONMENT, " ".join(f"os.environ.{name}" for name in ("update", "pop", "setdefault", "clear", "popitem"))),
        (_SIGNAL, "signal.signal signal.set_wakeup_fd"),
        (_ALARM, "signal.alarm signal.setitimer"),
        (_LOCALE, "locale.setlocale"),
        (_UMASK, "os.umask"),
        (_REDIRECT, "contextlib.redirect_stdout contextlib.redirect_stderr"),
        (SEARCH_PATH, " ".join(f"sys.path.{name}" for name in ("append", "insert", "remove", "extend", "pop"))),
        (_WARNINGS, "warnings.catch_warnings"),
        (DECIMAL, "decimal.setcontext"),
        (_TIME_ZONE, "time.tzset"),
        (_TIMEOUT, "socket.setdefaulttimeout"),
        (_RECURSION, "sys.setrecursionlimit"),
        (_COLLECTOR, "gc.disable gc.enable gc.set_threshold gc.freeze gc.unfreeze"),
        (_PRINTING, "numpy.set_printoptions pandas.set_option torch.set_default_dtype torch.set_num_threads"),
        (_PATCH, "unittest.mock.patch unittest.mock.patch.object unittest.mock.patch.dict"),
        (_EVENT_LOOP, "asyncio.get_event_loop"),
        (_INPUT, "builtins.input getpass.getpass sys.stdin.read sys.stdin.readline"),
        (_FILE_LOCK, "fcntl.lockf"),
        (_FORK, "os.fork os.forkpty pty.fork"),
        (_EXIT, "os._exit os.abort"),
        (_START_METHOD, "multiprocessing.set_start_method"),
    )
)
"""What calls do, by the dotted origin of what is called."""

PREFIXES: Mapping[str, Setting] = {"matplotlib.pyplot.": _PYPLOT}
"""The same for whole modules."""

ASSIGNED: Mapping[str, Setting] = {
    "os.environ": ENVIRONMENT,
    "sys.stdout": STREAMS,
    "sys.stderr": STREAMS,
    "sys.stdin": STREAMS,
    "sys.path": SEARCH_PATH,
    "sys.argv": ARGUMENTS,
    "tempfile.tempdir": TEMPORARY_FOLDER,
    "matplotlib.rcParams": _PRINTING,
    "matplotlib.pyplot.rcParams": _PRINTING,
    "pandas.options": _PRINTING,
}
"""What assignments do, by the dotted origin of what is assigned to, or of what a part of is."""
