"""What things cost is kept in the user's cache folder, while machine, interpreter and engines stay the same."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from whichpool.machine.build import build_of
from whichpool.machine.cores import usable_cores
from whichpool.machine.fingerprint import fingerprint
from whichpool.pools.catalogue import CATALOGUE, NAMES
from whichpool.values import Costs, Python

SCHEMA = "whichpool.costs/1"
_PACKAGES = tuple(row.package for row in CATALOGUE if row.package is not None and not row.is_cluster)
_NAME_LENGTH = 16


def kept_costs(python: Python) -> Costs | None:
    """Look up what was measured under an interpreter; measures nothing and never fails.

    Args:
        python: The interpreter.

    Returns:
        The costs; None where there are none, or they are those of another build, kernel, machine or engine.
    """
    key = _key(python)
    if key is None:
        return None
    try:
        kept = json.loads(_file(key).read_text(encoding="utf-8"))
        return Costs.from_fields(kept["costs"]) if kept["schema"] == SCHEMA and kept["key"] == key else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def keep_costs(python: Python, costs: Costs) -> str | None:
    """Keep costs for next time; tell what went wrong where they could not be.

    The file is written beside its place first, so that whoever reads it finds a whole one.
    """
    key = _key(python)
    if key is None:
        return f"what things cost was not kept: {python} does not tell what build it is"
    file = _file(key)
    draft = file.with_name(f".{os.getpid()}.{file.name}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_text(json.dumps({"schema": SCHEMA, "key": key, "costs": asdict(costs)}), encoding="utf-8")
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        return f"what things cost was not kept: {file} could not be written: {error.strerror}"
    return None


def _key(python: Python) -> dict[str, Any] | None:
    """Gather all that must stay the same for costs to be worth anything."""
    build = build_of(python.path, _PACKAGES)
    gil = {**os.environ, **python.environment}.get("PYTHON_GIL")
    if build is None:
        return None
    return {"machine": fingerprint(usable_cores()), "PYTHON_GIL": gil, "pools": list(NAMES), **build}


def _file(key: Mapping[str, Any]) -> Path:
    """Name a file for each interpreter with its engines, on each machine; a newer build takes the place of an older."""
    stays = json.dumps([key["machine"], key["PYTHON_GIL"], key.get("executable"), key.get("packages")])
    name = hashlib.sha256(stays.encode()).hexdigest()[:_NAME_LENGTH]
    return user_cache_path("whichpool", appauthor=False) / f"costs-{name}.json"
