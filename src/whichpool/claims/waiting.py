"""Claim 5: threads suit I/O-bound work.

A local server answers each request after a while, as a database or a web service does. Eight requests are made one
after the other, then shared among 2, 4 and 8 threads, and among as many processes, their start and end included. Who
waits for an answer needs neither the GIL nor a core, so eight threads should come near to eight times as fast.
"""

import asyncio
import multiprocessing
import socket
import sys
from functools import partial
from multiprocessing.connection import Connection
from threading import Thread

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_times, ratios, samples_in
from whichpool.claims.tasks import at_once, one_after_other, worker_processes
from whichpool.claims.turns import take_turns
from whichpool.values import Holds, Judgement, Measured

ANSWER_S = 0.03
REQUESTS = 8
WORKERS = (2, 4, 8)
START_METHOD = "fork" if sys.platform == "linux" else "spawn"  # the quickest, so that processes are at their best
ROUNDS = 8
BOX_S = 5.5
ENOUGH = 4.0  # times as fast: half of what eight workers could do at best


async def _answer(_: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(ANSWER_S)  # the time that a disk or a query would take
    answer.write(b"!")
    answer.close()


async def _serve(telling: Connection) -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    telling.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def serve(telling: Connection) -> None:
    """Tell the port, and answer requests until killed."""
    asyncio.run(_serve(telling))


def ask(port: int, requests: int) -> None:
    """Make some requests, one after the other, and wait for each answer."""
    for _ in range(requests):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.recv(1)


def measure() -> Measured:
    """Time eight requests in each way, in turns."""
    hearing, telling = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(telling,), daemon=True)
    server.start()
    telling.close()
    try:
        request = partial(ask, hearing.recv())
        ways = {"alone_s": partial(one_after_other, [(request, REQUESTS)])}
        for workers in WORKERS:
            shares = [(request, REQUESTS // workers)] * workers
            ways[f"threads_{workers}_s"] = partial(at_once, Thread, shares)
            ways[f"processes_{workers}_s"] = partial(at_once, worker_processes()[START_METHOD], shares)
        return take_turns(ways, ROUNDS, BOX_S)
    finally:
        server.kill()
        server.join()
        hearing.close()


def judge(measured: Measured) -> Judgement:
    """Threads suit if eight of them are surely at least :data:`ENOUGH` times as fast as one after the other."""
    alone_s = samples_in(measured, "alone_s")
    times = {
        kind: [ratios(alone_s, samples_in(measured, f"{kind}_{workers}_s")) for workers in WORKERS]
        for kind in ("threads", "processes")
    }
    seen = f"{REQUESTS} requests among 2, 4 and 8 workers, against one after the other: " + "; ".join(
        f"{kind} {', '.join(map(in_times, speedups))}" for kind, speedups in times.items()
    )
    threads = times["threads"][-1]
    if threads.low > ENOUGH:
        return Judgement(Holds.HOLDS, seen, "eight threads waited for most of their answers at the same time")
    if threads.high < ENOUGH:
        reason = f"eight threads were less than {ENOUGH:g} times as fast as one after the other"
        return Judgement(Holds.DOES_NOT_HOLD, seen, reason)
    reason = f"whether eight threads are {ENOUGH:g} times as fast did not show; try a quieter machine"
    return Judgement(Holds.CANNOT_TELL, seen, reason)


if __name__ == "__main__":
    run_alone(measure, judge)
