"""From the plan to Python modules: a function for each stage, its report beside it, and the hoisted modules."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from nbpipe import knowledge
from nbpipe.analysis.analyze import LAST_VALUE
from nbpipe.analysis.free import local_names
from nbpipe.model.finding import Span
from nbpipe.model.flow import FlowGraph, Statement, StatementKind
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import Parameter, Plan, Port, Stage
from nbpipe.model.project import Origin
from nbpipe.planning.phases import is_visible
from nbpipe.planning.unused import QUIET
from nbpipe.render.imports import DISPLAY, GET_IPYTHON, OTHER_DISPLAY, PYPLOT, imported_again, imports_of, line_of, needed
from nbpipe.render.markdown import prose
from nbpipe.render.module import Lines, comment, docstring, names_in
from nbpipe.render.rewrite import as_block, awaits, displayed, for_its_effect, with_parameters, within
from nbpipe.render.scope import meanings
from nbpipe.render.sources import SAME_RANDOM_NUMBERS, SYNCHRONOUS, Sources

_TYPING = {"Any": "from typing import Any", "NamedTuple": "from typing import NamedTuple"}
_SHARED = {
    "constants": "Constants that several stages share.",
    "functions": "Functions that the stages use.",
    "classes": "Classes that the stages use.",
}


def render_code(plan: Plan, graph: FlowGraph, notebook: Notebook) -> Sources:
    """Return the modules that hold the notebook's code, as the plan divides it."""
    return _Renderer(plan, graph, notebook).sources()


_LOOPS = ("for ", "async for ", "while ")


