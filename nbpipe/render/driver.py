"""The thin driver notebook of a project."""

import json
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

from nbpipe.model.plan import Plan
from nbpipe.render.filters import as_code, as_markdown, as_python

_INTRODUCTION = """\
# {title}

Runs the pipeline stage by stage, with what each has to show. Made from {notebook}; run it from the project's folder.
Papermill sets the parameters: `papermill pipeline.ipynb run.ipynb -p NAME VALUE`."""

_SET_UP = """\
import sys
from pathlib import Path

sys.path.insert(0, str(Path("src").resolve()))

from {package}.runner import run_report, run_stage"""

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def driver_notebook(plan: Plan, title: str) -> str:
    """The notebook as JSON: parameters, then one code cell a stage."""
    introduction = _INTRODUCTION.format(title=as_markdown(title), notebook=as_code(PurePath(plan.notebook).name))
    assignments = [f"{parameter.name} = {as_python(parameter.default)}" for parameter in plan.parameters]
    cells = [
        _markdown(introduction),
        _code("\n".join(assignments), tags=("parameters",)),
        # Before any import, so that a parameter may have the name of something imported.
        _code(_dictionary(parameter.name for parameter in plan.parameters)),
        _code(_SET_UP.format(package=plan.package)),
    ]
    for stage in plan.stages:
        heading = f"## {as_code(stage.name)}" + (f": {as_markdown(stage.title)}" if stage.title else "")
        calls = [f'run_stage("{stage.name}", parameters)'] + ([f'run_report("{stage.name}", parameters)'] if stage.report else [])
        cells += [_markdown(heading), _code("\n".join(calls))]
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells)]
    notebook = {"cells": numbered, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str, tags: Sequence[str] = ()) -> dict[str, Any]:
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": text.splitlines(keepends=True)}


def _dictionary(names: Iterable[str]) -> str:
    rows = [f'    "{name}": {name},' for name in names]
    return "\n".join(["parameters = {", *rows, "}"]) if rows else "parameters = {}"
