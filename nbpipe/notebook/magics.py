"""IPython's own syntax (magics, shell lines, help) as plain Python that does the same outside IPython, line for line.

IPython's transformer finds the syntax; the table `magics.toml` says what each magic becomes. Rules:

- NB001 (error): the cell is not valid Python.
- NB010 (note): only output is left out. NB011 (warning): something else may differ. NB012 (error): an effect is lost.
- NB013 (warning): the magic is unknown, and left out.
- NB014 (note): only times are left out, which are others with every run.
"""

import ast
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from IPython.core.inputtransformer2 import (
    TRANSFORM_LOOP_LIMIT,
    EscapedCommand,
    HelpEnd,
    MagicAssign,
    SystemAssign,
    TokenTransformBase,
    classic_prompt,
    ipython_prompt,
    leading_indent,
    make_tokens_by_line,
)

from nbpipe.model.finding import Finding, Severity, Span
from nbpipe.notebook.requirements import installed_packages
from nbpipe.notebook.rows import Kind, Row, fill, rows_for
from nbpipe.notebook.source import ends_with_semicolon, last_code_line, lines_inside_strings, names_in, syntax_problem
from nbpipe.resources import read_table

_ESCAPES: tuple[Any, ...] = (MagicAssign, SystemAssign, EscapedCommand, HelpEnd)
_CLEANERS: tuple[Callable[[list[str]], list[str]], ...] = (leading_indent, classic_prompt, ipython_prompt)
_NAMELESS = {"system": "!", "getoutput": "!!", "show_usage": "?"}  # what IPython calls for the escapes that have no name
_HELP = ("pinfo", "pinfo2", "psearch")  # what it calls for `name?`
_REMARKS = {
    "note": ("NB010", Severity.NOTE),
    "times": ("NB014", Severity.NOTE),
    "warning": ("NB011", Severity.WARNING),
    "error": ("NB012", Severity.ERROR),
}
_NESTING = 20  # how deep cell magics may lie in cell magics


@dataclass(frozen=True, slots=True)
class Translation:
    """A cell's code as plain Python, and what goes with it; see `nbpipe.model.notebook.Cell`."""

    python: str
    imports: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    hides_value: bool = False


