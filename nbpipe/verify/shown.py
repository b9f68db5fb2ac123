"""The level of outputs, and whether those saved in the notebook are stale."""

import re
from collections.abc import Iterable, Iterator

from nbpipe.model.finding import Finding
from nbpipe.model.verification import Check, Level, Status
from nbpipe.verify import findings
from nbpipe.verify.evidence import Evidence
from nbpipe.verify.outputs import Item, merged, read_items
from nbpipe.verify.pictures import keep_pictures
from nbpipe.verify.verdict import Verdict

_WARNING = re.compile(r"\w*Warning: .*")


def output_checks(evidence: Evidence) -> Iterator[Check]:
    """A check for each cell that showed something, in the notebook or in the pipeline."""
    runs = evidence.runs
    comparison = evidence.comparison(runs.first, runs.second, runs.driver)
    warned = [
        warnings_in(item for items in found.values() for item in items) for found in (evidence.first, evidence.second, evidence.driver)
    ]
    for cell in sorted(evidence.first.keys() | evidence.driver.keys()):
        shown = [found.get(cell, ()) for found in (evidence.first, evidence.second, evidence.driver)]
        verdict = evidence.skipped(cell) or _excused(evidence, comparison.cell(shown[0], shown[1], shown[2], evidence.plan.left_out))
        if not verdict.fine:
            quiet = [without_warnings(items, known) for items, known in zip(shown, (warned[2], warned[2], warned[0]), strict=True)]
            if comparison.cell(quiet[0], quiet[1], quiet[2], evidence.plan.left_out).fine:
                verdict = Verdict(Status.CLOSE, "Python shows a warning once in a session: the pipeline shows it in another cell")
        pictures = keep_pictures(evidence.case.lab.options.report_folder, f"cell-{cell + 1}", verdict)
        yield Check(Level.OUTPUT, f"cell {cell + 1}", verdict.status, verdict.detail, cell, evidence.stage_of_cell(cell), pictures)


def warnings_in(items: Iterable[Item]) -> frozenset[str]:
    """The warnings on standard error: category and message, without the place."""
    texts = (str(text) for item in items if item.kind == "stderr" for text in item.data.values())
    return frozenset(found for text in texts for found in _WARNING.findall(text))


def without_warnings(items: Iterable[Item], known: frozenset[str]) -> list[Item]:
    """The items but those that only warn of what the other side warns of too, in whatever cell."""
    return [item for item in items if not (own := warnings_in([item])) or not own <= known]


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
