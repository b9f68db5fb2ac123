"""What the executions showed, in a form in which it can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from nbpipe.model.plan import Plan, Port
from nbpipe.model.verification import Status
from nbpipe.verify import outputs
from nbpipe.verify.candidate import StageRun, package_folder
from nbpipe.verify.cells import Comparison
from nbpipe.verify.execution import Execution, Stop
from nbpipe.verify.outputs import Item
from nbpipe.verify.provenance import Provenance
from nbpipe.verify.runs import Case, Runs
from nbpipe.verify.scrub import Scrubber
from nbpipe.verify.statements import cell_of
from nbpipe.verify.verdict import Verdict

Cells = Mapping[int, tuple[Item, ...]]


@dataclass(frozen=True)
class Evidence:
    """The executions of one verification, and how their outputs are told apart."""

    case: Case
    runs: Runs

    @property
    def plan(self) -> Plan:
        """The plan of the project."""
        return self.case.conversion.plan

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """All ports, in the order of the stages that make them."""
        return tuple(port for stage in self.plan.stages for port in stage.outputs)

    @cached_property
    def stage_runs(self) -> Mapping[str, StageRun]:
        """How each stage ran by itself."""
        return {run.stage: run for run in self.runs.stages}

    @cached_property
    def provenance(self) -> Provenance:
        """The way back from generated lines to the notebook."""
        project = self.case.project
        return Provenance(project, self.case.conversion, package_folder(project, self.plan.package))

    @cached_property
    def first(self) -> Cells:
        """What the notebook showed."""
        return outputs.of_notebook(self.runs.first)

    @cached_property
    def second(self) -> Cells:
        """What the notebook showed the second time."""
        return outputs.of_notebook(self.runs.second)

    @cached_property
    def driver(self) -> Cells:
        """What the pipeline showed."""
        return outputs.of_pipeline(self.runs.driver, self.provenance)

    def comparison(self, expected: Execution, again: Execution, found: Execution, pictures: bool = True) -> Comparison:
        """How cells of these three executions are compared."""
        among = (expected, again, found)
        return Comparison(
            self.case.lab.options, self.scrubber(expected, among), self.scrubber(again, among), self.scrubber(found, among), pictures
        )

    def scrubber(self, execution: Execution, among: tuple[Execution, ...]) -> Scrubber:
        """What to scrub from the texts of an execution that is compared with others."""
        return Scrubber(execution.roots, self.plan.package, tuple((other.began, other.ended) for other in among))

    @cached_property
    def cut_stages(self) -> Mapping[str, Verdict]:
        """The stages that hold the cell at which the notebook stops, or a later one, and all that need what they make."""
        cut: dict[str, Verdict] = {}
        for stage in self.plan.stages:
            own = (self.skipped(cell_of(statement)) for statement in stage.statements)
            needed = (cut.get(port.stage) for port in stage.inputs)
            verdict = next((verdict for verdict in (*own, *needed) if verdict), None)
            if verdict:
                cut[stage.name] = verdict
        return cut

    def is_explained(self, place: str) -> bool:
        """Whether a failure at a place in the pipeline comes from where the notebook fails, too."""
        origin = self.provenance.origin(place) if place else None
        return origin is not None and self.skipped(origin.cell) is not None

    def failure(self, driver: Execution) -> Stop | None:
        """Where the pipeline stopped although the notebook does not."""
        stop, notebook = driver.stop, self.runs.first.stop
        if stop is None or self.is_explained(stop.place) or (stop.limit and notebook and notebook.limit):
            return None
        return stop

    def skipped(self, cell: int) -> Verdict | None:
        """The verdict on everything from the cell on at which the notebook stops."""
        stop = self.runs.first.stop
        return Verdict(Status.SKIPPED, f"the notebook stops in cell {stop.cell + 1}") if stop and cell >= stop.cell else None

    def stage_of_cell(self, cell: int) -> str | None:
        """The first stage that has a statement of the cell."""
        for stage in self.plan.stages:
            if any(cell_of(statement) == cell for statement in (*stage.statements, *stage.report)):
                return stage.name
        return None
