"""Whether a function can travel to where it has to be found by its name."""

import pickle

from whichpool.errors import Trouble
from whichpool.pools.chunk import Function
from whichpool.pools.protocol import PoolFailed


def refuse_what_cannot_travel(function: Function) -> None:
    """Find out by trying, before any worker is started, whether plain pickle can send a function.

    Raises:
        PoolFailed: It cannot.
    """
    try:
        pickle.dumps(function)
    except Exception as error:
        name = getattr(function, "__qualname__", repr(function))
        mend = (
            "define it with def at the top level of a module"
            if "<" in name
            else "make it, and the object it is bound to, something that pickle can rebuild"
        )
        message = f"the function {name} cannot be pickled ({type(error).__name__}: {error}); {mend}"
        raise PoolFailed(Trouble.UNPICKLABLE, message) from None
