"""The plan as a file that people edit: `plan.toml`, written by tomlkit so that comments tell what every statement is."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Array, Table

from nbpipe.errors import PlanError
from nbpipe.model.finding import Span
from nbpipe.model.flow import FlowGraph, Phase, Statement
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import SHARED, Added, LeftOut, Parameter, Plan, Stage
from nbpipe.planning.check import problems
from nbpipe.planning.components import misfits
from nbpipe.planning.draft import Draft, StageDraft
from nbpipe.planning.formats import misplaced_formats, read_formats
from nbpipe.planning.interfaces import connect
from nbpipe.planning.operations import NAMES, check_words, read_image, read_operations, read_schedule
from nbpipe.planning.roles import find_roles

VERSION = 1
_WORDS = ("version", "notebook", "package", "digest", "schedule", "image", "stage", "parameter", "shared", "left_out", "component")
_STAGE_WORDS = ("name", "phase", "title", "statements", "report", "values", "formats", "by_name", *NAMES)
_PLACE = re.compile(r"(\d+):(\d+):(\d+)-(\d+):(\d+)")
_HEADER = """The plan of how the notebook becomes a pipeline. Edit it, then run `nbpipe convert NOTEBOOK --plan THIS_FILE -o FOLDER`.

- rename a stage, or change the order of stages: edit `name`, move the [[stage]]
- move statements (cell.statement: c4.s1 is the first statement of cell 4) between stages, reports and [[left_out]]
- `values` are the telling names of what a stage gives to others (variable = name); all are pickled, which keeps them exactly, but for those in
  `formats` (`formats = {df = "parquet"}`; "json" is for numbers, texts, lists and dicts): what a format would change is then an error when it is stored
- rename a [[parameter]], or delete it to keep the literal in the code
- [[component]] are what `nbpipe add` added: `inputs` are ports by argument
- say how an engine runs it: in a [[stage]] `retries = 2`, `timeout = 600` (seconds, for each try), `cpu = 2` (cores), `memory = 4096` (MiB), `gpu = 1`;
  above the first [[stage]] `schedule = "30 6 * * 1-5"` (cron: minute, hour, day, month, day of the week), `image = "registry.example.com/model:1.0"`
What the stages need from each other follows by itself. A move that a dependence forbids is refused, with the reason."""


def digest(notebook: Notebook) -> str:
    """Return the SHA-256 of the notebook's code and prose, outputs aside."""
    text = "\x00".join(f"{cell.kind}\x01{cell.source}" for cell in notebook.cells)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def write_plan(plan: Plan, graph: FlowGraph, notebook: Notebook) -> str:
    """Return the plan as TOML text."""
    statements = {s.id: s for s in graph.statements}
    document = tomlkit.document()
    for line in _HEADER.splitlines():
        document.add(tomlkit.comment(line) if line else tomlkit.nl())
    document.add("version", tomlkit.item(VERSION))
    document.add("notebook", tomlkit.item(plan.notebook))
    document.add("package", tomlkit.item(plan.package))
    document.add("digest", tomlkit.item(digest(notebook)))
    for word in ("schedule", "image"):
        if value := getattr(plan, word):
            document.add(word, tomlkit.item(value))
    stages = tomlkit.aot()
    for stage in plan.stages:
        stages.append(_stage_table(stage, statements))
    if plan.stages:
        document.add("stage", stages)
    parameters = tomlkit.aot()
    for parameter in plan.parameters:
        parameters.append(_parameter_table(parameter))
    if plan.parameters:
        document.add("parameter", parameters)
    shared = tomlkit.table()
    for kind in SHARED:
        shared.add(kind, _array(getattr(plan.shared, kind), statements))
    document.add("shared", shared)
    left_out = tomlkit.aot()
    for item in plan.left_out:
        table = tomlkit.table()
        table.add("statement", tomlkit.item(item.statement).comment(_glimpse(statements[item.statement])))
        table.add("reason", item.reason)
        if item.output_only:
            table.add("output_only", True)
        left_out.append(table)
    if plan.left_out:
        document.add("left_out", left_out)
    components = tomlkit.aot()
    for added in plan.added:
        components.append(_added_table(added))
    if plan.added:
        document.add("component", components)
    return tomlkit.dumps(document)


def _stage_table(stage: Stage, statements: Mapping[str, Statement]) -> Table:
    table = tomlkit.table()
    table.add("name", stage.name)
    table.add("phase", stage.phase.value)
    table.add("title", stage.title)
    table.add("statements", _array(stage.statements, statements))
    table.add("report", _array(stage.report, statements))
    values = tomlkit.inline_table()
    for port in stage.outputs:
        values.append(port.variable, port.name)
    table.add("values", values)
    formats = tomlkit.inline_table()
    for variable, form in stage.formats:
        formats.append(variable, form)
    if formats:
        table.add("formats", formats)
    if stage.by_name:
        table.add("by_name", True)
    for word in NAMES:
        if value := getattr(stage.operations, word):
            table.add(word, value)
    return table


def _parameter_table(parameter: Parameter) -> Table:
    table = tomlkit.table()
    table.add("name", parameter.name)
    table.add("default", parameter.default)
    table.add("statement", parameter.origin)
    table.add("at", [f"{s.cell + 1}:{s.line}:{s.column}-{s.end_line}:{s.end_column}" for s in parameter.spans])
    return table


def _added_table(added: Added) -> Table:
    table = tomlkit.table()
    for key in ("component", "stage", "after"):
        table.add(key, getattr(added, key))
    inputs = tomlkit.inline_table()
    for argument, port in added.inputs.items():
        inputs.append(argument, port)
    table.add("inputs", inputs)
    return table


