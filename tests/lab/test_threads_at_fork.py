"""Threads that are alive when a pool would fork."""

import threading

import pytest

from whichpool.lab import threads_at_fork
from whichpool.lab.threads_at_fork import find_threads_at_fork
from whichpool.values import Finding, NativeThreads, PoolKind


def found(subject: str) -> list[Finding]:
    return [one for one in find_threads_at_fork() if one.subject == subject]


def with_native(monkeypatch: pytest.MonkeyPatch, native: NativeThreads | None) -> list[Finding]:
    """Tell of native threads as if these were there."""
    monkeypatch.setattr(threads_at_fork, "find_native_threads", lambda **_: native)
    return found("native threads")


def test_threads_of_pythons_own_are_named_and_concern_forks_only() -> None:
    done = threading.Event()
    threads = [threading.Thread(target=done.wait, name=f"waiting-{number}") for number in range(6)]
    before = found("threads")
    for thread in threads:
        thread.start()
    (finding,) = found("threads")
    done.set()
    for thread in threads:
        thread.join()
    assert "waiting-0" in finding.message
    assert "more" in finding.message
    assert list(finding.effects) == [PoolKind.FORK]
    assert "forkserver" in finding.mend
    assert found("threads") == before


@pytest.mark.parametrize("libraries", [("gomp",), ("gomp", "openblas"), ()])
def test_native_threads_are_a_hazard_in_forks(monkeypatch: pytest.MonkeyPatch, libraries: tuple[str, ...]) -> None:
    (finding,) = with_native(monkeypatch, NativeThreads(libraries, 4))
    assert list(finding.effects) == [PoolKind.FORK]
    assert "3 native threads" in finding.message


def test_openblas_is_prepared_for_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = with_native(monkeypatch, NativeThreads(("openblas",), 2))
    assert (finding.effects, finding.mend) == ({}, "")


def test_without_native_threads_there_is_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_native(monkeypatch, None) == []
