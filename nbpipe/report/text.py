"""The results for a person at a terminal, as rich renderables; only the command line prints them.

Whatever comes from a notebook is plain text here: never markup, and without control characters.
"""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import FlowGraph, Statement
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import Parameter, Plan, Port, Stage
from nbpipe.model.verification import Check, Level, Status, Verification

_STYLES = {
    Severity.ERROR: "red",
    Severity.WARNING: "yellow",
    Severity.NOTE: "dim",
    Status.SAME: "green",
    Status.CLOSE: "green",
    Status.NOISY: "cyan",
    Status.LEFT_OUT: "dim",
    Status.SKIPPED: "yellow",
    Status.DIFFERENT: "bold red",
    Status.MISSING: "bold red",
}
_FAILED = (Status.DIFFERENT, Status.MISSING)
_ORDER = (Level.RUN, Level.VALUE, Level.FILE, Level.OUTPUT, Level.PARAMETER)  # a wrong value explains a wrong output
_NAMES = 8  # how many names a cell of a table lists


def analysis_report(notebook: Notebook, graph: FlowGraph) -> RenderableType:
    """The notebook in figures, and what each code cell does."""
    counts = [
        _counted(len(notebook.cells), "cell"),
        f"{len(notebook.code_cells)} with code",
        _counted(len(graph.statements), "statement"),
        _counted(len(graph.edges), "dependence"),
    ]
    table = _table("Cell", "Phase", "Reads", "Binds", "Changes", "Files")
    for cell in notebook.code_cells:
        statements = [statement for statement in graph.statements if statement.cell == cell.index]
        if statements:
            table.add_row(plain(str(cell.number)), *_work_of(statements))
    return Group(_headline(notebook.path, ", ".join(counts)), Text(), table)


def plan_report(plan: Plan) -> RenderableType:
    """The stages with their ports and parameters, the parameters, and what is left out."""
    stages = _table("Stage", "Phase", "Takes", "Gives", "Parameters", "Cells")
    for stage in plan.stages:
        stages.add_row(
            plain(stage.name, "bold"),
            plain(stage.phase.value),
            _listed(_ports(_taken(stage))),
            _listed(_ports(stage.outputs)),
            _listed(stage.parameters),
            plain(_cells((*stage.statements, *stage.report))),
        )
    parts: list[RenderableType] = [_headline(plan.package, f"{_counted(len(plan.stages), 'stage')} from {plan.notebook}"), Text(), stages]
    if plan.parameters:
        parts += [Text(), _parameters(plan.parameters)]
    if plan.left_out:
        left_out = _table("Left out", "Why")
        for item in plan.left_out:
            left_out.add_row(plain(item.statement + (" (its output)" if item.output_only else "")), plain(item.reason))
        parts += [Text(), left_out]
    return Group(*parts)


def verification_report(verification: Verification) -> RenderableType:
    """The verdict: in figures, then what to look at first, then all else that is not simply the same."""
    verdict = Text("passed", "bold green") if verification.passed else Text("failed", "bold red")
    failed = sorted((check for check in verification.checks if check.status in _FAILED), key=lambda check: _ORDER.index(check.level))
    others = [check for check in verification.checks if check.status not in (*_FAILED, Status.SAME)]
    parts: list[RenderableType] = [
        Text.assemble(verdict, ": ", plain(verification.project), " against ", plain(verification.notebook)),
        Text(),
        _counts(verification),
    ]
    if failed:
        parts += [Text(), Text("Look at these, the likeliest cause first:", "bold"), _checks(failed)]
    if others:
        parts += [Text(), Text("Not simply the same:", "bold"), _checks(others)]
    if verification.timings:
        seconds = ", ".join(f"{step} {duration:.1f} s" for step, duration in verification.timings.items())
        parts += [Text(), plain(seconds, "dim")]
    return Group(*parts)


