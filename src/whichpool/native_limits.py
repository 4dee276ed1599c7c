"""How many threads native libraries (BLAS, OpenMP) start: they read it from the environment as they are loaded."""

_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


def native_limits(threads: int) -> dict[str, str]:
    """Give the environment variables that hold native libraries to a number of threads each."""
    return dict.fromkeys(_VARIABLES, str(threads))
