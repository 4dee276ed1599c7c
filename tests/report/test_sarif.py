"""The check in SARIF 2.1.0, as an editor or a code host reads it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sarif_pydantic import Sarif

from whichpool.report.sarif import write_sarif
from whichpool.values import CheckRecord, Finding, Hazard, Spot

from .checks import ASSIGNED, DRAWS, FILE, FOLDER, NO_INTERPRETERS, NOTE, RECORD, UNPICKLABLE, check_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "check.sarif"


def written(record: CheckRecord, file: Path) -> dict[str, Any]:
    """Write a log, and give the one run in it."""
    write_sarif(record, file)
    (run,) = json.loads(file.read_text("utf-8"))["runs"]
    assert isinstance(run, dict)
    return run


def result_of(finding: Finding, file: Path) -> dict[str, Any]:
    (result,) = written(check_of(finding), file)["results"]
    assert isinstance(result, dict)
    return result


def values(node: object) -> list[object]:
    """List every value in the log."""
    if isinstance(node, dict):
        return [value for child in node.values() for value in values(child)]
    return [value for child in node for value in values(child)] if isinstance(node, list) else [node]


def test_the_log_is_read_back_as_it_was_written(file: Path) -> None:
    write_sarif(RECORD, file)
    text = file.read_text("utf-8")
    read = Sarif.model_validate_json(text)
    assert json.loads(read.model_dump_json(by_alias=True, exclude_none=True)) == json.loads(text)
    assert (read.version, len(read.runs)) == ("2.1.0", 1)
    assert json.loads(text)["$schema"].endswith("sarif-schema-2.1.0.json")
    assert None not in values(json.loads(text))


def test_the_rules_are_the_closed_list_and_every_result_points_to_its_own(file: Path) -> None:
    run = written(RECORD, file)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [hazard.value for hazard in Hazard]
    assert all(rule["shortDescription"]["text"].endswith(".") and rule["help"]["text"] for rule in rules)
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        finding.hazard.value for finding in RECORD.examination.findings
    ]
    assert [result["ruleId"] for result in run["results"]] == [
        rules[each["ruleIndex"]]["id"] for each in run["results"]
    ]


def test_a_hazard_is_a_warning_and_what_is_worth_a_note_a_note(file: Path) -> None:
    levels = {result["ruleId"]: result["level"] for result in written(RECORD, file)["results"]}
    assert levels["state-assigned"] == "warning"
    assert levels["per-worker-cache"] == "note"


def test_a_message_says_what_was_found_what_comes_of_it_and_what_to_do(file: Path) -> None:
    message = result_of(ASSIGNED, file)["message"]["text"].splitlines()
    assert message[0] == "COUNT, a number of the module, is assigned (seen in a trial)."
    assert message[1].startswith("threads, threads without a GIL: two calls can collide")
    assert message[-1] == f"Mend: {ASSIGNED.mend}."
    assert result_of(NOTE, file)["message"]["text"] == f"{NOTE.message}."


def test_a_file_below_the_folder_is_named_relative_to_it(file: Path) -> None:
    run = written(check_of(ASSIGNED), file)
    (location,) = run["results"][0]["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "counting/app.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12, "snippet": {"text": "COUNT += 1"}},
    }
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == f"file://{FOLDER}/"
    assert len(run["results"][0]["relatedLocations"]) == 4


def test_a_file_elsewhere_is_named_whole(file: Path) -> None:
    (location,) = result_of(DRAWS, file)["locations"]
    artifact = location["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///usr/lib/elsewhere/sampling.py"}


def test_odd_names_become_proper_uris(file: Path) -> None:
    odd = replace(NOTE, spots=(Spot(f"{FOLDER}/a b#ü\udcff.py", 1, "x"),))
    (location,) = result_of(odd, file)["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20b%23%C3%BC%FF.py"


def test_a_notebooks_cell_is_no_file_but_its_function_has_a_name(file: Path) -> None:
    (location,) = result_of(replace(NOTE, spots=(Spot("<ipython-input-3>", 1, "x", "f"),)), file)["locations"]
    assert location == {"logicalLocations": [{"fullyQualifiedName": "f", "kind": "function"}]}


def test_what_no_line_shows_has_no_location(file: Path) -> None:
    assert "locations" not in result_of(UNPICKLABLE, file)


def test_a_fingerprint_outlives_the_moving_of_lines_and_tells_findings_apart(file: Path) -> None:
    moved = replace(ASSIGNED, spots=(Spot(FILE, 99, "COUNT += 1", "count"),), message="said differently")
    other = replace(ASSIGNED, subject="TOTAL")
    prints = [result_of(finding, file)["partialFingerprints"] for finding in (ASSIGNED, moved, other)]
    assert prints[0] == prints[1]
    assert prints[0] != prints[2]


def test_what_was_not_looked_at_is_a_notification(file: Path) -> None:
    (invocation,) = written(RECORD, file)["invocations"]
    assert invocation["executionSuccessful"]
    (told,) = invocation["toolExecutionNotifications"]
    assert told == {"level": "note", "message": {"text": NO_INTERPRETERS.message}}
    (broken,) = written(check_of(finished=False), file)["invocations"]
    assert not broken["executionSuccessful"]