def _array(keys: Iterable[str], statements: Mapping[str, Statement]) -> Array:
    array = tomlkit.array()
    for key in keys:
        array.add_line(key, comment=_glimpse(statements[key]))
    array.add_line(indent="")
    return array


def _glimpse(statement: Statement) -> str:
    line = statement.source.split("\n")[0][:70]
    return "".join(character if character.isprintable() else " " for character in line)


@dataclass(frozen=True, slots=True)
class AskedPlan:
    """What a plan's file asks for: the draft, the components, the package's name, and the digest of the version of the notebook that it is about."""

    draft: Draft
    added: tuple[Added, ...]
    package: str
    digest: str


def parse_plan(text: str, name: str = "plan.toml") -> AskedPlan:
    """Return what a plan's file asks for, whether that is possible or not. Raises PlanError where it is not a plan."""
    try:
        data = tomllib.loads(text)
        added = tuple(_added(table) for table in data.get("component", []))
        return AskedPlan(_draft(data), added, str(data["package"]), str(data.get("digest")))
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{name} is not valid TOML: {error}.") from error
    except PlanError as error:
        raise PlanError(f"{name}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PlanError(f"{name} is not a plan: {error!s} is missing or has the wrong form. `nbpipe plan` writes a good one.") from error


def check_statements(asked: AskedPlan, graph: FlowGraph, name: str) -> None:
    """Raise PlanError where a plan speaks of statements that its notebook does not have, or leaves out what it has elsewhere."""
    draft, known = asked.draft, {s.id for s in graph.statements}
    placed = [key for stage in draft.stages for key in (*stage.statements, *stage.report)]
    placed += [key for kind in SHARED for key in getattr(draft, kind)]
    for key in (*placed, *(item.statement for item in draft.left_out)):
        if key not in known:
            raise PlanError(f"{name}: the notebook has no statement `{key}`.")
    for item in draft.left_out:
        if not item.output_only and item.statement in placed:
            raise PlanError(f"{name}: `{item.statement}` is left out, and has another place: leave it in one.")


def read_plan(text: str, graph: FlowGraph, notebook: Notebook, name: str = "plan.toml") -> Plan:
    """Return the plan that a file asks for.

    Raises PlanError where the file is not a plan, belongs to another notebook, or asks for what a dependence forbids.
    """
    asked = parse_plan(text, name)
    if asked.digest != digest(notebook):
        raise PlanError(
            f"{name} was made for another version of {Path(notebook.path).name}: make it again with `nbpipe plan`, "
            "or let `nbpipe update` follow the notebook in the project that was made with it."
        )
    check_statements(asked, graph, name)
    plan = replace(connect(asked.draft, graph, asked.package, notebook.path, find_roles(graph).repeatable), added=asked.added)
    found = problems(plan, graph) or misfits(plan) or misplaced_formats(asked.draft, plan)
    if found:
        raise PlanError(f"{name} cannot be obeyed: " + "; ".join(found[:5]) + ("; and more." if len(found) > 5 else "."))
    return plan


def _draft(data: Mapping[str, Any]) -> Draft:
    if data["version"] != VERSION:
        raise ValueError(f"version {data['version']}")
    if not str(data["package"]).isidentifier():
        raise ValueError("package")
    check_words(data, _WORDS, "the plan")
    order = [_stage_draft(table) for table in data.get("stage", [])]
    names = {(table["name"], variable): str(name) for table in data.get("stage", []) for variable, name in table.get("values", {}).items()}
    shared = data.get("shared", {})
    return Draft(
        stages=tuple(order),
        **{kind: tuple(shared.get(kind, ())) for kind in SHARED},
        left_out=tuple(
            LeftOut(str(item["statement"]), str(item.get("reason", "")), bool(item.get("output_only", False)))
            for item in data.get("left_out", [])
        ),
        parameters=tuple(_parameter(table) for table in data.get("parameter", [])),
        port_names=names,
        schedule=read_schedule(data.get("schedule", "")),
        image=read_image(data.get("image", "")),
    )


def _stage_draft(table: Mapping[str, Any]) -> StageDraft:
    def ordered(keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(keys, key=_position))

    where = f"stage `{table['name']}`"
    check_words(table, _STAGE_WORDS, where)
    return StageDraft(
        name=str(table["name"]),
        phase=Phase(table.get("phase", "setup")),
        statements=ordered(table["statements"]),
        report=ordered(table.get("report", ())),
        title=str(table.get("title", "")),
        by_name=bool(table.get("by_name", False)),
        operations=read_operations(table, where),
        formats=read_formats(table.get("formats", {}), where),
    )


def _added(table: Mapping[str, Any]) -> Added:
    inputs = {str(argument): str(port) for argument, port in table["inputs"].items()}
    return Added(str(table["component"]), str(table["stage"]), str(table["after"]), inputs)


def _position(key: str) -> tuple[int, int]:
    cell, _, number = key.partition(".s")
    return int(cell.removeprefix("c")), int(number)


def _parameter(table: Mapping[str, Any]) -> Parameter:
    spans = []
    for place in table["at"]:
        found = _PLACE.fullmatch(place)
        if found is None:
            raise ValueError(f"place {place!r}")
        cell, line, column, end_line, end_column = map(int, found.groups())
        spans.append(Span(cell - 1, line, column, end_line, end_column))
    return Parameter(str(table["name"]), table["default"], spans=tuple(spans), origin=str(table["statement"]))
