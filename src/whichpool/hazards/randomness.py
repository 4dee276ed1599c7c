"""Random numbers out of one generator for all: that of ``random``, of NumPy, of PyTorch."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from whichpool.hazards.bindings import OWN_SCOPE
from whichpool.hazards.effects import each
from whichpool.hazards.initializers import initializers
from whichpool.hazards.looking import Look
from whichpool.values.hazards import IMPORTED, THREADED, Finding, Hazard, PoolKind, Spot

_DRAWS = {
    "random": """random randint randrange choice choices shuffle sample uniform triangular gauss normalvariate
        lognormvariate expovariate betavariate gammavariate paretovariate vonmisesvariate weibullvariate getrandbits
        randbytes binomialvariate""",
    "numpy.random": """rand randn randint random random_sample ranf sample choice shuffle permutation uniform normal
        standard_normal binomial poisson exponential beta gamma geometric laplace logistic lognormal multinomial
        multivariate_normal dirichlet chisquare pareto triangular weibull bytes random_integers gumbel hypergeometric
        negative_binomial power rayleigh standard_cauchy standard_exponential standard_gamma standard_t vonmises wald
        zipf f logseries noncentral_chisquare noncentral_f""",
    "torch": "rand randn randint randperm normal bernoulli multinomial rand_like randn_like randint_like poisson",
}
_FAMILY = {f"{family}.{name}": family for family, names in _DRAWS.items() for name in names.split()}
_SEEDS = {
    "random.seed": "random",
    "random.setstate": "random",
    "numpy.random.seed": "numpy.random",
    "numpy.random.set_state": "numpy.random",
    "torch.manual_seed": "torch",
}
MENDS = {
    "random": "draw from a generator of the call's own, seeded by the item: random.Random(item)",
    "numpy.random": "draw from a generator of each item's own: numpy.random.default_rng([seed, item])",
    "torch": "draw from a torch.Generator of the call's own, seeded by the item",
}
"""What to do about draws from each family's one generator."""

_TURNS = "which item draws which numbers depends on how threads take turns"


class _Seeded(Enum):
    NOWHERE = "nowhere"
    IN_CALL = "in the call"
    ON_IMPORT = "on import"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class _Use:
    """What the reached functions do with one family's generator."""

    draws: tuple[Spot, ...]
    seeds: tuple[Spot, ...]
    fresh: bool  # every seed in the call is the machine's entropy


def find_random_state(look: Look) -> Iterator[Finding]:
    """Find draws from a generator that all calls share, and seeds that do not reach where they should."""
    for family in _DRAWS:
        use = _use(look, family)
        if not use.draws and not use.seeds:
            continue
        where, seed_spots = _seeded(look, family)
        if use.seeds:
            where, seed_spots = _Seeded.IN_CALL, use.seeds
        effects = _effects(family, where, fresh=use.fresh)
        spots = tuple(dict.fromkeys((*use.draws, *seed_spots)))
        yield Finding(Hazard.RANDOM_STATE, family, _message(family, where), effects, MENDS[family], spots)


def _use(look: Look, family: str) -> _Use:
    draws, seeds, fresh = [], [], True
    for origin, call, reached in look.calls():
        if _family(origin, call) == family:
            draws.append(look.module.spot(call, reached.name))
        elif _SEEDS.get(origin) == family:
            seeds.append(look.module.spot(call, reached.name))
            fresh = fresh and not call.args and not call.keywords
    return _Use(tuple(draws), tuple(seeds), fresh)


def _family(origin: str, call: ast.Call) -> str | None:
    if origin.startswith("scipy.stats.") and origin.endswith(".rvs"):
        return None if any(keyword.arg == "random_state" for keyword in call.keywords) else "numpy.random"
    return _FAMILY.get(origin)


def _seeded(look: Look, family: str) -> tuple[_Seeded, tuple[Spot, ...]]:
    """Tell where a module seeds a family's generator, the functions reached left aside."""
    prepared = [spot for function in initializers(look.module) for spot in _seeds(look, [function], family)]
    if prepared:
        return _Seeded.IN_CALL, tuple(prepared)
    on_import = tuple(_seeds(look, look.module.top_level(), family, enter_functions=False))
    if on_import:
        return _Seeded.ON_IMPORT, on_import
    elsewhere = tuple(_seeds(look, _program(look), family))
    return (_Seeded.ELSEWHERE if elsewhere else _Seeded.NOWHERE), elsewhere


def _program(look: Look) -> Iterator[ast.stmt]:
    """List what runs as a program: the main block, and the functions that it or the top level calls."""
    begun = [*look.module.main_block(), *look.module.top_level()]
    called = {
        node.func.id
        for statement in begun
        if not isinstance(statement, OWN_SCOPE)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    yield from look.module.main_block()
    yield from (one for one in begun if isinstance(one, ast.FunctionDef) and one.name in called | {"main"})


def _seeds(look: Look, nodes: Iterable[ast.AST], family: str, *, enter_functions: bool = True) -> Iterator[Spot]:
    for node in nodes:
        if not enter_functions and isinstance(node, OWN_SCOPE):
            continue
        if isinstance(node, ast.Call) and _SEEDS.get(look.module.dotted(node.func) or "") == family:
            yield look.module.spot(node)
        yield from _seeds(look, ast.iter_child_nodes(node), family, enter_functions=enter_functions)


def _message(family: str, where: _Seeded) -> str:
    seeded = {
        _Seeded.NOWHERE: "",
        _Seeded.IN_CALL: ", seeded where the call runs",
        _Seeded.ON_IMPORT: ", seeded when the module is imported",
        _Seeded.ELSEWHERE: ", seeded outside the call",
    }
    return f"random numbers are drawn from the one generator of {family}{seeded[where]}"


def effects_unseeded(family: str) -> dict[PoolKind, str]:
    """Say what comes of draws that nobody seeds: Python seeds ``random`` anew after every fork, and nothing else."""
    if family == "random":
        return {}
    return {PoolKind.FORK: "every forked worker starts from the same state: all draw the same numbers"}


def _effects(family: str, where: _Seeded, *, fresh: bool) -> dict[PoolKind, str]:
    if where is _Seeded.IN_CALL:
        return {} if fresh else each(THREADED, "threads seed and draw in between each other: no seed holds")
    same = effects_unseeded(family)
    if where is _Seeded.NOWHERE:
        return same
    lost = same or {PoolKind.FORK: "a forked worker is seeded anew: the seed does not hold there"}
    if where is _Seeded.ON_IMPORT:
        alike = "every worker that imports the module starts from the same seed: all draw the same numbers"
        return each(THREADED, _TURNS) | lost | each(IMPORTED, alike)
    return each(THREADED, _TURNS) | lost | each(IMPORTED, "a worker that imports the module knows nothing of the seed")
