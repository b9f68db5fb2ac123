"""From executions to checks, level by level."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nbpipe.model.plan import Plan, Port
from nbpipe.model.verification import Check, Level, Status
from nbpipe.verify import files, outputs, stored
from nbpipe.verify.candidate import StageRun, package_folder
from nbpipe.verify.cells import Comparison
from nbpipe.verify.execution import Execution
from nbpipe.verify.outputs import Item
from nbpipe.verify.provenance import Provenance
from nbpipe.verify.runs import Case, Runs
from nbpipe.verify.scrub import Scrubber
from nbpipe.verify.statements import cell_of
from nbpipe.verify.verdict import Verdict, worst

Cells = Mapping[int, tuple[Item, ...]]


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to compare: a verdict, or the stored values that have to be loaded for one."""

    check: Check
    verdict: Verdict | None = None
    pair: stored.Pair | None = None


class Levels:
    """Makes the checks of one verification."""

    def __init__(self, case: Case, runs: Runs) -> None:
        self._case, self._runs = case, runs
        self._plan = case.conversion.plan
        self._stop = runs.first.stop
        self._stages = {statement: stage.name for stage in self._plan.stages for statement in (*stage.report, *stage.statements)}
        self._left_out = {item.statement: item.reason for item in self._plan.left_out}
        self.provenance = Provenance(case.project, case.conversion, package_folder(case.project, self._plan.package))
