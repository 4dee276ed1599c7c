"""The check as JSON: strict, complete and documented."""

import json
import re
from pathlib import Path
from typing import Any

from whichpool.report import CheckReport
from whichpool.report.json_check import SCHEMA, check_as_json
from whichpool.report.rules import RULES
from whichpool.values import CheckRecord, Hazard, PoolKind, Status

from .checks import CLEAN, FILE, NO_INTERPRETERS, RECORD, check_of

DOCUMENT = (Path(__file__).parents[2] / "docs" / "check.md").read_text("utf-8")


def strict(record: CheckRecord) -> dict[str, Any]:
    """Write and read back, as strictly as JSON can be taken."""
    read: dict[str, Any] = json.loads(json.dumps(check_as_json(record), allow_nan=False))
    return read


def keys(value: object) -> set[str]:
    """Gather the names of all fields."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


def test_it_says_what_was_looked_at() -> None:
    read = strict(RECORD)
    assert read["schema"] == SCHEMA
    assert read["target"] == "app.py:count"
    assert read["functions"] == ["count", "reset", "undo"]
    assert (read["python"], read["calls"], read["finished"]) == ("3.11.7", 2, True)


def test_every_pool_has_its_status_and_its_reasons() -> None:
    pools = strict(CLEAN)["pools"]
    assert [pool["pool"] for pool in pools] == [kind.value for kind in PoolKind]
    assert pools[0] == {"pool": "threads", "status": "no hazard found", "reasons": []}
    assert pools[-1]["reasons"] == [NO_INTERPRETERS.message]


def test_a_finding_keeps_all_that_is_known_of_it() -> None:
    counted, cached, *_ = strict(RECORD)["findings"]
    assert counted["hazard"] == "state-assigned"
    assert counted["spots"][0] == {"file": FILE, "line": 12, "text": "COUNT += 1", "function": "count"}
    assert len(counted["spots"]) == 5
    assert counted["tried"]
    assert [effect["pool"] for effect in counted["effects"]] == [kind.value for kind in PoolKind]
    assert cached["effects"] == []


def test_what_was_not_looked_at_is_told_with_its_pools() -> None:
    assert strict(RECORD)["unseen"] == [{"pools": ["interpreters"], "message": NO_INTERPRETERS.message}]


def test_what_broke_off_says_so() -> None:
    assert not strict(check_of(finished=False))["finished"]


def test_the_library_gives_the_same() -> None:
    assert CheckReport(RECORD).to_json() == check_as_json(RECORD)


def test_every_field_is_documented() -> None:
    documented = set(re.findall(r"`([a-z_]+)`", DOCUMENT))
    assert keys(strict(RECORD)) <= documented


def test_every_pool_status_and_hazard_is_documented() -> None:
    for word in (*PoolKind, *Status, SCHEMA):
        assert f"`{word}`" in DOCUMENT


def test_the_table_of_codes_is_the_closed_list() -> None:
    assert list(RULES) == list(Hazard)
    rows = [f"| `{hazard}` | {rule.finds} | {rule.why} |" for hazard, rule in RULES.items()]
    assert re.findall(r"^\| `[a-z-]+` \| .* \| .*[.] \|$", DOCUMENT, re.MULTILINE) == rows
