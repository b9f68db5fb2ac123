"""The results for a person at a terminal, as rich renderables that are good to read at 80 columns; only the command line prints them.

Whatever comes from a notebook is plain text here: never markup, and without control characters.
"""

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import FlowGraph, Statement
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import LeftOut, Literals, Plan, Port, Stage
from nbpipe.model.review import Review
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
    """The stages with their ports and parameters, and what is left out."""
    values = {parameter.name: parameter.default for parameter in plan.parameters}
    parts: list[RenderableType] = [_headline(plan.package, f"{_counted(len(plan.stages), 'stage')} from {plan.notebook}")]
    for number, stage in enumerate(plan.stages, start=1):
        parts += [Text(), *_stage(number, stage, values)]
    if plan.left_out:
        parts += [Text(), Text("Left out", "bold"), _indented(_left_out(plan.left_out))]
    return Group(*parts)


def verification_report(verification: Verification) -> RenderableType:
    """The verdict: in figures, then what to look at first, then all else that is not simply the same."""
    verdict = Text("passed", "bold green") if verification.passed else Text("failed", "bold red")
    failed = sorted((check for check in verification.checks if check.status in _FAILED), key=lambda check: _ORDER.index(check.level))
    others = [check for check in verification.checks if check.status not in (*_FAILED, Status.SAME)]
    parts: list[RenderableType] = [
        Text.assemble(verdict, ": ", plain(from_here(Path(verification.project))), " against ", plain(verification.notebook)),
        Text(),
        _counts(verification),
    ]
    if failed:
        parts += [Text(), Text("Look at these, the likeliest cause first", "bold"), _checks(failed)]
    if others:
        parts += [Text(), Text("Not simply the same", "bold"), _checks(others)]
    if verification.timings:
        seconds = ", ".join(f"{step} {duration:.1f} s" for step, duration in verification.timings.items())
        parts += [Text(), plain(seconds, "dim")]
    return Group(*parts)


def findings_report(findings: Iterable[Finding]) -> RenderableType:
    """The findings, the gravest first, or nothing."""
    gravest = list(Severity)
    ordered = sorted(dict.fromkeys(findings), key=lambda finding: gravest.index(finding.severity))
    rows = [(plain(finding.rule, _STYLES[finding.severity]), _finding(finding)) for finding in ordered]
    return Group(Text(), Text("Findings", "bold"), _indented(_pairs(rows))) if rows else Group()


def review_report(reviews: Sequence[Review]) -> RenderableType:
    """The findings of some notebooks, each with its place, and how many there are."""
    lines: list[RenderableType] = []
    for review in reviews:
        for finding in review.findings:
            place = f"{review.notebook}: {finding.span}: " if finding.span else f"{review.notebook}: "
            advice = f" ({finding.fix})" if finding.fix else ""
            lines.append(Text.assemble(plain(place), plain(finding.rule, _STYLES[finding.severity]), plain(f" {finding.message}{advice}")))
    counts = Counter(finding.severity for review in reviews for finding in review.findings)
    told = ", ".join(_counted(counts[severity], severity.value) for severity in Severity if counts[severity])
    return Group(*lines, plain(f"{told or 'nothing found'} in {_counted(len(reviews), 'notebook')}"))


def next_step(folder: Path, python: str, command: Sequence[str]) -> RenderableType:
    """What to do with a project that was just written: `command` runs it, with `python` as its Python; engines run it in its folder."""
    install = shlex.join([python, "-m", "pip", "install", "-e", str(folder)])
    program = python if command[0] == "python" else str(Path(python).parent / command[0])
    run = shlex.join([program, *command[1:]])
    if command[:2] != ("python", "-m"):
        run = f"cd {shlex.quote(str(folder))} && {run}"
    return Text.assemble("\n", plain(str(folder), "bold"), " is ready. To install and run it:\n", plain(f"  {install}\n  {run}"))


def from_here(path: Path) -> str:
    """A path as a person would type it: relative where it lies below the working directory."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


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


def _pairs(rows: Iterable[tuple[Text, Text]]) -> Table:
    """Labels, and beside each a text that may be long."""
    table = Table.grid("", "", padding=(0, 2, 0, 0))
    table.columns[0].no_wrap = True
    table.columns[1].overflow = "fold"
    for row in rows:
        table.add_row(*row)
    return table


def _indented(content: RenderableType) -> Padding:
    """Content that belongs to the line above it."""
    return Padding(content, (0, 0, 0, 3))


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


def _stage(number: int, stage: Stage, values: Mapping[str, Literals]) -> list[RenderableType]:
    """A stage: its name and phase, then its cells, what goes in and comes out, and what can be set."""
    taken = dict.fromkeys(port.name for port in (*stage.inputs, *stage.report_inputs) if port.stage != stage.name)
    settable = dict.fromkeys((*stage.parameters, *stage.report_parameters))
    lines = {
        "cells": _cells((*stage.statements, *stage.report)),
        "in": ", ".join(taken),
        "out": ", ".join(map(_port, stage.outputs)),
        "set": ", ".join(f"{name} = {values[name]!r}" if name in values else name for name in settable),
    }
    head = Text.assemble(f"{number}. ", plain(stage.name, "bold"), plain(f" ({stage.phase.value})", "dim"))
    return [head, _indented(_pairs((Text(label, "dim"), plain(line)) for label, line in lines.items() if line))]


def _port(port: Port) -> str:
    """A port's name, with its type where that is known."""
    return port.name if port.type == "Any" else f"{port.name}: {port.type.rpartition('.')[2]}"


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


def _left_out(items: Iterable[LeftOut]) -> Group:
    """The reasons, each with the statements that it holds for."""
    statements: dict[str, list[str]] = {}
    for item in items:
        statements.setdefault(f"{item.reason} (only the output)" if item.output_only else item.reason, []).append(item.statement)
    return Group(*(Text.assemble(plain(reason), ": ", plain(", ".join(names), "dim")) for reason, names in statements.items()))


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


def _checks(checks: Iterable[Check]) -> Padding:
    """Checks, each with its status, what was compared, why it is so, and where its pictures lie."""
    return _indented(_pairs((plain(check.status.value, _STYLES[check.status]), _reason(check)) for check in checks))


def _reason(check: Check) -> Text:
    """What was compared, and why it has its status: on the same line if that is one."""
    kind = "" if check.level is Level.OUTPUT else f"{check.level.value} "  # an output's subject says what it is
    head = Text.assemble(kind, plain(check.subject, "bold"), plain(f" ({check.stage})" if check.stage else "", "dim"))
    detail = "\n".join([check.detail, *check.pictures]).strip("\n")
    return Text.assemble(head, ":\n" if "\n" in detail else ": ", plain(detail)) if detail else head


def _finding(finding: Finding) -> Text:
    """Where, what, and on a line of its own what to do."""
    place = f"{finding.span}: " if finding.span else ""
    return Text("\n").join([plain(place + finding.message), *([plain(finding.fix, "italic")] if finding.fix else [])])
