"""State that outlives the call and is written by it: what each pool makes of that."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from whichpool.hazards.describing import described
from whichpool.hazards.effects import ResourceKind, each
from whichpool.hazards.looking import Access, CaptureKind, Deed, Look
from whichpool.hazards.makers import kind_made
from whichpool.values.hazards import APART, THREADED, Finding, Hazard, PoolKind, Spot

_MEND_WRITING = "return the value and let the caller put the results together; for threads alone, a lock does"
_MEND_LOCKED = "return the value and let the caller put the results together: a lock mends it for threads only"
_MEND_RACE = "hold one lock around reading and writing: with LOCK: …; or return the value instead"


def find_assigned_state(look: Look) -> Iterator[Finding]:
    """Find globals and variables of functions around that a call binds anew."""
    for name, written in _by_name(look, Deed.ASSIGNED).items():
        yield assigned_state(
            name, described(written[0].captured, look.module), _spots(look, written), alone=_is_alone(look, name)
        )


def find_changed_state(look: Look) -> Iterator[Finding]:
    """Find containers and objects that were there before the call and that it changes in place."""
    for name, written in _by_name(look, Deed.CHANGED).items():
        yield changed_state(
            name,
            described(written[0].captured, look.module),
            written[0].how,
            _spots(look, written),
            alone=_is_alone(look, name),
        )


def find_races(look: Look) -> Iterator[Finding]:
    """Find what is read and then written without a lock, so that what others wrote in between is lost."""
    for name, updated in _by_name(look, Deed.UPDATED).items():
        unlocked = [access for access in updated if not access.locked]
        if unlocked:
            is_check = all(access.how == "if" for access in unlocked)
            effects = _effects_of_race(name, is_check=is_check)
            if _is_shared(look, unlocked[0]):
                effects |= each(APART, f"processes that share {name} lose updates as threads do")
            done = "checked first and written afterwards" if is_check else "read, and written back changed,"
            message = f"{name} is {done} without a lock"
            yield Finding(Hazard.RACE, name, message, effects, _MEND_RACE, _spots(look, unlocked))


def find_iteration_while_changed(look: Look) -> Iterator[Finding]:
    """Find loops over what other calls change meanwhile."""
    changed = _by_name(look, Deed.CHANGED)
    for name, loops in _by_name(look, Deed.ITERATED).items():
        resized = [access for access in changed.get(name, ()) if access.how != "=" and not access.captured.element]
        if resized and not (_all_locked(loops) and _all_locked(resized)):
            yield Finding(
                Hazard.ITERATION_WHILE_CHANGED,
                name,
                f"a loop goes through {name}, which other calls change meanwhile",
                each(THREADED, f"{name} changes during the loop: a RuntimeError, or items are left out"),
                f"loop over a copy, made under the lock that the changes hold: for … in list({name})",
                _spots(look, [*loops, *resized]),
            )


def find_mutable_defaults(look: Look) -> Iterator[Finding]:
    """Find a default that one call changes and the next one finds changed."""
    changed: dict[str, list[Access]] = defaultdict(list)
    for access in look.accesses:
        if access.captured.kind is CaptureKind.DEFAULT and access.deed in {Deed.CHANGED, Deed.UPDATED}:
            changed[access.captured.name].append(access)
    for name, changes in changed.items():
        yield Finding(
            Hazard.MUTABLE_DEFAULT,
            name,
            f"the default of {name} is made once, and each call that uses it changes it",
            each(THREADED, f"threads share the one default of {name}: what one call adds others find")
            | each(APART, f"each worker has its own default of {name}: what a call finds there depends on its worker"),
            f"let the default be None, and make {name} inside the function",
            _spots(look, changes),
        )


def assigned_state(name: str, what: str, spots: tuple[Spot, ...], *, alone: bool) -> Finding:
    """Say what comes of an assignment.

    Args:
        name: What is assigned.
        what: What it is, such as ``a global``.
        spots: Where.
        alone: Whether threads are in no danger, or another finding tells of it.
    """
    effects = each(APART, f"each worker assigns a {name} of its own: the caller's stays as it was")
    if not alone:
        effects |= each(THREADED, f"threads share {name}: what one call assigns another overwrites")
    return Finding(
        Hazard.STATE_ASSIGNED, name, f"{what} is assigned", effects, _MEND_LOCKED if alone else _MEND_WRITING, spots
    )


def changed_state(name: str, what: str, how: str, spots: tuple[Spot, ...], *, alone: bool) -> Finding:
    """Say what comes of a change in place; arguments as in :func:`assigned_state`, and the deed in code."""
    effects = each(APART, f"the caller never sees the change: each worker has its own {name}")
    if not alone:
        effects |= each(THREADED, f"threads change the one {name} in no fixed order, and can collide")
    message = f"{what} is changed in place ({how})"
    return Finding(Hazard.STATE_CHANGED, name, message, effects, _MEND_LOCKED if alone else _MEND_WRITING, spots)


def _effects_of_race(name: str, *, is_check: bool) -> dict[PoolKind, str]:
    lost = f"two calls can both pass the check of {name}: the work is done twice, and the last one wins"
    if not is_check:
        lost = f"a switch of threads between reading and writing {name} loses what another call wrote"
    return {
        PoolKind.THREADS: f"{lost}; rare with a GIL, not impossible",
        PoolKind.FREE_THREADS: f"{lost}; far likelier without a GIL",
    }


def _by_name(look: Look, deed: Deed) -> Mapping[str, Sequence[Access]]:
    """Group the accesses of one kind; defaults are told of by a rule of their own."""
    found: dict[str, list[Access]] = defaultdict(list)
    for access in look.accesses:
        if access.deed is deed and access.captured.kind is not CaptureKind.DEFAULT:
            is_copy_apart = deed in {Deed.ASSIGNED, Deed.CHANGED} and _is_shared(look, access)
            if not is_copy_apart:
                found[access.captured.name].append(access)
    return found


def _is_shared(look: Look, access: Access) -> bool:
    """Tell whether something lies in memory that processes share: ``COUNTER.value`` of a ``multiprocessing.Value``."""
    root = access.captured.name.partition(".")[0]
    values = look.module.bindings.get(root, ()) if access.captured.kind is CaptureKind.GLOBAL else ()
    return any(isinstance(value, ast.Call) and kind_made(look.module, value) is ResourceKind.SHARED for value in values)


def _is_alone(look: Look, name: str) -> bool:
    """Tell whether threads are kept out by a lock, or a race already tells what comes of them."""
    writing = [
        one for deed in (Deed.ASSIGNED, Deed.CHANGED, Deed.UPDATED) for one in _by_name(look, deed).get(name, ())
    ]
    return _all_locked(writing) or any(one.deed is Deed.UPDATED and not one.locked for one in writing)


def _all_locked(among: Sequence[Access]) -> bool:
    return all(access.locked for access in among)


def _spots(look: Look, among: Sequence[Access]) -> tuple[Spot, ...]:
    return tuple(dict.fromkeys(look.module.spot(access.node, access.reached.name) for access in among))
