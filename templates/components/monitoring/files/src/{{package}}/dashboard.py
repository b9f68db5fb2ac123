"""How the runs went and how the data drift, as one HTML file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from .pipeline import NOTEBOOK, STAGES
from .storage import ARTIFACTS, replacing

MOST = 60  # runs and checks that are shown


def write_dashboard(project: Path) -> Path:
    """Write the dashboard of a project; returns the file."""
    runs, checks = _lines(project / ARTIFACTS / "runs.jsonl"), _lines(project / "store" / "drift.jsonl")
    alarm = project / "store" / "alarm.json"
    page = Environment(loader=PackageLoader(str(__package__), "."), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    text = page.get_template("dashboard.html").render(
        notebook=NOTEBOOK,
        stages=[_stage(name, runs) for name in STAGES],
        runs=[_run(run) for run in runs],
        longest=max((run["duration"] for run in runs), default=0) or 1,
        checks=checks,
        alarm=json.loads(alarm.read_text(encoding="utf-8")) if alarm.is_file() else None,
    )
    with replacing(project / "store" / "dashboard.html") as file:
        file.write_text(text, encoding="utf-8")
    return project / "store" / "dashboard.html"


def _lines(file: Path) -> list[Any]:
    """The newest entries of a file with one in each line."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [json.loads(line) for line in lines[-MOST:]]


def _run(run: dict[str, Any]) -> dict[str, Any]:
    stages = run["stages"].items()
    return {
        **run,
        "done": [(name, stage["duration"]) for name, stage in stages if not stage["skipped"]],
        "failed": [name for name, stage in stages if not stage["success"]],
        "unchanged": sum(stage["skipped"] for _, stage in stages),
    }


def _stage(name: str, runs: list[Any]) -> dict[str, Any]:
    """How often a stage ran and failed, and how long it took."""
    ran = [found for run in runs if (found := run["stages"].get(name)) and not found["skipped"]]
    took = sorted(stage["duration"] for stage in ran)
    return {
        "name": name,
        "phase": STAGES[name].phase,
        "runs": len(ran),
        "failed": sum(not stage["success"] for stage in ran),
        "median": took[len(took) // 2] if took else None,
        "longest": took[-1] if took else None,
        "last": ran[-1]["duration"] if ran else None,
    }