def findings_report(findings: Iterable[Finding]) -> RenderableType:
    """The findings, the gravest first."""
    gravest = list(Severity)
    table = _table("Rule", "Where", "What", "What to do")
    for finding in sorted(dict.fromkeys(findings), key=lambda finding: gravest.index(finding.severity)):
        place = plain(str(finding.span)) if finding.span else Text()
        table.add_row(plain(finding.rule, _STYLES[finding.severity]), place, plain(finding.message), plain(finding.fix))
    return table if table.row_count else Text()


def plain(text: str, style: str = "") -> Text:
    """Text as it stands: rich finds no markup in it, and what a terminal would obey is gone."""
    return Text("".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text.expandtabs(4)), style)


def _headline(name: str, rest: str) -> Text:
    """What the report is about, and a remark on it."""
    return Text.assemble(plain(name, "bold"), ": ", plain(rest))


def _table(*columns: str) -> Table:
    """An empty table without frames, which wraps what is long."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _counted(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _listed(names: Iterable[str]) -> Text:
    """The first names, and how many more there are."""
    different = list(dict.fromkeys(names))
    more = f", and {len(different) - _NAMES} more" if len(different) > _NAMES else ""
    return plain(", ".join(different[:_NAMES]) + more)


def _work_of(statements: Sequence[Statement]) -> list[Text]:
    """What the statements of a cell do, as the columns of the table."""
    effects = [statement.effects for statement in statements]
    bound = {name for effect in effects for name in effect.binds}
    files = [
        *(f"reads {name}" for effect in effects for name in effect.files_read),
        *(f"writes {name}" for effect in effects for name in effect.files_written),
    ]
    return [
        _listed(statement.phase.value for statement in statements),
        _listed(name for effect in effects for name in effect.reads if name not in bound),
        _listed(name for effect in effects for name in effect.binds),
        _listed(name for effect in effects for name in (*effect.mutates, *(f"del {name}" for name in effect.deletes))),
        _listed(files),
    ]


def _taken(stage: Stage) -> list[Port]:
    """The ports that a stage or its report takes from earlier stages."""
    return [port for port in (*stage.inputs, *stage.report_inputs) if port.stage != stage.name]


def _ports(ports: Iterable[Port]) -> list[str]:
    """Ports by name, with their types where these are known."""
    return [port.name if port.type == "Any" else f"{port.name}: {port.type.rpartition('.')[2]}" for port in ports]


def _cells(statements: Iterable[str]) -> str:
    """The numbers of the cells that statements come from, with ranges: `1-3, 7`."""
    numbers = sorted({int(statement[1:].partition(".")[0]) for statement in statements})
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1].append(number)
        else:
            ranges.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in ranges)


def _parameters(parameters: Iterable[Parameter]) -> Table:
    """The parameters with their values."""
    table = _table("Parameter", "Value", "Stages")
    for parameter in parameters:
        table.add_row(plain(parameter.name), plain(repr(parameter.default)), _listed(parameter.stages))
    return table


def _counts(verification: Verification) -> Table:
    """How many checks of each level have which status."""
    present = [status for status in Status if verification.count(status)]
    table = _table("Compared", *(status.value for status in present))
    for level in _ORDER:
        counts = [verification.count(status, level) for status in present]
        if any(counts):
            table.add_row(
                level.value, *(Text(str(count), _STYLES[status]) if count else "" for count, status in zip(counts, present, strict=True))
            )
    return table


def _checks(checks: Iterable[Check]) -> Table:
    """Checks one by one."""
    table = _table("Status", "Compared", "What", "Stage", "Detail")
    for check in checks:
        table.add_row(
            plain(check.status.value, _STYLES[check.status]),
            plain(check.level.value),
            plain(check.subject),
            plain(check.stage or ""),
            _detail(check),
        )
    return table


def _detail(check: Check) -> Text:
    """Why a check has its status, and where its pictures lie."""
    return plain("\n".join([check.detail, *check.pictures]).strip("\n"))


def next_step(folder: Path, command: Sequence[str]) -> RenderableType:
    """What to do with a project that was just written."""
    return Text.assemble("\n", plain(str(folder), "bold"), " is ready: ", plain(f"cd {shlex.quote(str(folder))} && {shlex.join(command)}"))
