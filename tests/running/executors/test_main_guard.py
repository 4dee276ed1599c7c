"""Whether an executor may start workers as the program stands: programs with and without a main guard."""

import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).parents[3] / "src"

PROGRAM = """
import os, sys
sys.path.insert(0, {sources!r})
from whichpool.running.executors import executor as module
from whichpool.running.executors.gil_watch import GilWatch

class Always(GilWatch):
    def add(self, call):
        return True

module.GilWatch = Always
print("begins")

def where():
    return os.getpid()

def main():
    with module.Executor(1) as executor:
        print([executor.submit(where).result() == os.getpid() for _ in range(3)])
        print(executor.report)

{call}
"""


def program(call: str) -> str:
    return PROGRAM.format(sources=str(SOURCES), call=call)


def printed(*arguments: str) -> list[str]:
    run = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.splitlines()


def test_a_program_without_a_main_guard_is_not_run_again_in_workers(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(program("main()"))
    begins, pids, report = printed(str(tmp_path / "script.py"))

    assert (begins, pids) == ("begins", "[True, True, True]")
    assert 'it does not run under  if __name__ == "__main__":' in report


def test_a_program_with_a_main_guard_may_use_workers(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(program('if __name__ == "__main__":\n    main()'))
    lines = printed(str(tmp_path / "script.py"))

    assert "[True, False, False]" in lines


def test_a_main_module_that_workers_cannot_import_keeps_its_functions_in_threads() -> None:
    _, pids, report = printed("-c", program("main()"))

    assert pids == "[True, True, True]"
    assert "what only the main module has" in report


def test_a_program_that_opens_a_file_at_its_top_is_not_run_again_in_workers(tmp_path: Path) -> None:
    opening = f'LOG = open({str(tmp_path / "log")!r}, "w")\n'
    guarded = 'if __name__ == "__main__":\n    LOG.write("kept")\n    main()\n    LOG.close()'
    (tmp_path / "script.py").write_text(opening + program(guarded))
    lines = printed(str(tmp_path / "script.py"))

    assert "[True, True, True]" in lines
    assert "in line 1: open(" in lines[-1]
    assert (tmp_path / "log").read_text() == "kept"
