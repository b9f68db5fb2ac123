"""The level of outputs, and whether those saved in the notebook are stale."""

from collections.abc import Iterator

from nbpipe.model.finding import Finding
from nbpipe.model.verification import Check, Level, Status
from nbpipe.verify import findings
from nbpipe.verify.evidence import Evidence
from nbpipe.verify.outputs import merged, read_items
from nbpipe.verify.pictures import keep_pictures
from nbpipe.verify.verdict import Verdict
from nbpipe.verify.warned import compare_cells


def output_checks(evidence: Evidence) -> Iterator[Check]:
    """A check for each cell that showed something, in the notebook or in the pipeline."""
    runs = evidence.runs
    comparison = evidence.comparison(runs.first, runs.second, runs.driver)
    for cell, compared in compare_cells(comparison, evidence.first, evidence.second, evidence.driver, evidence.plan.left_out):
        verdict = evidence.skipped(cell) or _excused(evidence, compared)
        pictures = keep_pictures(evidence.case.lab.options.report_folder, f"cell-{cell + 1}", verdict)
        stage = evidence.stage_of_cell(cell)
        yield Check(Level.OUTPUT, f"cell {cell + 1}", verdict.status, verdict.detail, cell, stage, pictures, verdict.lines, verdict.tables)


def _excused(evidence: Evidence, verdict: Verdict) -> Verdict:
    """What is missing because the pipeline stops where the notebook stops is not the pipeline's fault: its stages may go beyond that cell."""
    if verdict.status is Status.MISSING and evidence.runs.driver.stop and not evidence.failure(evidence.runs.driver):
        return Verdict(Status.SKIPPED, "the pipeline stops where the notebook does")
    return verdict


def stale_outputs(evidence: Evidence) -> tuple[Finding, ...]:
    """A finding where the notebook's saved outputs are not those of the fresh run; none where no outputs are saved."""
    runs = evidence.runs
    comparison = evidence.comparison(runs.first, runs.second, runs.first, pictures=False)
    saved = {cell.index: merged(read_items(cell.outputs)) for cell in evidence.case.notebook.code_cells if cell.outputs}
    stale = [
        cell
        for cell in sorted(evidence.first.keys() | saved.keys())
        if not evidence.skipped(cell)
        and not comparison.cell(evidence.first.get(cell, ()), evidence.second.get(cell, ()), saved.get(cell, ()), ()).fine
    ]
    return (findings.stale_outputs(stale),) if saved and stale else ()
