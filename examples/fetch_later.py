"""Wait for answers in an event loop: :mod:`fetch` as an ``async def``.

whichpool compare examples/fetch_later.py:fetch --items 'range(200)'
"""

import asyncio


async def fetch(number: int) -> str:
    """Wait 20 ms for page ``number``, and let others get on meanwhile."""
    await asyncio.sleep(0.02)
    return f"page {number}"
