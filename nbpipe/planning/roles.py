"""What can leave the stages: imports, functions, constants and settings that are shared, and cheap statements that are simply repeated."""

import ast
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from nbpipe.analysis.memory import BUILTINS, NOTEBOOK_NAMES
from nbpipe.model.flow import FlowGraph, Scalar, Statement, StatementKind
from nbpipe.notebook.source import parse
from nbpipe.planning.ties import couplings

SETTINGS = frozenset({"options", "warnings", "path", "env", "cwd", "clock"})
CONSUMED = frozenset(f"builtins.{name}" for name in ("zip", "map", "filter", "enumerate", "reversed")) | {"types.GeneratorType"}
REPEATABLE_CALLS = frozenset({"re.compile", "pathlib.Path", "pandas.Timestamp", "datetime.date", "datetime.datetime"}) | frozenset(
    f"builtins.{name}" for name in ("list", "dict", "set", "tuple", "range", "len", "str", "int", "float", "bool", "sorted")
)
TUNED = re.compile(
    r"seed|size|rate|ratio|frac|num|count|thresh|alpha|beta|gamma|lambda|epoch|batch|depth|estimators|cluster|neighbo|component|fold|split|limit|"
    r"max|min|window|lag|horizon|steps?|iter|path|file|dir|folder|url|date|top|cutoff|degree|tol|^n_|^k$|^cv$|_k$|^c$|quantile|percent",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Roles:
    """Which statements are shared by all stages, by kind; `available` are the names that every stage has without a port.

    `tuned` are the constants that become parameters: shared modules never read them. `repeatable` are cheap statements without effects, which a
    stage may execute again instead of being given their values.
    """

    imports: frozenset[str]
    functions: frozenset[str]
    classes: frozenset[str]
    constants: frozenset[str]
    tuned: frozenset[str]
    settings: frozenset[str]
    available: frozenset[str]
    repeatable: frozenset[str]

    @property
    def shared(self) -> frozenset[str]:
        """The ids of all statements that leave the stages."""
        return self.imports | self.functions | self.classes | self.constants | self.settings


def find_roles(graph: FlowGraph, tagged: frozenset[int] = frozenset()) -> Roles:
    """Return the roles of the statements of a graph; `tagged` are the cells whose constants a person calls parameters."""
    statements = graph.statements
    stable = _stable_names(statements)
    imports = {s.id: s for s in statements if s.kind is StatementKind.IMPORT and _importable(s, statements, stable)}
    constants = {s.id: s for s in statements if _constant(s) is not None and set(s.effects.binds) <= stable}
    tuned = _tuned(constants.values(), _captured(statements, stable), tagged)
    shared = {name for s in (*imports.values(), *constants.values()) if s.id not in tuned for name in s.effects.binds}
    for s in statements:  # what is made of constants alone is one too
        if s.id not in constants and _is_computed_constant(s, stable) and set(s.effects.reads) <= shared:
            constants[s.id] = s
            shared.update(s.effects.binds)
    available = shared | {name for key in tuned for name in constants[key].effects.binds}
    definitions = _hoistable(statements, stable, available)
    for definition in definitions.values():
        available.update(definition.effects.binds)
    settings = _settings(statements, available)
    return Roles(
        imports=frozenset(imports),
        functions=frozenset(s.id for s in definitions.values() if s.kind is StatementKind.FUNCTION),
        classes=frozenset(s.id for s in definitions.values() if s.kind is StatementKind.CLASS),
        constants=frozenset(constants),
        tuned=tuned,
        settings=frozenset(settings),
        available=frozenset(available),
        repeatable=_repeatable(statements, frozenset(available)),
    )


def imports_alone(roles: Roles, graph: FlowGraph) -> Roles:
    """Return the roles where nothing but imports may leave the stage: code looks all other names up among the globals of its module."""
    names = frozenset(name for s in graph.statements if s.id in roles.imports for name in s.effects.binds)
    settings = frozenset(s.id for s in graph.statements if s.id in roles.settings and names.issuperset(s.effects.reads))
    nothing: frozenset[str] = frozenset()
    return Roles(roles.imports, nothing, nothing, nothing, nothing, settings, available=names, repeatable=nothing)


def _stable_names(statements: tuple[Statement, ...]) -> set[str]:
    """Return the names that are bound once and never changed or deleted."""
    bound = Counter(name for s in statements for name in s.effects.binds)
    touched = {name for s in statements for name in (*s.effects.mutates, *s.effects.deletes)}
    return {name for name, count in bound.items() if count == 1} - touched


def _importable(statement: Statement, statements: tuple[Statement, ...], stable: set[str]) -> bool:
    """Say whether an import can move to the top of a module: it does nothing else, and its names are never anything else."""
    names = set(statement.effects.binds)
    if statement.effects.state_written:
        return False
    if names <= stable:
        return True
    rivals = [s for s in statements if s is not statement and names & {*s.effects.binds, *s.effects.mutates, *s.effects.deletes}]
    return all(rival.kind is StatementKind.IMPORT and _imported(rival, names) == _imported(statement, names) for rival in rivals)


def _imported(statement: Statement, names: set[str]) -> set[tuple[str, str]]:
    node = parse(statement.source).body[0]
    if isinstance(node, ast.Import):
        pairs = {(a.asname or a.name.partition(".")[0], a.name if a.asname else a.name.partition(".")[0]) for a in node.names}
    elif isinstance(node, ast.ImportFrom):
        pairs = {(a.asname or a.name, f"{'.' * node.level}{node.module}.{a.name}") for a in node.names}
    else:
        pairs = set()
    return {pair for pair in pairs if pair[0] in names}


def _constant(statement: Statement) -> object | None:
    """Return the literal that a statement gives to names, or None."""
    return _literal(statement.source) if statement.kind is StatementKind.ASSIGN else None


@lru_cache(maxsize=8192)
def _literal(source: str) -> object | None:
    """Return the literal that an assignment gives to names, or None."""
    node = parse(source).body[0]
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return None
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if not all(isinstance(target, ast.Name) for target in targets):
        return None
    try:
        value: object = ast.literal_eval(node.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return value


def _is_computed_constant(statement: Statement, stable: set[str]) -> bool:
    """Say whether a statement computes something cheap, as `re.compile` does: a constant, if it reads constants alone."""
    if statement.kind is not StatementKind.ASSIGN or not _is_cheap(statement) or "lambda" in statement.source:
        return False
    return set(statement.effects.binds) <= stable


def _captured(statements: tuple[Statement, ...], stable: set[str]) -> set[str]:
    """Return the names that shared modules may read: those of definitions and settings, and what these names are computed from."""
    captured: set[str] = set()
    for statement in reversed(statements):
        shared = statement.kind in (StatementKind.FUNCTION, StatementKind.CLASS) or is_setting(statement)
        computed = _is_computed_constant(statement, stable) and not captured.isdisjoint(statement.effects.binds)
        if shared or computed:
            captured.update(statement.free, statement.effects.reads)
    return captured


def _tuned(constants: Iterable[Statement], captured: set[str], tagged: frozenset[int]) -> frozenset[str]:
    """Return the constants that are parameters: scalars whose names, or whose cell's tag, say that people tune them."""
    found: set[str] = set()
    for statement in constants:
        if scalar_constant(statement) is None:
            continue
        (name,) = statement.effects.binds
        called = statement.cell in tagged or name.isupper() or TUNED.search(name)
        if called and name not in captured and not name.startswith("_"):
            found.add(statement.id)
    return frozenset(found)


def scalar_constant(statement: Statement) -> Scalar | None:
    """Return the number or text that a statement gives to one name, or None."""
    value = _constant(statement)
    return value if isinstance(value, str | int | float | bool) and len(statement.effects.binds) == 1 else None


def _hoistable(statements: tuple[Statement, ...], stable: set[str], available: set[str]) -> dict[str, Statement]:
    """Return the functions and classes that read nothing but what is available everywhere, each other included."""
    candidates = {
        s.id: s
        for s in statements
        if s.kind in (StatementKind.FUNCTION, StatementKind.CLASS)
        and set(s.effects.binds) <= stable
        and not s.effects.prints
        and not s.effects.state_written
    }
    while True:
        names = available | {name for s in candidates.values() for name in s.effects.binds} | BUILTINS | {"display", "get_ipython"}
        refused = [key for key, s in candidates.items() if not {*s.free, *s.effects.reads} <= names]
        if not refused:
            return candidates
        for key in refused:
            del candidates[key]


def _settings(statements: tuple[Statement, ...], available: set[str]) -> list[str]:
    """Return the settings that can be applied before everything else: nothing that they could change comes before them."""
    found = []
    for statement in statements:
        effects = statement.effects
        if is_setting(statement):
            if set(effects.reads) <= available and "cwd" not in effects.state_written:
                found.append(statement.id)
            continue
        if statement.kind is StatementKind.IMPORT and effects.state_written:
            break  # what a module changes when it is imported may be changed again below
        quiet = statement.kind in (StatementKind.IMPORT, StatementKind.FUNCTION, StatementKind.CLASS) or not (
            effects.prints or effects.unknown or effects.files_read or effects.state_written or statement.shown or statement.calls
        )
        if not quiet:
            break
    return found


def is_setting(statement: Statement) -> bool:
    """Say whether all that a statement does is to change options of the session, as the import of a module of one's own may do, too."""
    effects = statement.effects
    binds = effects.binds if statement.kind is not StatementKind.IMPORT else ()
    written = set(effects.state_written)
    return (
        bool(written)
        and written <= SETTINGS - {"clock"}
        and not (binds or effects.mutates or effects.deletes or effects.files_read or effects.files_written or effects.prints)
        and statement.kind is not StatementKind.COMPOUND
    )


def brings_settings(statement: Statement) -> bool:
    """Say whether an import changes options of the session, whatever else it does."""
    return statement.kind is StatementKind.IMPORT and not (SETTINGS - {"clock"}).isdisjoint(statement.effects.state_written)


def _repeatable(statements: tuple[Statement, ...], available: frozenset[str]) -> frozenset[str]:
    """Return cheap statements without effects that only need what is available, or what no other kind of statement makes."""
    found: dict[str, Statement] = {}
    cheap: set[str] = set(available) | BUILTINS | NOTEBOOK_NAMES
    for statement in statements:
        bound = set(statement.effects.binds) <= set(statement.certain) or statement.kind is StatementKind.COMPOUND
        if _is_cheap(statement) and set(statement.effects.reads) <= cheap and bound:
            found[statement.id] = statement
            cheap.update(statement.effects.binds)
        else:
            cheap.difference_update(name for name in (*statement.effects.binds, *statement.effects.mutates) if name not in available)
    coupled = {name for _, _, one, other, _ in couplings(statements) for name in (one, other)} - available
    found = {key: s for key, s in found.items() if coupled.isdisjoint(s.effects.binds)}  # made anew, it would be another object
    while True:  # repeating one repeats what it needs, which must not hide what others make of the same names
        others = {name for s in statements if s.id not in found for name in (*s.effects.binds, *s.effects.mutates)} - available
        refused = [key for key, s in found.items() if not others.isdisjoint(s.effects.reads)]
        if not refused:
            return frozenset(found)
        for key in refused:
            del found[key]


def _tries_imports(statement: Statement) -> bool:
    """Say whether a statement only tries to import, and binds constants where that fails."""
    node = parse(statement.source).body[0]
    if not isinstance(node, ast.Try) or statement.effects.prints or statement.effects.mutates:
        return False
    inside = [*node.body, *(inner for handler in node.handlers for inner in handler.body), *node.orelse, *node.finalbody]
    return all(
        isinstance(inner, ast.Import | ast.ImportFrom | ast.Pass)
        or (isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Constant))
        for inner in inside
    )


def _is_cheap(statement: Statement) -> bool:
    effects = statement.effects
    if statement.kind in (StatementKind.FUNCTION, StatementKind.CLASS, StatementKind.IMPORT):
        return not (effects.prints or effects.mutates)
    if statement.kind is StatementKind.COMPOUND:
        return _tries_imports(statement)
    if any(kind in CONSUMED for _, kind in statement.types):
        return False  # made anew, it would begin anew
    nothing_else = not (effects.mutates or effects.deletes or effects.files_read or effects.files_written)
    silent = not (effects.state_written or effects.prints or effects.unknown)
    cheap = all(call in REPEATABLE_CALLS or call.startswith("builtins.str.") for call in statement.calls)
    return statement.kind is StatementKind.ASSIGN and nothing_else and silent and cheap and bool(effects.binds)
