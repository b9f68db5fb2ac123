"""The levels of values and runs: what the ports hold, and whether each stage gives it again by itself."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from nbpipe.model.plan import Port, Stage
from nbpipe.model.verification import Check, Level, Status
from nbpipe.verify import stored
from nbpipe.verify.evidence import Evidence
from nbpipe.verify.execution import Execution
from nbpipe.verify.statements import cell_of
from nbpipe.verify.stored import Pair
from nbpipe.verify.verdict import SAME, Verdict, worst

Pairs = Mapping[tuple[Level, str], Pair]
Verdicts = Mapping[tuple[Level, str], Verdict]


def captured(execution: Execution, port: Port) -> stored.Place | None:
    """Where the notebook's value of a port is, if it could be captured."""
    file = execution.ports.get(port.name, {}).get("file")
    return stored.file(Path(execution.folder, "record", file)) if file else None


def port_pairs(evidence: Evidence) -> Iterator[tuple[tuple[Level, str], Pair]]:
    """The values to load: each port as captured in the notebook, as its stage stored it, and as the driver notebook's run stored it."""
    runs = evidence.runs
    for port in evidence.ports:
        if evidence.stage_runs[port.stage].error:
            continue
        alone = stored.port(port.name, runs.stages_project)
        expected = captured(runs.first, port)
        if expected:
            yield (Level.VALUE, port.name), Pair(expected, alone, captured(runs.second, port))
        yield (Level.RUN, port.name), Pair(stored.port(port.name, runs.driver.tree), alone)


def value_checks(evidence: Evidence, verdicts: Verdicts) -> Iterator[Check]:
    """A check for each port."""
    for port in evidence.ports:
        verdict = _value(evidence, port, verdicts)
        yield Check(Level.VALUE, port.name, verdict.status, verdict.detail, cell_of(port.point), port.stage, lines=verdict.lines)


def run_checks(evidence: Evidence, verdicts: Verdicts) -> Iterator[Check]:
    """A check for each stage."""
    for stage in evidence.plan.stages:
        verdict = _run(evidence, stage, verdicts)
        yield Check(Level.RUN, stage.name, verdict.status, verdict.detail, None, stage.name)


def _value(evidence: Evidence, port: Port, verdicts: Verdicts) -> Verdict:
    record = evidence.runs.first.ports.get(port.name)
    if record is None:
        return evidence.skipped(cell_of(port.point)) or Verdict(Status.SKIPPED, "the notebook never comes to the statement that makes it")
    if "file" not in record:
        return Verdict(Status.SKIPPED, str(record["problem"]))
    error = evidence.stage_runs[port.stage].error
    if error:
        return evidence.cut_stages.get(port.stage) or Verdict(Status.MISSING, f"stage {port.stage} fails: {error}")
    return verdicts[Level.VALUE, port.name]


def _run(evidence: Evidence, stage: Stage, verdicts: Verdicts) -> Verdict:
    error = evidence.stage_runs[stage.name].error
    if error:
        return evidence.cut_stages.get(stage.name) or Verdict(Status.MISSING, error)
    return worst(_again(evidence, port, verdicts) for port in stage.outputs)


def _again(evidence: Evidence, port: Port, verdicts: Verdicts) -> Verdict:
    """Whether a stage that ran by itself gave what it gave in the driver notebook."""
    verdict = verdicts[Level.RUN, port.name]
    if verdict.status is Status.SAME:
        return SAME
    if evidence.runs.driver.stop and verdict.status is Status.SKIPPED:
        return Verdict(Status.SKIPPED, "the driver notebook does not come that far")
    value = verdicts.get((Level.VALUE, port.name))
    if value and value.status is Status.NOISY:
        return Verdict(Status.NOISY, f"{port.name} {value.detail}")
    return Verdict(verdict.status, f"{port.name}: {verdict.detail}")
