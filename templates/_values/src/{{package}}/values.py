"""Stages and reports for an engine that passes the values on by itself."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from typing import Any

from . import randomness
from .graph import makes, random_stage_before, takes
from .pipeline import PORTS, STAGES
from .runner import at_work, named_outputs, observed
from .storage import encoded, pack, project_folder, restored, unpack


def call(name: str, *given: Any) -> Any:
    """Run a stage on what is in the files that it takes (`graph.takes`) and its parameters, in this order.

    Returns what belongs into the files that it makes (`graph.makes`): a tuple where they are several, None where there is none.
    """
    stage = STAGES[name]
    files, parameters = _sorted_out(given, takes(name), stage.parameters)
    with observed(name, parameters, None) as values, at_work(name, parameters, project_folder()) as function:
        arguments = _arguments(files, stage.inputs)
        if before := random_stage_before(name):
            randomness.go_on(files[randomness.state_file(before)])
        values |= named_outputs(name, function(**arguments, **parameters))
        made = pack(values)
        for port in (PORTS[output] for output in stage.outputs):
            if port.format != "pickle":
                encoded(made[port.file], port.format)  # an error, if the engine's file would change it
        if stage.random:
            made[randomness.state_file(name)] = randomness.state()
    contents = [made[file] for file in makes(name)]
    return contents[0] if len(contents) == 1 else tuple(contents) or None


def show(name: str, *given: Any) -> None:
    """Run a stage's report on what is in the files of its ports, and its parameters, in this order."""
    report = STAGES[name].report
    if report:
        needed = dict.fromkeys(PORTS[port].file for port in report.inputs.values())
        files, parameters = _sorted_out(given, list(needed), report.parameters)
        with at_work(name, parameters, project_folder(), report) as function:
            function(**_arguments(files, report.inputs), **parameters)


def _sorted_out(given: Sequence[Any], files: Sequence[str], parameters: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was given: the contents of files, and the values of parameters."""
    if len(given) != len(files) + len(parameters):
        raise TypeError(f"{len(given)} values were given for {', '.join([*files, *parameters]) or 'nothing'}")
    return dict(zip(files, given)), dict(zip(parameters, given[len(files) :]))


def _arguments(files: dict[str, Any], inputs: dict[str, str]) -> dict[str, Any]:
    """A function's arguments: copies, as out of files, because a stage may change what the engine gives to others, too."""
    needed: Iterable[str] = {PORTS[port].file for port in inputs.values()}
    copies = {file: restored(pickle.loads(pickle.dumps(files[file])), file) for file in needed}
    values = unpack(copies, inputs.values())
    return {argument: values[port] for argument, port in inputs.items()}
