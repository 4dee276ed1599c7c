"""A check in SARIF 2.1.0, the OASIS format in which editors and code hosts read the findings of analysers."""

import hashlib
from collections.abc import Iterator
from os import fsencode
from pathlib import Path, PurePath
from urllib.parse import quote

from sarif_pydantic import (
    ArtifactLocation,
    Invocation,
    Level,
    Location,
    LogicalLocation,
    Message,
    PhysicalLocation,
    Region,
    ReportingConfiguration,
    ReportingDescriptor,
    Result,
    Run,
    Sarif,
    Tool,
    ToolDriver,
)
from sarif_pydantic.sarif import ArtifactContent, Notification

from whichpool import __version__
from whichpool.report.effects import below, by_effect
from whichpool.report.rules import RULES
from whichpool.values import CheckRecord, Finding, Spot

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_FINGERPRINT = "whichpoolHazard/v1"


def write_sarif(record: CheckRecord, path: Path) -> None:
    """Write a check as a SARIF log.

    Args:
        record: What was found.
        path: The file; it is written over.
    """
    path.write_text(sarif_of(record).model_dump_json(indent=2, by_alias=True, exclude_none=True) + "\n", "utf-8")


def sarif_of(record: CheckRecord) -> Sarif:
    """Make a log with one run: the rules, a result for each finding, a notification for what was not looked at."""
    folder = record.workload.folder
    run = Run(
        tool=Tool(driver=ToolDriver(name="whichpool", version=__version__, rules=list(_rules()))),
        invocations=[_invocation(record)],
        original_uri_base_ids={_ROOT: ArtifactLocation(uri=f"{PurePath(folder).as_uri()}/")},
        results=[_result(finding, folder) for finding in record.examination.findings],
    )
    return Sarif(schema_uri=_SCHEMA, runs=[run])


def _rules() -> Iterator[ReportingDescriptor]:
    for hazard, rule in RULES.items():
        yield ReportingDescriptor(
            id=hazard.value,
            short_description=Message(text=f"{rule.finds}."),
            help=Message(text=rule.why),
            default_configuration=ReportingConfiguration(level=Level.WARNING.value),
        )


def _result(finding: Finding, folder: str) -> Result:
    locations = [_location(spot, folder) for spot in finding.spots]
    return Result(
        rule_id=finding.hazard.value,
        rule_index=list(RULES).index(finding.hazard),
        level=Level.WARNING if finding.effects else Level.NOTE,
        message=Message(text=_told(finding)),
        locations=locations[:1] or None,
        related_locations=locations[1:] or None,
        partial_fingerprints={_FINGERPRINT: _fingerprint(finding)},
    )


def _told(finding: Finding) -> str:
    """Say what was found, what comes of it and what to do about it."""
    seen = " (seen in a trial)" if finding.tried else ""
    parts = [finding.message + seen, *(f"{kinds}: {effect}" for kinds, effect in by_effect(finding.effects))]
    if finding.mend:
        parts.append(f"Mend: {finding.mend}")
    return "\n".join(f"{part}." for part in parts)


def _location(spot: Spot, folder: str) -> Location:
    function = [LogicalLocation(fully_qualified_name=spot.function, kind="function")] if spot.function else None
    artifact = _artifact(spot.file, folder)
    if artifact is None:
        return Location(logical_locations=function)
    snippet = ArtifactContent(text=spot.text) if spot.text else None
    region = Region(start_line=spot.line, snippet=snippet)
    return Location(
        physical_location=PhysicalLocation(artifact_location=artifact, region=region), logical_locations=function
    )


def _artifact(file: str, folder: str) -> ArtifactLocation | None:
    """Name a file by its URI, relative where it stands below the folder; a notebook's cell is no file."""
    relative = below(file, folder)
    if relative is not None:
        return ArtifactLocation(uri=quote(fsencode(relative)), uri_base_id=_ROOT)
    path = PurePath(file)
    return ArtifactLocation(uri=path.as_uri()) if path.is_absolute() else None


def _fingerprint(finding: Finding) -> str:
    """Tell a finding from others in a way that outlives the moving of lines."""
    function = finding.spots[0].function if finding.spots else ""
    return hashlib.sha256(f"{finding.hazard}\0{finding.subject}\0{function}".encode()).hexdigest()


def _invocation(record: CheckRecord) -> Invocation:
    told = [Notification(level=Level.NOTE, message=Message(text=each.message)) for each in record.examination.unseen]
    return Invocation.model_validate(
        {
            "executionSuccessful": record.examination.finished,
            "toolExecutionNotifications": told,  # the library has no field of that name, but passes it on
        }
    )
