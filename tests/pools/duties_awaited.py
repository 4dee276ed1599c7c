"""What async functions do under test. A module of its own, so that spawned workers can import it."""

import asyncio
from typing import NoReturn


async def halve(number: int) -> float:
    await asyncio.sleep(0)
    if number < 0:
        message = "negative"
        raise ValueError(message)
    return number / 2


async def add(one: int, other: int) -> int:
    return one + other


async def kind_of(value: object) -> str:
    return type(value).__name__


async def leave(_number: int) -> NoReturn:
    raise SystemExit(5)
