"""How many threads native libraries (BLAS, OpenMP) start: they read it from the environment as they are loaded."""

from collections.abc import Container

_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


def native_limits(threads: int) -> dict[str, str]:
    """Give the environment variables that hold native libraries to a number of threads each."""
    return dict.fromkeys(_VARIABLES, str(threads))


def are_limited(environ: Container[str]) -> bool:
    """Tell whether an environment holds native libraries already; a library's own variable counts more than others'."""
    return any(name in environ for name in (*_VARIABLES, "GOTO_NUM_THREADS"))
