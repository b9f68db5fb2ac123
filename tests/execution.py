"""The oracle of the fast tests: execute a notebook's statements, then the generated stages one by one on pickled copies, and compare.

Papermill does the same for real in `nbpipe verify`; here one process is enough, so that a hundred small notebooks take seconds.
"""

import ast
import asyncio
import builtins
import contextlib
import importlib
import inspect
import io
import pickle
import random
import shutil
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Template

from nbpipe import resources
from nbpipe.model.flow import FlowGraph
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import Plan, Stage
from nbpipe.render.sources import Sources

SEED = 7
PRINTED = "printed: "


@dataclass(frozen=True)
class Outcome:
    """What was shown, in order, for each cell (by index), and copies of the ports' values."""

    shown: Mapping[int, list[str]]
    values: Mapping[str, Any]


class Screen:
    """Takes what is displayed, and knows which cell it belongs to."""

    def __init__(self) -> None:
        self.cell = 0
        self.shown: dict[int, list[str]] = {}

    def display(self, *values: object) -> None:
        for value in values:
            self.shown.setdefault(self.cell, []).append(repr(value))

    def write(self, text: str) -> None:
        """Take printed text; what is printed in one go is one output, as in a notebook."""
        shown = self.shown.setdefault(self.cell, [])
        if shown and shown[-1].startswith(PRINTED):
            shown[-1] += text
        else:
            shown.append(PRINTED + text)


def run_notebook(notebook: Notebook, graph: FlowGraph, plan: Plan) -> Outcome:
    """Execute the statements in the notebook's order; take the value of every port at its point."""
    points: dict[str, list[tuple[str, str]]] = {}
    for stage in plan.stages:
        for port in stage.outputs:
            points.setdefault(port.point, []).append((port.variable, port.name))
    screen, values = Screen(), {}
    module = types.ModuleType("__main__")
    namespace = module.__dict__
    namespace["display"] = screen.display
    _seed()
    with _as_main(module):
        for cell in notebook.code_cells:
            for line in cell.imports:
                exec(line, namespace)  # noqa: S102
        for statement in graph.statements:
            screen.cell = statement.cell
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                if statement.undefined:
                    break  # the notebook ends here
                value = _execute(statement.source, "eval" if statement.shown else "exec", namespace)
            if output.getvalue():
                screen.write(output.getvalue())
            if value is not None:
                screen.display(value)
            for variable, name in points.get(statement.id, ()):
                if variable in namespace:  # a branch that was not taken binds nothing
                    values[name] = _frozen(namespace[variable])
    return Outcome(screen.shown, values)


def _execute(source: str, mode: str, namespace: dict[str, Any]) -> object:
    """Execute a statement of a cell, or evaluate its last expression; cells may await."""
    code = compile(source, "<cell>", mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(code, namespace)  # noqa: S307
    return asyncio.run(result) if code.co_flags & inspect.CO_COROUTINE else result


def run_stages(plan: Plan, sources: Sources, graph: FlowGraph) -> Outcome:
    """Execute the stages in order, each on unpickled inputs in a fresh copy of the package."""
    screen = Screen()
    files: dict[str, bytes] = {}
    stream: Any = None
    parameters = {parameter.name: parameter.default for parameter in plan.parameters}
    with _package(plan, sources) as fresh:
        _seed()
        for stage in plan.stages:
            module = fresh(stage.name, screen)
            if stage.random and stream is not None:
                random.setstate(stream[0])
                np.random.set_state(stream[1])
            inputs = _load(stage, stage.inputs, files)
            result = getattr(module, stage.name)(**inputs, **{p: parameters[p] for p in stage.parameters})
            made = result if len(stage.outputs) > 1 else (result,)
            artefacts: dict[str, dict[str, Any]] = {}
            for port, value in zip(stage.outputs, made, strict=True) if stage.outputs else ():
                artefacts.setdefault(port.artefact, {})[port.name] = value
            files.update({name: pickle.dumps(content) for name, content in artefacts.items()})
            if stage.random:
                stream = (random.getstate(), np.random.get_state())
            if stage.report:
                module.report(**_load(stage, stage.report_inputs, files), **{p: parameters[p] for p in stage.report_parameters})
        values = {
            port.name: pickle.loads(files[port.artefact])[port.name]  # noqa: S301
            for stage in plan.stages
            for port in stage.outputs
        }
    return Outcome(screen.shown, values)


def _load(stage: Stage, ports: Any, files: Mapping[str, bytes]) -> dict[str, Any]:
    artefacts = {port.artefact: pickle.loads(files[port.artefact]) for port in ports}  # noqa: S301
    return {port.variable: artefacts[port.artefact][port.name] for port in ports}


def _frozen(value: object) -> Any:
    """A copy of a value as it is now; what cannot be copied is taken as it looks."""
    try:
        return pickle.loads(pickle.dumps(value))  # noqa: S301
    except (pickle.PicklingError, AttributeError, TypeError):
        return repr(value)


def _seed() -> None:
    """Begin every run alike: the random streams, and the session's settings."""
    random.seed(SEED)
    np.random.seed(SEED)
    pd.reset_option("display")
    np.set_printoptions(precision=8)


@contextlib.contextmanager
def _as_main(module: types.ModuleType) -> Iterator[None]:
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        yield
    finally:
        sys.modules["__main__"] = before


@contextlib.contextmanager
def _package(plan: Plan, sources: Sources) -> Iterator[Any]:
    """Write the modules to a folder; yield a function that imports a stage anew and lets it display on a screen."""
    folder = Path(tempfile.mkdtemp())
    root = folder / plan.package
    for path, text in sources.modules.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    template = resources.templates() / "_package/src/{{package}}/waiting.py.jinja"
    (root / "waiting.py").write_text(Template(template.read_text()).render(waits=True))
    for package in (root, root / "stages"):
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
    origins = {(origin.file, origin.line): origin.cell for origin in sources.provenance}
    sys.path.insert(0, str(folder))
    printed = builtins.print

    def forget() -> None:
        for name in [name for name in sys.modules if name == plan.package or name.startswith(plan.package + ".")]:
            del sys.modules[name]

    def fresh(stage: str, screen: Screen) -> types.ModuleType:
        forget()
        importlib.invalidate_caches()
        path = f"src/{plan.package}/stages/{stage}.py"

        def cell() -> int:
            frame = sys._getframe(1)
            while frame is not None and not frame.f_code.co_filename.endswith(f"stages/{stage}.py"):
                frame = frame.f_back  # type: ignore[assignment]
            return origins.get((path, frame.f_lineno), -1)

        def display(*values: object) -> None:
            screen.cell = cell()
            screen.display(*values)

        def print_(*values: object, **options: Any) -> None:
            output = io.StringIO()
            printed(*values, **{**options, "file": output})
            screen.cell = cell()
            screen.write(output.getvalue())

        builtins.print = print_  # type: ignore[assignment]
        module = importlib.import_module(f"{plan.package}.stages.{stage}")
        for loaded in [m for name, m in sys.modules.items() if name.startswith(plan.package)]:
            for name in ("display", "show_value"):
                if getattr(loaded.__dict__.get(name), "__module__", "").startswith("IPython"):
                    loaded.__dict__[name] = display
        builtins.print = print_  # type: ignore[assignment]
        settings = root / "settings.py"
        if settings.exists():
            importlib.import_module(f"{plan.package}.settings").apply()
        return module

    try:
        yield fresh
    finally:
        builtins.print = printed
        sys.path.remove(str(folder))
        forget()
        shutil.rmtree(folder)
