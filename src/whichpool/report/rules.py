"""The closed list of hazards as rules: what each finds, and why that matters."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from whichpool.values import Hazard


@dataclass(frozen=True, slots=True)
class Rule:
    """What can be said of a hazard before it is found anywhere.

    Attributes:
        finds: What it finds, in a few words.
        why: Why that matters.
    """

    finds: str
    why: str


RULES: Mapping[Hazard, Rule] = MappingProxyType(
    {
        Hazard.STATE_ASSIGNED: Rule(
            "A global, a closure variable or an attribute that outlives the call is assigned",
            "A worker process assigns its own copy, which the caller never sees; threads overwrite each other's value.",
        ),
        Hazard.STATE_CHANGED: Rule(
            "A list, a dict, a set or another object that outlives the call is changed in place",
            "A worker process changes its own copy, which the caller never sees; threads change one object at once.",
        ),
        Hazard.STATE_CHANGED_IN_TRIAL: Rule(
            "Something that outlives the call was different after a trial call",
            "The change was seen to happen, whatever the code looks like; what a worker process changes is lost.",
        ),
        Hazard.RACE: Rule(
            "Shared state is read, modified and written without a lock",
            "Between reading and writing another thread may write, and its update is lost; likelier without a GIL.",
        ),
        Hazard.ITERATION_WHILE_CHANGED: Rule(
            "A shared container is iterated, and changed as well",
            "Iterating a dict or a set raises RuntimeError when its size changes meanwhile; a list skips or repeats.",
        ),
        Hazard.ASSIGNMENT_STAYS_LOCAL: Rule(
            "An assignment that looks meant for a global makes a local name",
            "Without a global declaration the name belongs to the call: the global keeps its value in every pool.",
        ),
        Hazard.UNPICKLABLE: Rule(
            "The function, an argument, a result or an exception cannot be pickled",
            "All that travels between processes is pickled; what cannot be pickled cannot go there or come back.",
        ),
        Hazard.RESOURCE: Rule(
            "The function holds on to a file, a socket, a connection or the like that was opened outside the call",
            "Forked workers share its position or its connection with the caller; it cannot be pickled for others.",
        ),
        Hazard.LOCK: Rule(
            "The function holds on to a lock that threads share",
            "Each worker process has a lock of its own, which excludes nobody; one that is held at a fork stays held.",
        ),
        Hazard.RANDOM_GENERATOR: Rule(
            "The function draws from a random generator that all workers share or copy",
            "Forked workers continue from the same state, and so draw the same numbers.",
        ),
        Hazard.RANDOM_STATE: Rule(
            "The function uses the global state of random or NumPy",
            "Seeding it in one place does not reach every worker, and the order of threads decides who draws what.",
        ),
        Hazard.PROCESS_STATE: Rule(
            "The function changes what a whole process has once: the folder, the environment, signal handlers",
            "Threads change it for each other; a worker process changes it for itself and every later item.",
        ),
        Hazard.THREAD_LOCAL: Rule(
            "The function reads a threading.local that was set outside the call",
            "In another thread it is empty, and in a worker process it holds what importing the module sets.",
        ),
        Hazard.MUTABLE_DEFAULT: Rule(
            "A default argument is changed by the call",
            "A default is made once and kept: threads share it, and each worker process has its own.",
        ),
        Hazard.NO_MAIN_GUARD: Rule(
            "The module works when it is imported, with no guard against being imported by a worker",
            'A spawned worker imports the module, and without if __name__ == "__main__": would start workers in turn.',
        ),
        Hazard.MODULE_WORK: Rule(
            "Importing the module does work that every worker repeats",
            "A worker that is not forked imports the module before its first item, and pays for it each time.",
        ),
        Hazard.THREADS_AT_FORK: Rule(
            "Threads are alive when a process would be forked",
            "A fork copies locks as they are, but not the threads that would open them: the child may hang.",
        ),
        Hazard.NOT_IN_INTERPRETERS: Rule(
            "Something that is imported does not load in a subinterpreter",
            "An extension module must declare that it supports subinterpreters; others refuse to be imported there.",
        ),
        Hazard.TURNS_GIL_ON: Rule(
            "An import turns the GIL on in a free-threaded Python",
            "An extension module that does not declare that it runs without the GIL turns it on for the process.",
        ),
        Hazard.CALL_DOES_NOT_FIT: Rule(
            "The function cannot be called with what it is to be called with",
            "The call raises TypeError before the function begins, in a worker as well as in the main thread.",
        ),
        Hazard.PER_WORKER_CACHE: Rule(
            "A cache is filled by the call",
            "Each worker process fills a cache of its own, and what another has computed already is computed again.",
        ),
    }
)
"""Every hazard of the closed list, in its order."""
