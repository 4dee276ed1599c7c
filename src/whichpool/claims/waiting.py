"""Claim 5: threads suit I/O-bound work.

A local server answers each request after a while, as a database or a web service does. Eight requests are made one
after the other, then by 2 to 8 threads and by as many processes, each pool's start and end included. Who waits for an
answer needs neither the GIL nor a core, so eight threads should come near to eight times as fast.
"""

import multiprocessing
import socket
import sys
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from socketserver import BaseRequestHandler, ThreadingTCPServer
from time import perf_counter, sleep

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_times, ratios, samples_in
from whichpool.claims.turns import take_turns
from whichpool.values import Estimate, Holds, Judgement, Measured
from whichpool.wording import duration, number

ANSWER_S = 0.03
REQUESTS = 8
WORKERS = (2, 4, 8)
START_METHOD = "fork" if sys.platform == "linux" else "spawn"  # the quickest, so that processes are at their best
ROUNDS = 8
BOX_S = 5.5
ENOUGH = 4.0  # half of what eight workers could do at best
CLOSE = 1.1


class Answer(BaseRequestHandler):
    """What the server does with a request: let it wait, then answer."""

    def handle(self) -> None:
        """Take the time that a disk or a query would take."""
        sleep(ANSWER_S)
        self.request.sendall(b"!")


class Server(ThreadingTCPServer):
    """A server that lets nobody wait for being heard."""

    daemon_threads = True
    request_queue_size = 64


def serve(told: Connection) -> None:
    """Tell the port, and answer until terminated."""
    with Server(("127.0.0.1", 0), Answer) as server:
        told.send(server.server_address[1])
        server.serve_forever()


def ask(port: int) -> None:
    """Make one request and wait for its answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.recv(1)


def _alone_s(port: int) -> float:
    begun_s = perf_counter()
    for _ in range(REQUESTS):
        ask(port)
    return perf_counter() - begun_s


def _in_pool_s(open_pool: Callable[[], Executor], port: int) -> float:
    begun_s = perf_counter()
    with open_pool() as pool:
        list(pool.map(ask, [port] * REQUESTS))
    return perf_counter() - begun_s


def measure() -> Measured:
    """Time eight requests in each way, in turns."""
    hearing, telling = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(telling,), daemon=True)
    server.start()
    telling.close()
    try:
        port = hearing.recv()
        ways: dict[str, Callable[[], float]] = {"one_after_other_s": partial(_alone_s, port)}
        for workers in WORKERS:
            threads = partial(ThreadPoolExecutor, workers)
            processes = partial(ProcessPoolExecutor, workers, multiprocessing.get_context(START_METHOD))
            ways[f"threads_{workers}_s"] = partial(_in_pool_s, threads, port)
            ways[f"processes_{workers}_s"] = partial(_in_pool_s, processes, port)
        with warnings.catch_warnings():
            # a thread that was joined may be in the kernel a moment longer; no thread of ours is there to be forked
            warnings.filterwarnings("ignore", "(?s).*multi-threaded", DeprecationWarning)
            return {"start_method": START_METHOD, **take_turns(ways, ROUNDS, BOX_S)}
    finally:
        server.terminate()
        server.join()
        hearing.close()


def judge(measured: Measured) -> Judgement:
    """Threads suit if eight of them are at least :data:`ENOUGH` times as fast; how processes compare is told."""
    alone_s, most = samples_in(measured, "one_after_other_s"), WORKERS[-1]
    threads = [ratios(alone_s, samples_in(measured, f"threads_{workers}_s")) for workers in WORKERS]
    processes = [ratios(alone_s, samples_in(measured, f"processes_{workers}_s")) for workers in WORKERS]
    seen = (
        f"{REQUESTS} requests over 2, 4 and 8 threads: {_series(threads)}; over as many processes, their start "
        f"by {measured['start_method']} included: {_series(processes)}"
    )
    against = _against_processes(
        ratios(samples_in(measured, f"processes_{most}_s"), samples_in(measured, f"threads_{most}_s"))
    )
    if threads[-1].low > ENOUGH:
        return Judgement(Holds.HOLDS, seen, f"{most} threads waited for most of their answers at once; {against}")
    if threads[-1].high < ENOUGH:
        reason = f"{most} threads were less than {ENOUGH:g} times as fast as one after the other; {against}"
        return Judgement(Holds.DOES_NOT_HOLD, seen, reason)
    reason = f"whether {most} threads are {ENOUGH:g} times as fast did not show; try a quieter machine"
    return Judgement(Holds.CANNOT_TELL, seen, reason)


def _series(speedups: Sequence[Estimate]) -> str:
    return ", ".join([f"{number(speedup.value)}×" for speedup in speedups[:-1]] + [in_times(speedups[-1])])


def _against_processes(ratio: Estimate) -> str:
    told = f"were not told apart from them, with {in_times(ratio)} the time"
    if ratio.low > CLOSE or ratio.high < 1 / CLOSE:
        told = f"were {'worse' if ratio.low > CLOSE else 'better'}, with {in_times(ratio)} the time"
    elif ratio.low >= 1 / CLOSE and ratio.high <= CLOSE:
        told = "were as good"
    return f"for a job of {REQUESTS} times {duration(ANSWER_S)} of waiting, as many processes {told}"


if __name__ == "__main__":
    run_alone(measure, judge)