def translate(source: str, cell: int, is_bound: Callable[[str], bool]) -> Translation:
    """The code of a cell as plain Python; `is_bound` tells whether the cells above bind a name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)  # what Python 3.11 calls an invalid escape
        automagic = _automagic(source, is_bound)
        if automagic or syntax_problem(source):
            return _Translator(cell, is_bound).translation(automagic or source)
        return Translation(source if source.strip() else "", hides_value=ends_with_semicolon(source))


@dataclass(slots=True)
class _Translator:
    """Translates one cell, and gathers what goes with its code. Lines and columns count from 0."""

    cell: int
    is_bound_above: Callable[[str], bool]
    imports: list[str] = field(default_factory=list)
    requirements: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    hidden: int = -1  # the last line whose magic shows no value

    def translation(self, source: str) -> Translation:
        """The whole cell."""
        python = "\n".join(self.code(source.split("\n"), 0))
        if problem := syntax_problem(python):
            message, line, column = problem
            fix = "correct the cell; until then nothing in it is converted"
            self.add("NB001", Severity.ERROR, f"the cell is not valid Python: {message}", line - 1, column, fix)
            return Translation("", requirements=tuple(self.requirements), findings=tuple(self.findings))
        return Translation(
            python if python.strip() else "",
            tuple(dict.fromkeys(self.imports)),
            tuple(dict.fromkeys(self.requirements)),
            tuple(self.findings),
            self.hidden >= last_code_line(python) or ends_with_semicolon(python),
        )

    def code(self, lines: list[str], offset: int, depth: int = 0) -> list[str]:
        """Cell code that starts at line `offset` of the cell."""
        lines = _without_prompts(lines)
        first = next((index for index, line in enumerate(lines) if line.strip()), 0)
        head = lines[first]
        if not head.startswith("%%") or re.match(r"%%\w+\?", head) or depth > _NESTING:
            return self.lines(lines, offset)
        name, _, argument = head[2:].strip().partition(" ")
        return [""] * first + self.cell_magic(name, argument.strip(), lines[first + 1 :], offset + first, depth)

    def cell_magic(self, name: str, argument: str, body: list[str], line: int, depth: int) -> list[str]:
        """A cell magic and the cell's text below it."""
        text = "\n".join(body) + ("\n" if body and body[-1] else "")
        chosen = self.choose("cell", name, argument, line, 0, {"body": text})
        if chosen is None:
            return [""] * (len(body) + 1)
        row, values = chosen
        if not row.shown:
            self.hidden = max(self.hidden, line + len(body))
        head = fill(row, values, self.is_bound_above).split("\n")
        lines = head + [""] * (1 + len(body) - len(head))
        if row.runs:
            inner = self.code(body, line + 1, depth + 1) if body else []
            lines = _block(head[0], inner) if head[0] else ["", *inner]
        if lines[0]:
            self.imports += row.imports
        return lines

    def lines(self, lines: list[str], offset: int) -> list[str]:
        """Line magics, shell lines and help, one after the other: only when one is translated can the code below it be tokenized."""
        translated = list(lines)
        if sum(line.lstrip()[:1] in ("%", "!") for line in lines) > TRANSFORM_LOOP_LIMIT:
            return translated  # IPython refuses such a cell, too
        view = [line + "\n" for line in lines]  # in which what is translated is a mere 0, so that tokenizing again is cheap
        names: set[str] = set()
        start = 0  # above it, all top-level statements are done
        for _ in range(TRANSFORM_LOOP_LIMIT):
            found = _first_escape(view[start:])
            if found is None:
                break
            line, column, after = found
            spare = len(view) - start - len(after)
            before, call = after[line][:column], after[line][column:].strip()
            line += start
            names |= names_in("".join(view[start:line]) + before)
            text = self.line_magic(call, before.strip() != "", names, offset + line, column)
            names |= names_in(text)
            translated[line : line + spare + 1] = [before + text, *[""] * spare]
            done = not syntax_problem(text)  # else it is, or has, another magic
            view[line : line + spare + 1] = [f"{before}{'0' if done else text}\n", *["\n"] * spare]
            if done and not before[:1].isspace():
                start = line + spare + 1
        return translated

    def line_magic(self, call: str, assigned: bool, names: Collection[str], line: int, column: int) -> str:
        """What stands for the call that IPython's transformer made; `names` are bound above it in the cell."""
        magic = _magic(call)
        if magic is None:
            return call
        name, argument = magic
        chosen = self.choose("line", name, argument, line, column, {})
        if chosen:
            row, values = chosen
            text = fill(row, values, lambda name: name in names or self.is_bound_above(name))
            if text and (not assigned or (row.shown and not syntax_problem(text, "eval"))):
                self.imports += row.imports
                self.hidden = self.hidden if row.shown else max(self.hidden, line)
                return text
        if assigned:
            self.remark("error", f"{_label('line', name)}: its value is not translated", line, column)
            return "None"
        self.hidden = max(self.hidden, line)
        return "pass" if column else ""

    def choose(
        self, kind: Kind, name: str, argument: str, line: int, column: int, values: Mapping[str, str]
    ) -> tuple[Row, dict[str, str]] | None:
        """The row for a magic, with what its text may use; what a person should know of it is remarked."""
        rows = rows_for(kind, name)
        for row in rows:
            match = row.pattern.fullmatch(argument)
            if match:
                groups = {group: text or "" for group, text in match.groupdict().items()}
                self.install(groups.get("packages", ""), line, column)
                if row.remark:
                    self.remark(row.remark[0], f"{_label(kind, name)}: {row.remark[1]}", line, column)
                return row, {"magic": name, "argument": argument, **groups, **values}
        if rows:
            self.remark("error", f"{_label(kind, name)}: not translated with the arguments {argument[:80]!r}", line, column)
        else:
            fix = "write what it does as plain Python"
            self.add("NB013", Severity.WARNING, f"{_label(kind, name)}: nbpipe does not know this magic; it is left out", line, column, fix)
        return None

    def install(self, packages: str, line: int, column: int) -> None:
        """Note what an install command installs."""
        found, odd = installed_packages(packages, read_table("magics")["install"])
        self.requirements += found
        if odd:
            self.remark("warning", f"nbpipe cannot tell which packages these are: {', '.join(odd)}", line, column)

    def remark(self, kind: str, message: str, line: int, column: int) -> None:
        """Add a finding of the table's kind."""
        self.add(*_REMARKS[kind], message, line, column)

    def add(self, rule: str, severity: Severity, message: str, line: int, column: int, fix: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(rule, message, severity, Span(self.cell, line + 1, column, line + 1, column + 1), fix))


