"""The rooms of the package and who may know whom; the contracts stand in ``pyproject.toml``."""

import sys
from pathlib import Path

import grimp
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from whichpool.pools.catalogue import CATALOGUE

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"

ROOMS_A_CHILD_IMPORTS = ("whichpool", "whichpool.errors", "whichpool.lab", "whichpool.pools", "whichpool.values")


def test_every_import_keeps_the_contracts() -> None:
    assert lint_imports(config_filename=str(PYPROJECT), no_cache=True, no_logo=True) == EXIT_STATUS_SUCCESS


OPTIONAL = {row.module for row in CATALOGUE if row.package is not None}
"""Each of them imports what it is about, and is imported only where that is wanted."""


def test_a_child_needs_nothing_but_the_standard_library() -> None:
    graph = grimp.build_graph("whichpool", include_external_packages=True, cache_dir=None)
    below = {module for room in ROOMS_A_CHILD_IMPORTS[1:] for module in graph.find_descendants(room)}
    third_party = {
        f"{module} imports {imported}"
        for module in below.union(ROOMS_A_CHILD_IMPORTS) - OPTIONAL
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.partition(".")[0] not in {"whichpool", *sys.stdlib_module_names}
    }
    assert third_party == set()


def test_an_engine_is_imported_by_its_own_pool_alone() -> None:
    graph = grimp.build_graph("whichpool", include_external_packages=True, cache_dir=None)
    for row in CATALOGUE:
        for importer in graph.find_modules_that_directly_import(row.package) if row.package else ():
            assert importer == row.module
        if row.package:
            assert graph.find_modules_that_directly_import(row.module) == set()
