"""The runs that events of OpenLineage tell of, and how one was made of others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .events import FILE
from .kept import PACKAGE, store


class LineageError(ValueError):
    """What is asked for was not recorded."""


@dataclass(frozen=True)
class StageRun:
    """A stage's run that was complete: what it took and made (the versions of values and files, by name), and what with."""

    id: str
    stage: str
    at: str
    python: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    parameters: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)


def runs_of(project: Path) -> list[StageRun]:
    """All runs that were complete, in the order in which they were."""
    starts = {}
    found = []
    for event in _events(project):
        if event["eventType"] == "START":
            starts[event["run"]["runId"]] = event
        elif event["eventType"] == "COMPLETE" and event["run"]["runId"] in starts:
            found.append(_run(starts[event["run"]["runId"]], event))
    return found


def _events(project: Path) -> Iterator[dict[str, Any]]:
    file = store(project) / FILE
    if not file.is_file():
        raise LineageError(f"{file} is missing: no run was recorded yet")
    for line in file.read_text(encoding="utf-8").split("\n"):
        with suppress(ValueError):  # a process that was killed may have left half a line
            yield json.loads(line)


def _run(start: dict[str, Any], end: dict[str, Any]) -> StageRun:
    facets = start["run"]["facets"]
    return StageRun(
        id=end["run"]["runId"],
        stage=end["job"]["name"].removeprefix(f"{PACKAGE.name}."),
        at=end["eventTime"],
        python=facets["processing_engine"]["version"],
        inputs=_versions(end["inputs"]),
        outputs=_versions(end["outputs"]),
        parameters={one["key"]: json.loads(one["value"]) for one in facets["executionParameters"]["parameters"]},
        tags={one["key"]: one["value"] for one in facets["tags"]["tags"]},
        variables={one["name"]: one["value"] for one in facets.get("environmentVariables", {}).get("environmentVariables", ())},
    )


def _versions(datasets: list[dict[str, Any]]) -> dict[str, str]:
    """The versions by name; an empty one where an engine passed the value on by itself."""
    return {one["name"]: one.get("facets", {}).get("version", {}).get("datasetVersion", "") for one in datasets}


def maker(name: str, version: str, runs: list[StageRun], user: StageRun) -> StageRun | None:
    """The last run before another one that made this version of a value or file."""
    earlier = runs[: runs.index(user)]
    return next((run for run in reversed(earlier) if run.outputs.get(name) == version), None)


def history(made: StageRun, runs: list[StageRun]) -> list[StageRun]:
    """A run, and all that made what it was made of, in the order in which they were. Raises LineageError where one was not recorded."""
    found = [made]
    for run in found:
        for name, version in run.inputs.items():
            before = maker(name, version, runs, run)
            if before is None and "/" not in name:
                raise LineageError(f"the run that made {name} was not recorded: `run --force` makes all anew, and records it")
            if before is not None and before not in found:
                found.append(before)
    return sorted(found, key=runs.index)


def sources(chain: list[StageRun]) -> dict[str, str]:
    """The files that no stage made: their versions by path, from the project's folder."""
    made = {item for run in chain for item in run.outputs.items()}
    return {name: version for run in chain for name, version in run.inputs.items() if "/" in name and (name, version) not in made}