def _label(kind: Kind, name: str) -> str:
    """A magic as people write it."""
    if name in _NAMELESS.values():
        return name
    if name in _HELP:
        return "?"
    return f"%{name}" if kind == "line" else f"%%{name}"


def _automagic(source: str, is_bound: Callable[[str], bool]) -> str | None:
    """A cell of one line that is a magic without its `%` (`pip install x`), with the `%`."""
    line = source.strip()
    match = re.match(r"[^\W\d]\w*(?=\s+[^\s=,]|$)", line)
    if match and "\n" not in line and rows_for("line", match[0]) and not is_bound(match[0]):
        return source.replace(line, f"%{line}")
    return None


def _without_prompts(lines: list[str]) -> list[str]:
    """The lines without a common indent and without pasted prompts, as IPython takes them."""
    plain = [line + "\n" for line in lines]
    for clean in _CLEANERS:
        plain = clean(plain)
    return [line.removesuffix("\n") for line in plain] if len(plain) == len(lines) else lines


def _first_escape(lines: list[str]) -> tuple[int, int, list[str]] | None:
    """The first piece of IPython's syntax: its line and column, and all lines with IPython's own call in its place."""
    try:
        tokens = make_tokens_by_line(lines)
    except SyntaxError:  # wrong indentation
        return None
    found = [escape for kind in _ESCAPES if (escape := kind.find(tokens))]
    for escape in sorted(found, key=TokenTransformBase.sortby):
        with suppress(SyntaxError):
            return escape.start_line, escape.start_col, escape.transform(lines)
    return None


def _magic(call: str) -> tuple[str, str] | None:
    """The name and argument of the magic in a call that IPython's transformer made; None for other calls (`/f x` makes `f(x)`)."""
    match = re.match(r"get_ipython\(\)\.(\w+)", call)
    if match is None or syntax_problem(call, "eval"):
        return None
    tree = ast.parse(call, mode="eval").body
    arguments = [str(node.value) for node in getattr(tree, "args", ()) if isinstance(node, ast.Constant)]
    if match[1] in _NAMELESS:
        arguments.insert(0, _NAMELESS[match[1]])
    name, argument, *_ = [*arguments, "", ""]
    return name, argument.strip()


def _block(header: str, lines: list[str]) -> list[str]:
    """The lines as the block below a header; imports and definitions alone stay as they are, if the header binds no name."""
    code = "\n".join(lines)
    if syntax_problem(code):
        return ["", *lines]  # which is found later
    statements = ast.parse(code).body
    definitions = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    if " as " not in header and all(isinstance(statement, definitions) for statement in statements):
        return ["", *lines]
    if not statements:
        return [f"{header} pass", *lines]
    inside = lines_inside_strings(code)
    return [header, *(line if number in inside or not line else f"    {line}" for number, line in enumerate(lines, start=1))]
