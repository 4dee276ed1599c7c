"""The look where only the compiled function is left: no text, so fewer questions, and lines without their words."""

import dis
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType

from whichpool.hazards.changing import METHODS
from whichpool.hazards.merging import merged
from whichpool.hazards.state import assigned_state, changed_state
from whichpool.values.hazards import Examination, Finding, PoolKind, Spot, Unseen

_KEEP_TOP = {
    "STORE_FAST",
    "STORE_FAST_STORE_FAST",
    "POP_TOP",
    "STORE_GLOBAL",
    "STORE_DEREF",
    "STORE_NAME",
}  # what lies below is untouched


def look_at_bytecode(function: FunctionType, name: str) -> Examination:
    """Look at a function's bytecode, and that of its inner functions, for state that it assigns or changes.

    Args:
        function: The function.
        name: What to call it.

    Returns:
        What was found. That the rest was not looked at is said of every pool.
    """
    outer = set(function.__code__.co_freevars)
    found = (
        finding
        for code in _with_inner(function.__code__)
        for finding in _findings(code, outer, function.__globals__, code.co_qualname.replace(".<locals>", ""))
    )
    message = f"the text of {name} was not found, only its bytecode: what it calls and captures was not looked at"
    unseen = Unseen(tuple(PoolKind), message)
    return Examination(platform.python_version(), (name,), merged((), found), (unseen,))


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


def _findings(code: CodeType, outer: set[str], names: Mapping[str, object], function: str) -> Iterator[Finding]:
    for write in _writes(code, outer):
        spots = (Spot(code.co_filename, write.line or code.co_firstlineno, "", function),)
        is_outer = write.name.partition(".")[0] in outer
        what = f"{write.name}, a variable of the function around," if is_outer else f"{write.name}, a global,"
        if isinstance(names.get(write.name), ModuleType | type) and write.how.startswith("."):
            continue  # np.append(…): a function of a module
        if write.how:
            yield changed_state(write.name, what, write.how, spots, alone=False)
        else:
            yield assigned_state(write.name, what, spots, alone=False)


@dataclass(frozen=True, slots=True)
class _Write:
    """A name that an instruction writes, and the deed in code; empty for an assignment."""

    name: str
    line: int | None
    how: str = ""


def _writes(code: CodeType, outer: set[str]) -> Iterator[_Write]:
    """Follow names from the bytecode's loads to its stores, by a stack of names in which None is anything else."""
    stack: list[str | None] = []
    for instruction in dis.get_instructions(code):
        line = instruction.positions.lineno if instruction.positions else None
        operation, argument = instruction.opname, instruction.argval
        if operation in {"STORE_GLOBAL", "DELETE_GLOBAL"} or (operation == "STORE_DEREF" and argument in outer):
            yield _Write(str(argument), line)
        written = {"STORE_SUBSCR": -2, "DELETE_SUBSCR": -2, "STORE_ATTR": -1, "DELETE_ATTR": -1}.get(operation)
        if written is not None and len(stack) >= -written and (name := stack[written]):
            is_item = operation.endswith("SUBSCR")
            yield _Write(name if is_item else f"{name}.{argument}", line, "[…] =" if is_item else "=")
        top = stack[-1] if stack else None
        if operation in {"LOAD_ATTR", "LOAD_METHOD"} and top and argument in METHODS:
            yield _Write(top, line, f".{argument}()")
        _step(stack, instruction, outer)


def _step(stack: list[str | None], instruction: dis.Instruction, outer: set[str]) -> None:
    """Do to the stack of names what an instruction does to the stack of values."""
    operation, argument = instruction.opname, instruction.argval
    effect = dis.stack_effect(instruction.opcode, instruction.arg, jump=False)
    is_load = operation == "LOAD_GLOBAL" or (operation == "LOAD_DEREF" and argument in outer)
    if is_load:
        stack.extend([str(argument)] * effect)  # beside the function goes a place for its self, before or behind it
    elif operation in {"LOAD_ATTR", "LOAD_METHOD"}:
        named = f"{stack[-1]}.{argument}" if stack and stack[-1] else None
        stack[-1:] = [named] * (1 + effect)
    elif operation == "COPY" and instruction.arg and instruction.arg <= len(stack):
        stack.append(stack[-instruction.arg])
    elif operation == "SWAP" and instruction.arg and instruction.arg <= len(stack):
        stack[-1], stack[-instruction.arg] = stack[-instruction.arg], stack[-1]
    elif operation == "STORE_FAST_LOAD_FAST":  # 3.13 and later write two instructions in one
        stack[-1:] = [None]
    elif effect > 0:
        stack.extend([None] * effect)
    else:
        del stack[len(stack) + effect :]
        if stack and effect < 0 and operation not in _KEEP_TOP:
            stack[-1] = None
