"""Running one stage, or its report, in this process."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from . import randomness
from .graph import random_stage_before
from .origins import cell_of
from .pipeline import HAS_SETTINGS, NEEDS_IPYTHON, NOTEBOOK, OBSERVERS, PORTS, STAGES, WORKDIR, Report
from .session import Session, session
from .storage import load, project_folder, save


class StageError(Exception):
    """A stage or a report failed: which, where in the notebook its code came from, and what it was given."""


def run_stage(name: str, parameters: Mapping[str, Any], folder: Path | None = None) -> None:
    """Run a stage on its stored inputs, and store its outputs."""
    folder = (folder or project_folder()).resolve()
    stage = STAGES[name]
    with observed(name, parameters, folder) as made, at_work(name, parameters, folder) as function:
        arguments = _arguments(stage.inputs, stage.parameters, parameters, folder)
        if before := random_stage_before(name):
            randomness.go_on_from(before, folder)
        result = function(**arguments)
        if stage.random:
            randomness.keep(name, folder)
        made |= named_outputs(name, result)
        save(made, folder)


def run_report(name: str, parameters: Mapping[str, Any], folder: Path | None = None) -> None:
    """Run a stage's report, if it has one, on stored values."""
    folder = (folder or project_folder()).resolve()
    report = STAGES[name].report
    if report:
        with at_work(name, parameters, folder, report) as function:
            function(**_arguments(report.inputs, report.parameters, parameters, folder))


@contextmanager
def at_work(
    name: str, parameters: Mapping[str, Any], folder: Path, report: Report | None = None
) -> Iterator[Callable[..., Any]]:
    """Give a stage's function, or its report's, in the notebook's surroundings; what goes wrong is explained in a StageError."""
    os.environ.setdefault("MPLBACKEND", "agg")  # without a screen, or a notebook, nobody could close a figure's window
    interface = report or STAGES[name]
    what = f"the report of {name!r}" if report else f"stage {name!r}"
    with session() as current, _in_workdir(folder), _explained(what, interface.inputs, interface.parameters, parameters):
        yield _prepared(name, "report" if report else name, current)


@contextmanager
def observed(name: str, parameters: Mapping[str, Any], folder: Path | None) -> Iterator[dict[str, Any]]:
    """Tell the observers (`pipeline.OBSERVERS`) when a stage starts, and how it ends; gives the dict in which they look for what it made, by port.

    `folder` is where the values are stored; None where an engine passes them on by itself.
    """
    made: dict[str, Any] = {}
    with ExitStack() as stack:
        for observer in OBSERVERS:
            stack.enter_context(import_module(f"{__package__}.{observer}").observe(name, parameters, folder, made))
        yield made


def named_outputs(name: str, result: Any) -> dict[str, Any]:
    """What a stage's function returned, by port."""
    ports = STAGES[name].outputs
    return dict(zip(ports, (result,) if len(ports) == 1 else result or ()))


def _prepared(stage: str, function: str, current: Session) -> Callable[..., Any]:
    """A function of a stage's module, with the session's settings in force, but only for now."""
    if NEEDS_IPYTHON:
        _provide_shell()
    if HAS_SETTINGS:
        settings = import_module(f"{__package__}.settings")
        current.remember()
        settings.apply()
    module = import_module(f"{__package__}.stages.{stage}")
    current.remember()
    return getattr(module, function)


def _provide_shell() -> None:
    """Give code that asks for IPython's shell one, as it had in the notebook; it keeps no history."""
    shell = import_module("IPython.core.interactiveshell").InteractiveShell
    if not shell.initialized():
        settings = import_module("traitlets.config").Config()
        settings.HistoryManager.enabled = False
        type("Shell", (shell,), {"enable_gui": lambda self, gui=None: None}).instance(config=settings)


def _arguments(inputs: Mapping[str, str], names: tuple[str, ...], parameters: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    values = load(inputs.values(), folder)
    return {**{argument: values[port] for argument, port in inputs.items()}, **{name: parameters[name] for name in names}}


@contextmanager
def _in_workdir(folder: Path) -> Iterator[None]:
    """The notebook's folder is the current one, and modules in it can be imported."""
    before = Path.cwd()
    workdir = folder / WORKDIR
    workdir.mkdir(parents=True, exist_ok=True)
    os.chdir(workdir)
    sys.path.insert(0, str(workdir))
    try:
        yield
    finally:
        os.chdir(before)
        if str(workdir) in sys.path:
            sys.path.remove(str(workdir))


@contextmanager
def _explained(what: str, inputs: Mapping[str, str], names: tuple[str, ...], parameters: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except (Exception, SystemExit) as error:
        lines = [f"{what} failed: {type(error).__name__}: {error}"]
        if place := _place(error):
            lines.append(f"  in {place}")
        given = [f"{argument} ({PORTS[port].file}, made by {PORTS[port].stage})" for argument, port in inputs.items()]
        given += [f"{name} = {parameters.get(name)!r}" for name in names]
        raise StageError("\n".join([*lines, f"  given: {', '.join(given) or 'nothing'}"])) from error


def _place(error: BaseException) -> str:
    """The innermost line of the pipeline's own code in which it happened, and the notebook's cell that it came from."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if cell := cell_of(Path(frame.filename), frame.lineno or 0):
            return f"{frame.filename}, line {frame.lineno}, which came from cell {cell} of {NOTEBOOK}"
    return ""
