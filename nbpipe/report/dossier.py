"""All that reports tell of one conversion, and the words that they share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import FlowGraph
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import SHARED, Plan
from nbpipe.model.project import Conversion
from nbpipe.model.verification import Check, Level, Status, Verification

FAILED = (Status.DIFFERENT, Status.MISSING)
CAUSES_FIRST = (Level.RUN, Level.VALUE, Level.FILE, Level.OUTPUT, Level.PARAMETER)  # a wrong value explains a wrong output


@dataclass(frozen=True, slots=True)
class Dossier:
    """A notebook, the project made of it, and what was found. `files` are the project's modules as they are now, by their paths in the project."""

    notebook: Notebook
    graph: FlowGraph
    conversion: Conversion
    files: Mapping[str, str]
    folder: str
    findings: tuple[Finding, ...] = ()
    verification: Verification | None = None

    @property
    def plan(self) -> Plan:
        """The plan that the project was made by."""
        return self.conversion.plan

    @property
    def verdict(self) -> str:
        """The verdict in a word."""
        if self.verification is None:
            return "not verified"
        return "passed" if self.verification.passed else "failed"

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks, those that failed first, the likeliest cause before its effects; then what is not simply the same."""
        checks = self.verification.checks if self.verification else ()
        return tuple(
            sorted(checks, key=lambda check: (check.status not in FAILED, check.status is Status.SAME, CAUSES_FIRST.index(check.level)))
        )

    def failed(self) -> list[Check]:
        """The checks that failed, the likeliest cause first."""
        return [check for check in self.checks if check.status in FAILED]

    def odd(self) -> list[Check]:
        """The checks that did not fail, and are not simply the same."""
        return [check for check in self.checks if check.status not in (*FAILED, Status.SAME)]

    def gravest_findings(self) -> list[Finding]:
        """The findings, each once, the gravest first."""
        order = list(Severity)
        return sorted(dict.fromkeys(self.findings), key=lambda finding: order.index(finding.severity))

    def headline(self) -> str:
        """The verdict in a sentence."""
        stages = f"{len(self.plan.stages)} stage{'s' * (len(self.plan.stages) != 1)}"
        if self.verification is None:
            return f"{stages}; the notebook and the project were not executed"
        wrong = len(self.failed())
        compared = len(self.checks)
        return (
            f"{stages}; {compared} comparisons, {wrong} of them different or missing"
            if wrong
            else f"{stages}; {compared} comparisons, and none differs"
        )

    def counts(self) -> list[tuple[str, dict[Status, int]]]:
        """How many checks of each level have which status."""
        verification = self.verification
        if verification is None:
            return []
        rows = [(level.value, {status: verification.count(status, level) for status in Status}) for level in CAUSES_FIRST]
        return [(level, counts) for level, counts in rows if any(counts.values())]

    def places(self) -> dict[str, str]:
        """Where each statement went: the stage, the report, a shared module, or why it was left out."""
        plan = self.plan
        return dict(reversed(list(_places(plan))))

    def modules_of(self, stage: str) -> list[str]:
        """The modules that hold a stage's code."""
        return [path for path in self.files if path.endswith(f"/stages/{stage}.py")]


def _places(plan: Plan) -> Iterator[tuple[str, str]]:
    """Return statements with their places; the first place of a statement is the one that counts."""
    for stage in plan.stages:
        yield from ((statement, f"stage {stage.name}") for statement in stage.statements)
        yield from ((statement, f"report of {stage.name}") for statement in stage.report)
    for left in plan.left_out:
        if not left.output_only:
            yield left.statement, f"left out: {left.reason}"
    for kind in SHARED:
        yield from ((statement, kind) for statement in getattr(plan.shared, kind))
    yield from ((parameter.origin, f"parameter {parameter.name}") for parameter in plan.parameters)