class _Renderer:
    def __init__(self, plan: Plan, graph: FlowGraph, notebook: Notebook) -> None:
        self.plan = plan
        self.statements = {s.id: s for s in graph.statements}
        self.position = {s.id: index for index, s in enumerate(graph.statements)}
        self.cells = {cell.index: cell for cell in notebook.cells}
        self.prose = prose(notebook)
        self.executed = any(cell.outputs for cell in notebook.code_cells)
        self.imports = imports_of(self._all(plan.shared.imports))
        imported = imports_of(s for s in graph.statements if s.kind is StatementKind.IMPORT)
        self.plots = any(item.module.startswith(("matplotlib", "seaborn")) for item in imported)  # what is unknown may draw only then
        self.parameters = {parameter.name: parameter for parameter in plan.parameters}
        self.hidden = {item.statement for item in plan.left_out if item.output_only and self.statements[item.statement].artist}
        self.quiet = {item.statement for item in plan.left_out if item.reason == QUIET}
        self.shared_names = self._shared_names()
        own = any("display" in s.effects.binds and s.kind is not StatementKind.IMPORT for s in graph.statements)
        self.show = OTHER_DISPLAY if own else "display"
        self.at_home = {key for stage in plan.stages for key in (*stage.statements, *stage.report)}
        self.imported_again = imported_again(graph.statements)
        self.modules: dict[str, str] = {}
        self.provenance: list[Origin] = []
        self.used_imports: dict[str, None] = {}

    def sources(self) -> Sources:
        for stage in self.plan.stages:
            self._finish(f"stages/{stage.name}.py", self._stage_module(stage))
        for kind, keys in self._shared_groups().items():
            if keys:
                body = Lines()
                for statement in self._all(keys):
                    self._statement(body, statement, 0, {})
                    body.add("", "") if statement.kind is not StatementKind.ASSIGN else None
                self._finish(f"{kind}.py", self._module(_SHARED[kind], body, own=kind))
        if self.plan.shared.settings:
            self._finish("settings.py", self._settings())
        return Sources(self.modules, tuple(self.provenance), tuple(self.used_imports))

    def _all(self, keys: Iterable[str]) -> list[Statement]:
        return sorted((self.statements[key] for key in keys), key=lambda s: self.position[s.id])

    def _finish(self, path: str, lines: Lines) -> None:
        self.modules[path] = lines.source
        self.provenance.extend(lines.provenance(f"src/{self.plan.package}/{path}"))

    # shared modules

    def _shared_groups(self) -> dict[str, tuple[str, ...]]:
        """Return the statements of each shared module; functions and classes that need each other share one."""
        shared = self.plan.shared
        functions, classes = shared.functions, shared.classes
        function_names = {n for key in functions for n in self.statements[key].effects.binds}
        class_names = {n for key in classes for n in self.statements[key].effects.binds}
        uses_classes = any(class_names & self._names_of(key) for key in functions)
        uses_functions = any(function_names & self._names_of(key) for key in classes)
        if uses_classes and uses_functions:
            functions, classes = tuple(sorted((*functions, *classes), key=self.position.__getitem__)), ()
        return {"constants": shared.constants, "functions": functions, "classes": classes}

    def _names_of(self, key: str) -> set[str]:
        statement = self.statements[key]
        return {*statement.free, *statement.effects.reads}

    def _shared_names(self) -> dict[str, str]:
        """Return the module that each shared name lives in."""
        return {name: kind for kind, keys in self._shared_groups().items() for key in keys for name in self.statements[key].effects.binds}

    def _settings(self) -> Lines:
        body = Lines()
        about = docstring("Apply the settings of the session, as the notebook did before everything else", "    ")
        body.add(*self._head("apply() -> None", self.plan.shared.settings), about)
        for statement in self._all(self.plan.shared.settings):
            self._statement(body, statement, 1, {})
        return self._module("Settings of the session: the runner applies them before each stage.", body, own="settings")

    # a module

    def _module(self, title: str, body: Lines, own: str, types: Sequence[str] = ()) -> Lines:
        """Put the imports that the body needs above it."""
        used = names_in(body.source)
        extra = {
            "display": DISPLAY,
            OTHER_DISPLAY: f"{DISPLAY} as {OTHER_DISPLAY}",
            "get_ipython": GET_IPYTHON,
            "plt": PYPLOT,
            **_TYPING,
            **self._cell_imports(body),
        }
        extra[SYNCHRONOUS] = f"from {self.plan.package}.waiting import {SYNCHRONOUS}"
        extra[SAME_RANDOM_NUMBERS] = f"from {self.plan.package}.randomness import {SAME_RANDOM_NUMBERS}"
        for type_name in types:
            fact = knowledge.type(type_name)
            for line in fact.imports if fact else ():
                extra.setdefault(_bound_by(line), line)
                used.add(_bound_by(line))
        found = needed(self.imports, used, extra)
        lines = Lines()
        lines.add(docstring(title), "", "from __future__ import annotations", "")
        for item in found:
            lines.add(line_of(item), origin=item.statement)
            self.used_imports.setdefault(item.module.partition(".")[0])
        lines.extend(self._shared_imports(used, own))
        lines.add("", "")
        lines.extend(body)
        return lines

    def _cell_imports(self, body: Lines) -> dict[str, str]:
        cells = {origin[0] for origin in body.origins if origin is not None}
        return {_bound_by(line): line for index in sorted(cells) for line in self.cells[index].imports}

    def _shared_imports(self, used: set[str], own: str) -> Lines:
        lines = Lines()
        by_module: defaultdict[str, list[str]] = defaultdict(list)
        for name, module in self.shared_names.items():
            if name in used and module != own:
                by_module[module].append(name)
        for module, names in by_module.items():
            lines.add(f"from {self.plan.package}.{module} import {', '.join(sorted(names))}")
        return lines

    # a stage

    def _stage_module(self, stage: Stage) -> Lines:
        body = Lines()
        if len(stage.outputs) > 1:
            body.add(f"class {_camel(stage.name)}Outputs(NamedTuple):", docstring(f"What `{stage.name}` gives to later stages", "    "), "")
            for port in stage.outputs:
                body.add(f"    {port.variable}: {self._annotation(port)}")
            body.add("", "")
        keys = (*stage.repeated, *stage.statements)
        names = sorted(frozenset().union(*(local_names(self.statements[key].source) for key in keys))) if stage.by_name else []
        if names:
            body.add("# Code below looks these variables up by their names.", *(f"{name}: Any" for name in names), "", "")
        self._signature(body, stage.name, stage.inputs, stage.parameters, self._result(stage), _about(stage), keys)
        if names:
            body.add(f"    global {', '.join(names)}")
        body.add(*(f"    {name}: Any = None  # not every branch below binds it" for name in self._perhaps_unbound(stage, keys)))
        self._body(body, stage.statements, stage.repeated, stage.inputs, stage.parameters, frozenset(names))
        if stage.outputs:
            values = ", ".join(f"{port.variable}={port.variable}" for port in stage.outputs)
            single = len(stage.outputs) == 1
            body.add("    return " + (stage.outputs[0].variable if single else f"{_camel(stage.name)}Outputs({values})"))
        if stage.report:
            body.add("", "")
            keys = (*stage.report_repeated, *stage.report)
            self._signature(body, "report", stage.report_inputs, stage.report_parameters, "None", f"Show what `{stage.name}` made", keys)
            self._body(body, stage.report, stage.report_repeated, stage.report_inputs, stage.report_parameters)
        types = [port.type for port in (*stage.inputs, *stage.outputs, *stage.report_inputs)]
        return self._module(_about(stage), body, own=stage.name, types=types)

    def _perhaps_unbound(self, stage: Stage, keys: Sequence[str]) -> list[str]:
        """Return what a stage gives that only branches bind which may not be taken; loops are taken to run."""
        certain = {name for key in keys for name in self.statements[key].certain}
        local = frozenset().union(*(local_names(self.statements[key].source) for key in keys))
        found = [port.variable for port in stage.outputs if port.variable in local - certain]
        looped = {name for key in keys if self.statements[key].source.startswith(_LOOPS) for name in self.statements[key].effects.binds}
        given = {port.variable for port in stage.inputs} | looped
        return [name for name in found if name not in given]

    def _signature(
        self,
        body: Lines,
        name: str,
        inputs: Sequence[Port],
        parameters: Sequence[str],
        result: str,
        about: str,
        keys: Iterable[str],
    ) -> None:
        arguments = [f"{port.variable}: {self._annotation(port)}" for port in inputs]
        if parameters:
            arguments += ["*", *(f"{p}: {_scalar_type(self.parameters[p])}" for p in parameters)]
        body.add(*self._head(f"{name}({', '.join(arguments)}) -> {result}", keys), docstring(about, "    "))

    def _head(self, signature: str, keys: Iterable[str]) -> list[str]:
        """Return the first lines of a function that holds these statements."""
        waits = any(awaits(self.statements[key].source) for key in keys)
        return [f"@{SYNCHRONOUS}", f"async def {signature}:"] if waits else [f"def {signature}:"]

    def _annotation(self, port: Port) -> str:
        """Return a port's type as code, unless the notebook uses the name that it needs for something else."""
        fact = knowledge.type(port.type)
        if fact is None:
            return "Any"
        wanted = {_bound_by(line): line for line in fact.imports}
        taken = {item.name: item.line for item in self.imports}
        return "Any" if any(taken.get(name, line) != line for name, line in wanted.items()) else fact.annotation

    def _result(self, stage: Stage) -> str:
        if not stage.outputs:
            return "None"
        return self._annotation(stage.outputs[0]) if len(stage.outputs) == 1 else f"{_camel(stage.name)}Outputs"

    def _body(
        self,
        body: Lines,
        keys: Sequence[str],
        repeated: Sequence[str],
        inputs: Sequence[Port],
        parameters: Sequence[str],
        names: frozenset[str] = frozenset(),
    ) -> None:
        """Add the statements of a function, some of them repeated; `names` are those of its variables that are globals of the module."""
        statements = self._all(dict.fromkeys((*repeated, *keys)))
        spans = {span: name for name in parameters for span in self.parameters[name].spans}
        given = frozenset((*(port.variable for port in inputs), *parameters))
        own = given.union(*(local_names(s.source) for s in statements)) - names
        meant = meanings(statements, given, self._outside(), hidden=("report",))
        told: set[int] = set()
        for index, statement in enumerate(statements):
            again = statement.id in repeated and statement.id in self.at_home
            self.at_home.add(statement.id)  # at least where it stands first
            for text in () if again or statement.cell in told else self.prose.get(statement.cell, ()):
                lines = comment(text, "    ")
                if lines:
                    body.add(*([""] if index else []), *lines, origin=statement)
            if not again:
                told.add(statement.cell)
            body.add(*(f"    {line}" for line in meant[statement.id]), origin=statement) if statement.id in meant else None
            self._statement(body, statement, 1, spans, own, again)
            following = statements[index + 1] if index + 1 < len(statements) else None
            if following is None or following.cell != statement.cell:
                self._flush(body, [s for s in statements[: index + 1] if s.cell == statement.cell])
        if any(s.id in self.quiet for s in statements):
            body.add('    plt.close("all")')

    def _outside(self) -> dict[str, str]:
        """Return what imports the names that all stages have, one line for each."""
        shared = {name: f"from {self.plan.package}.{module} import {name}" for name, module in self.shared_names.items()}
        return {"display": DISPLAY, "get_ipython": GET_IPYTHON, **{item.name: item.line for item in self.imports}, **shared}

    def _flush(self, body: Lines, cell: Sequence[Statement]) -> None:
        """Show the figures that a cell leaves open, as the notebook does at a cell's end."""
        drawing = [s for s in cell if "figure" in s.effects.state_written and (self.plots or not s.effects.unknown)]
        if drawing and not _shows(drawing[-1]) and drawing[-1].id not in self.quiet:
            body.add("    plt.show()", origin=drawing[-1])

    def _statement(
        self,
        body: Lines,
        statement: Statement,
        depth: int,
        spans: Mapping[Span, str],
        own: frozenset[str] = frozenset(),
        again: bool = False,
    ) -> None:
        indent = "    " * depth
        if statement.comments and not again:
            body.add(*(f"{indent}{line}" for line in statement.comments.split("\n")), origin=statement)
        source = with_parameters(statement, spans)
        if depth and statement.kind is StatementKind.IMPORT and statement.effects.state_written:
            source = for_its_effect(source)
        if (again or statement.id in self.imported_again) and "rng" in statement.effects.state_written:
            source = within(f"with {SAME_RANDOM_NUMBERS}():", source)
        if depth and statement.shown and not statement.silent and statement.id not in self.hidden:
            certain = self._shows_value(statement)
            keeps = LAST_VALUE in statement.effects.binds
            source = source if certain is False else displayed(source, certain=certain is True, keeps=keeps, show=self.show)
        body.add(*as_block(source, depth, own), origin=statement)

    def _shows_value(self, statement: Statement) -> bool | None:
        """Say whether the cell displays a value: by what it displayed when it was last executed, else by what is known of the expression."""
        cell = self.cells[statement.cell]
        if any(output.get("output_type") == "execute_result" for output in cell.outputs):
            return True
        if self.executed and cell.execution_count is not None:
            return False
        return True if statement.valued else None


def _shows(statement: Statement) -> bool:
    return is_visible(statement) and statement.source.rstrip("; ").endswith(".show()")


def _bound_by(line: str) -> str:
    return (
        line.replace(",", " ").split()[-1].partition(".")[0]
        if " as " in line or line.startswith("from")
        else line.split()[1].partition(".")[0]
    )


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _about(stage: Stage) -> str:
    words = stage.name.replace("_", " ").capitalize()
    return f"{words}: {stage.title}" if stage.title and stage.title.lower() != words.lower() else words


def _scalar_type(parameter: Parameter) -> str:
    return type(parameter.default).__name__
