"""A report as one HTML file, which works offline: nothing in it is fetched, and nothing of the notebook is live."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import cycle
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from nbpipe import __version__
from nbpipe.analysis.rules.registry import RULES
from nbpipe.model.finding import Finding
from nbpipe.model.plan import Port
from nbpipe.model.verification import Check, Part, PortObservation, Status
from nbpipe.report.dossier import FAILED, Dossier
from nbpipe.report.picture import HEIGHT, picture

_PAGE = Path(__file__).parent / "page"
_LEXER = PythonLexer(stripnl=False, ensurenl=False)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of code: its number, its coloured text, the statement to which it belongs, and whether it is that statement's first."""

    number: int
    text: Markup
    statement: str = ""
    first: bool = False


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A cell: its lines, where its statements went, and what was found in it."""

    number: int
    kind: str
    lines: tuple[Line, ...]
    places: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A generated module."""

    path: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A check that is not simply the same: what differs line by line, each with what it is (`added`, `removed`, ``), and its pictures as addresses with data."""

    check: Check
    lines: tuple[tuple[str, str], ...]
    pictures: tuple[tuple[str, str], ...]
    failed: bool


@dataclass(frozen=True, slots=True)
class Interface:
    """A port, the type of its value as people say it, who takes it, and what it was when the notebook ran: its shape, its size, its parts."""

    port: Port
    type: str
    consumers: tuple[str, ...]
    shape: str = ""
    size: str = ""
    parts: tuple[Part, ...] = ()
    more: int = 0  # parts that are not listed


def html_report(dossier: Dossier) -> str:
    """Return the page."""
    environment = Environment(
        loader=FileSystemLoader(_PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = (_PAGE / "report.css").read_text(encoding="utf-8") + _colours()
    script = (_PAGE / "report.js").read_text(encoding="utf-8")
    return environment.get_template("report.html.jinja").render(
        dossier=dossier,
        version=__version__,
        style=Markup(style),  # noqa: S704 (our own file)
        style_hash=_hash(style),
        script=Markup(script),  # noqa: S704 (our own file)
        script_hash=_hash(script),
        picture=picture(dossier.plan),
        box_height=HEIGHT,
        numbers={stage.name: number for number, stage in enumerate(dossier.plan.stages, start=1)},
        statuses=[status for status in Status if dossier.verification and dossier.verification.count(status)],
        cells=list(_cells(dossier)),
        modules=list(_modules(dossier)),
        differences=[_difference(check) for check in (*dossier.failed(), *dossier.odd())],
        interfaces=list(_interfaces(dossier)),
        findings=dossier.gravest_findings(),
        rules=RULES,
    )


def _hash(text: str) -> str:
    """Return the hash by which the page's own rules let this text be active, and nothing else."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _colours() -> str:
    """Return the colours of code, for light and for dark pages."""
    light, dark = (HtmlFormatter(style=name) for name in ("default", "github-dark"))
    by_choice = dark.get_style_defs(':root[data-theme="dark"] .code')
    by_system = dark.get_style_defs(':root:not([data-theme="light"]) .code')
    unknown = ".code .err { border: 0; color: inherit }"  # magics and shell lines are no mistakes
    return f"{light.get_style_defs('.code')}\n{unknown}\n@media screen {{ {by_choice} }}\n@media screen and (prefers-color-scheme: dark) {{ {by_system} }}\n"


def coloured(source: str) -> list[Markup]:
    """Return the lines of some Python as HTML with classes for colours."""
    wanted = source.split("\n")
    lines = str(highlight(source, _LEXER, HtmlFormatter(nowrap=True))).split("\n")
    if len(lines) == len(wanted) + 1 and not lines[-1]:
        lines.pop()
    if len(lines) != len(wanted):  # it has line ends of another kind
        lines = [escape(line) for line in wanted]
    return [Markup(line) for line in lines]  # noqa: S704 (Pygments escapes what it colours)


def _cells(dossier: Dossier) -> Iterator[CodeCell]:
    places = dossier.places()
    for cell in dossier.notebook.cells:
        statements = [statement for statement in dossier.graph.statements if statement.cell == cell.index]
        owner = {line: s.id for s in statements for line in range(s.span.line, s.span.end_line + 1)}
        first = {s.span.line: s.id for s in statements}
        texts = coloured(cell.source) if cell.kind == "code" else [Markup(escape(line)) for line in cell.source.split("\n")]  # noqa: S704
        lines = tuple(Line(n, text, owner.get(n, ""), n in first) for n, text in enumerate(texts, start=1))
        went = tuple(dict.fromkeys(places[statement.id] for statement in statements if statement.id in places))
        found = tuple(finding for finding in dossier.gravest_findings() if finding.span and finding.span.cell == cell.index)
        yield CodeCell(cell.number, cell.kind, lines, went, found)


def _modules(dossier: Dossier) -> Iterator[Module]:
    origins: dict[str, dict[int, str]] = {}
    for origin in dossier.conversion.provenance:
        origins.setdefault(origin.file, {})[origin.line] = origin.statement
    order = {module: number for number, stage in enumerate(dossier.plan.stages) for module in dossier.modules_of(stage.name)}
    for path in sorted(dossier.files, key=lambda path: (path not in origins, order.get(path, len(order)), path)):
        yield Module(path, tuple(_joined(dossier.files[path], origins.get(path, {}))))


def _joined(source: str, origins: Mapping[int, str]) -> Iterator[Line]:
    before = ""
    for number, text in enumerate(coloured(source.rstrip("\n")), start=1):
        statement = origins.get(number, "")
        yield Line(number, text, statement, bool(statement) and statement != before)
        before = statement


def _difference(check: Check) -> Difference:
    names = cycle(("expected", "found", "difference"))
    pictures = tuple((name, address) for name, path in zip(names, check.pictures, strict=False) if (address := _data(path)))
    return Difference(check, tuple((_kind(line, check.lines), line) for line in check.lines), pictures, check.status in FAILED)


def _kind(line: str, lines: Sequence[str]) -> str:
    """What a line says, if it is one of a diff: else it begins with whatever it is about."""
    return {"+": "added", "-": "removed"}.get(line[:1], "") if lines[0].startswith("--- ") else ""


def _data(path: str) -> str:
    """Return a picture as an address that holds it."""
    try:
        return f"data:image/png;base64,{base64.b64encode(Path(path).read_bytes()).decode()}"
    except OSError:  # someone has removed it since
        return ""


def _interfaces(dossier: Dossier) -> Iterator[Interface]:
    observed = {port.port: port for port in dossier.verification.observations.ports} if dossier.verification else {}
    for stage in dossier.plan.stages:
        for port in stage.outputs:
            takers = [s.name for s in dossier.plan.stages if any(other.name == port.name for other in (*s.inputs, *s.report_inputs))]
            consumers = ["its report" if name == stage.name else name for name in takers]
            known = Interface(port, port.type.removeprefix("builtins."), tuple(dict.fromkeys(consumers)))
            yield _with_schema(known, observed[port.name]) if port.name in observed else known


def _with_schema(known: Interface, seen: PortObservation) -> Interface:
    size = "" if seen.size is None else f"{seen.size:,} bytes"
    shape = " ".join(filter(None, (" × ".join(f"{length:,}" for length in seen.shape), seen.dtype)))
    kind = seen.type.removeprefix("builtins.") if known.type == "Any" else known.type
    more = max(seen.shape[-1] - len(seen.parts), 0) if seen.shape and seen.parts else 0
    return replace(known, type=kind, shape=shape, size=size, parts=seen.parts, more=more)
