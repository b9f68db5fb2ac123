"""The level of parameters: with other values for them, notebook and pipeline still agree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbpipe.model.plan import Parameter
from nbpipe.model.verification import Check, Level, Status
from nbpipe.verify import outputs, stored
from nbpipe.verify.evidence import Evidence
from nbpipe.verify.ports import Verdicts, captured
from nbpipe.verify.statements import cell_of
from nbpipe.verify.stored import Pair
from nbpipe.verify.warned import compare_cells

_COMPARABLE = (Status.SAME, Status.CLOSE)


@dataclass(frozen=True, slots=True)
class _Disagreement:
    """Something that agreed before the parameters were changed, and the stage that it belongs to."""

    stage: str | None
    text: str


def parameter_pairs(evidence: Evidence) -> Iterator[tuple[tuple[Level, str], Pair]]:
    """The ports' values with changed parameters."""
    changed = evidence.runs.changed
    if changed.notebook and changed.driver and not evidence.failure(changed.driver):
        for port in evidence.ports:
            expected = captured(changed.notebook, port)
            if expected:
                yield (Level.PARAMETER, port.name), Pair(expected, stored.port(port.name, changed.driver.tree))


def parameter_checks(evidence: Evidence, verdicts: Verdicts, others: Sequence[Check]) -> Iterator[Check]:
    """A check for each parameter; what differs (by `others`) with the notebook's own values says nothing about them."""
    changed = evidence.runs.changed
    found = _disagreements(evidence, verdicts, others)
    order = {stage.name: place for place, stage in enumerate(evidence.plan.stages)}
    first = min(found, key=lambda one: order.get(one.stage or "", len(order)), default=None)
    blamed = [parameter for parameter in evidence.plan.parameters if first and first.stage in _stages(evidence, parameter)]
    for parameter in evidence.plan.parameters:
        cell = cell_of(parameter.origin) if parameter.origin else None
        reason = _unchanged(evidence, parameter)
        if reason:
            yield Check(Level.PARAMETER, parameter.name, Status.SKIPPED, reason, cell)
            continue
        told = f"{parameter.default!r} → {changed.values[parameter.name]!r}"
        if first is None:
            yield Check(Level.PARAMETER, parameter.name, Status.SAME, told, cell)
        elif parameter in blamed or not any(other.name in changed.values for other in blamed):
            yield Check(Level.PARAMETER, parameter.name, Status.DIFFERENT, f"{told}: {first.text}", cell, first.stage)
        else:
            yield Check(
                Level.PARAMETER, parameter.name, Status.SKIPPED, f"{told}: stage {first.stage} differs, because of another parameter", cell
            )


def _disagreements(evidence: Evidence, verdicts: Verdicts, others: Sequence[Check]) -> list[_Disagreement]:
    changed = evidence.runs.changed
    if not changed.notebook or not changed.driver:
        return []
    failure = evidence.failure(changed.driver)
    if failure:
        origin = evidence.provenance.origin(failure.place) if failure.place else None
        stage = evidence.stage_of_cell(origin.cell) if origin else None
        return [_Disagreement(stage, f"the pipeline fails: {failure.error}")]
    comparable = {(check.level, check.subject) for check in others if check.status in _COMPARABLE}
    values = [
        _Disagreement(port.stage, f"{port.name}: {verdicts[Level.PARAMETER, port.name].detail}")
        for port in evidence.ports
        if (Level.VALUE, port.name) in comparable
        and (Level.PARAMETER, port.name) in verdicts
        and not verdicts[Level.PARAMETER, port.name].fine
    ]
    comparison = evidence.comparison(changed.notebook, changed.notebook, changed.driver)
    expected, found = outputs.of_notebook(changed.notebook), outputs.of_pipeline(changed.driver, evidence.provenance)
    noisy = _noisy_cells(evidence)
    shown = [
        _Disagreement(evidence.stage_of_cell(cell), f"cell {cell + 1}: {verdict.detail}")
        for cell, verdict in compare_cells(comparison, expected, expected, found, evidence.plan.left_out)
        if not verdict.fine and cell not in noisy and (Level.OUTPUT, f"cell {cell + 1}") not in _incomparable(others)
    ]
    return values + shown


def _noisy_cells(evidence: Evidence) -> set[int]:
    """The cells that show something else each time, although some of it may be left out."""
    comparison = evidence.comparison(evidence.runs.first, evidence.runs.first, evidence.runs.second)
    return {cell for cell, items in evidence.first.items() if not comparison.cell(items, items, evidence.second.get(cell, ()), ()).fine}


def _incomparable(others: Sequence[Check]) -> set[tuple[Level, str]]:
    return {(check.level, check.subject) for check in others if check.status not in (*_COMPARABLE, Status.LEFT_OUT)}


def _stages(evidence: Evidence, parameter: Parameter) -> set[str]:
    named = {stage.name for stage in evidence.plan.stages if parameter.name in (*stage.parameters, *stage.report_parameters)}
    return named | set(parameter.stages)


def _unchanged(evidence: Evidence, parameter: Parameter) -> str:
    """Why nothing is known of a parameter, or nothing where it was changed in both."""
    changed = evidence.runs.changed
    if not evidence.case.lab.options.change_parameters:
        return "not asked for"
    if parameter.name in changed.refused:
        return changed.refused[parameter.name]
    if isinstance(parameter.default, bool) or not isinstance(parameter.default, int | float):
        return "only numbers are changed"
    if parameter.name not in changed.values:
        return "its place in the notebook is not known"
    return "the pipeline fails with the notebook's own values" if evidence.failure(evidence.runs.driver) else ""
