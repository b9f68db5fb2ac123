"""What is known of a name: the questions that the analysis asks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache, reduce
from typing import Literal, TypeVar

from nbpipe.knowledge.facts import AttributeFact, CallFact, Draws, TypeFact
from nbpipe.knowledge.merging import ALTERNATIVE, merged, merged_attributes
from nbpipe.knowledge.tables import Row, Rows, Table, attribute_fact, call_fact, document, table, type_fact

Key = Literal["str", "list", "mask", "slice", "tuple", "int", "other"]

T = TypeVar("T")

_ARRAYS = ("pandas.DataFrame", "pandas.Series", "pandas.Index", "scipy.sparse.spmatrix", "numpy.ndarray")
_STRONGER = ("pathlib.Path", *_ARRAYS)
_SEQUENCES = frozenset({"builtins.list", "builtins.tuple", "builtins.range"})


@cache
def canonical(name: str) -> str:
    """The public full name of what is imported as `name`: `pandas.core.frame.DataFrame` is `pandas.DataFrame`."""
    renamed: Mapping[str, str] = document("libraries")["canonical"]
    first, *rest = name.split(".")
    for end in range(len(rest), -1, -1):
        if (new := renamed.get(".".join([first, *rest[:end]]))) is not None:
            return ".".join([new, *rest[end:]])
    private = next((index for index, part in enumerate(rest[:-1]) if part.startswith("_")), len(rest))
    return ".".join([first, *rest[:private], *(part for part in rest[private:-1] if part[0].isupper()), *rest[private:][-1:]])


@cache
def _tables_of(root: str) -> tuple[Table, ...]:
    return tuple(table(name) for name, roots in document("libraries")["tables"].items() if root in roots.split())


def _tables(name: str) -> tuple[Table, ...]:
    return _tables_of(name.partition(".")[0])


@cache
def function(name: str) -> CallFact | None:
    """What calling the function or class with this full import name does; None if nothing is known."""
    name = canonical(name)
    tables = _tables(name)
    for found in tables:
        if (row := found.functions.get(name)) is not None:
            return call_fact(name, row)
    if (row := class_row(name)) is not None:
        return call_fact(name, {"returns": name, "result": "holds", **row})
    owner, _, last = name.rpartition(".")
    if class_row(owner) is not None:
        return method(owner, last)
    row = _first(_fitting(found.function_families, name) for found in tables)
    return None if row is None else call_fact(name, row)


def class_row(name: str) -> Row | None:
    """The row of the class with this canonical name, or of a family that it belongs to."""
    tables = _tables(name)
    exact = _first(found.classes.get(name) for found in tables)
    return exact if exact is not None else _first(_fitting(found.class_families, name) for found in tables)


def _first(candidates: Iterator[T | None]) -> T | None:
    return next((candidate for candidate in candidates if candidate is not None), None)


def _fitting(families: Rows, name: str) -> Row | None:
    """The row of the longest pattern that fits, the part after its last dot also to the name's."""
    last = name.rpartition(".")[2]
    patterns = [pattern for pattern in families if fnmatchcase(name, pattern) and fnmatchcase(last, pattern.rpartition(".")[2])]
    return families[max(patterns, key=len)] if patterns else None


@cache
def type(name: str) -> TypeFact | None:
    """What is known of the type with this full name; of alternatives (`a.A | b.B`), what holds for all of them."""
    if ALTERNATIVE in name:
        parts = [type(part) for part in name.split(ALTERNATIVE)]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return TypeFact(name, picklable=all(part.picklable for part in known), immutable=all(part.immutable for part in known))
    name = canonical(name if "." in name else f"builtins.{name}")
    row = class_row(name)
    return None if row is None else type_fact(name, row)


def _lineage(name: str) -> Iterator[str]:
    """The type itself, then its bases."""
    current: str | None = canonical(name)
    while current is not None:
        yield current
        fact = type(current)
        current = fact.base if fact is not None else None


@cache
def method(type_name: str | None, name: str, libraries: frozenset[str] | None = None) -> CallFact | None:
    """What calling the method does on a receiver of this type, or of any type at all if it is None; None if nothing is known.

    Of an unknown receiver the answer fits every type that has such a method: it changes whatever one of them changes. `libraries`, the top-level modules that
    the notebook imports, narrow down which types the receiver can have.
    """
    if type_name is None:
        return _untyped_method(name, libraries)
    if ALTERNATIVE in type_name:
        facts = [fact for part in type_name.split(ALTERNATIVE) if (fact := method(part, name)) is not None]
        return reduce(merged, facts) if facts else None
    for owner in _lineage(type_name):
        if (row := _own(owner, "methods", name)) is not None:
            return _method_fact(f"{owner}.{name}", row, canonical(type_name))
    return None


def _untyped_method(name: str, libraries: frozenset[str] | None) -> CallFact | None:
    usual = document("libraries")["untyped_methods"].get(name)
    owners = usual.split() if usual is not None else _owners(libraries)
    rows = [(owner, row) for owner in owners if (row := _own(owner, "methods", name)) is not None]
    return reduce(merged, (_method_fact(f"{owner}.{name}", row, owner) for owner, row in rows)) if rows else None


def _method_fact(name: str, row: Row, receiver: str) -> CallFact:
    """The row's fact; `draws = "type"` in a row means that it draws as fitting the receiver does."""
    return call_fact(name, {**row, "draws": estimator_draws(receiver)} if row.get("draws") == "type" else row)


@cache
def _owners(libraries: frozenset[str] | None) -> tuple[str, ...]:
    """The types with rows of their own that a value of unknown type may have, where these libraries (None: any) are imported."""
    tables: Mapping[str, str] = document("libraries")["tables"]
    roots = {root for text in tables.values() for root in text.split()} if libraries is None else set(_reached(libraries))
    seen_by_name = set(document("libraries")["seen_by_name"]["types"])
    names = (name for name, text in tables.items() if not roots.isdisjoint(text.split()))
    owners = (owner for name in names for owner in {**table(name).methods, **table(name).attributes})
    return tuple(owner for owner in owners if owner.partition(".")[0] in roots and owner not in seen_by_name)


def _reached(libraries: frozenset[str]) -> Iterator[str]:
    """The libraries, those whose values they hand out, and Python's own types."""
    hand_out: Mapping[str, str] = document("libraries")["hand_out"]
    pending, seen = [*sorted(libraries), "builtins", "types", "io", "IPython"], set[str]()
    while pending:
        library = pending.pop()
        if library not in seen:
            seen.add(library)
            pending += hand_out.get(library, "").split()
            yield library


def _own(owner: str, section: Literal["methods", "attributes", "subscripts"], name: str) -> Row | None:
    """The row that the type itself has, not one of its bases."""
    return _first(getattr(found, section).get(owner, {}).get(name) for found in _tables(owner))


@cache
def attribute(type_name: str | None, name: str, libraries: frozenset[str] | None = None) -> AttributeFact | None:
    """What reading the attribute gives: of a value of this type, of a module, or of any type at all if it is None; None if nothing is known."""
    if type_name is None:
        facts = [
            attribute_fact(f"{owner}.{name}", row) for owner in _owners(libraries) if (row := _own(owner, "attributes", name)) is not None
        ]
        return reduce(merged_attributes, facts) if facts else None
    fact = _of_type("attributes", type_name, name)
    if fact is None and method(type_name, name) is None:
        fact = _of_type("attributes", type_name, "any")  # a table's columns
    return replace(fact, returns=type_name) if fact is not None and fact.returns == "self" else fact


@cache
def subscript(type_name: str | None, key: Key) -> AttributeFact | None:
    """What `value[key]` gives for a value of this type and this kind of key; None if nothing is known."""
    return None if type_name is None else _of_type("subscripts", type_name, key, "any")


@cache
def shares_memory(type_name: str | None) -> bool:
    """Whether a value of this type is a table or an array: what is taken from it, or made of it, shares its memory, and is no object that it holds."""
    libraries = document("libraries")["shared_memory"]["libraries"].split()
    return type_name is not None and all(part.partition(".")[0] in libraries for part in type_name.split(ALTERNATIVE))


def _of_type(section: Literal["attributes", "subscripts"], type_name: str, *names: str) -> AttributeFact | None:
    """What the first of these names that a type has a row for says; of several types, what holds for all that have one."""
    facts = []
    for part in type_name.split(ALTERNATIVE):
        rows = ((f"{owner}.{name}", row) for owner in _lineage(part) for name in names if (row := _own(owner, section, name)) is not None)
        facts += [attribute_fact(name, row) for name, row in rows][:1]
    return reduce(merged_attributes, facts) if facts else None


def estimator_draws(class_name: str, keywords: Mapping[str, object] | None = None) -> Draws:
    """Whether fitting an instance of this class (or splitting with it) draws on numpy's global random stream.

    `keywords` are the arguments of the constructor call by name: literals as what they mean, and any other object for what is not a literal. Without them the
    answer is for any call. With them it is `no` where the call gives a seed, or does not choose the setting that draws (`shuffle=True` of `KFold`).
    """
    row = class_row(canonical(class_name))
    if row is None or "fit_draws" not in row:
        return "no"
    draws: Draws = row["fit_draws"]
    if keywords is None:
        return draws
    if keywords.get(row.get("seed", "")) is not None:
        return "no"
    conditions = [condition.partition("=") for condition in row.get("fit_draws_if", "").split()]
    if conditions and not any(_chosen(keywords, keyword, values.split("|")) for keyword, _, values in conditions):
        return "no"
    return draws


def _chosen(keywords: Mapping[str, object], keyword: str, values: list[str]) -> bool:
    """Whether a call may choose one of these values: `default` is not giving the keyword, `*` any that is given."""
    if keyword not in keywords:
        return "default" in values
    value = keywords[keyword]
    return not isinstance(value, str | int | float | None) or "*" in values or str(value) in values


def resolve(fact: CallFact, receiver: str | None = None, argument: str | None = None) -> str | None:
    """The type of what the call returns, given the types of its receiver and of its first argument; None where that is not known."""
    return _resolved(fact.returns, receiver, argument)


def resolve_items(fact: CallFact, receiver: str | None, arguments: Sequence[str | None]) -> tuple[str | None, ...]:
    """The types of the items of the tuple or list that the call returns, given the types of its positional arguments.

    Empty where not even their number is known.
    """
    if fact.items_per_argument:
        return tuple(argument for argument in arguments for _ in range(fact.items_per_argument))
    return tuple(_resolved(item, receiver, arguments[0] if arguments else None) for item in fact.returns_items)


def _resolved(returns: str | None, receiver: str | None, argument: str | None) -> str | None:
    match returns:
        case "self":
            return receiver
        case "argument":
            return argument
        case "array":
            return "numpy.ndarray" if argument in _SEQUENCES else argument if argument in _ARRAYS else None
        case known:
            return known


def operation(left: str | None, right: str | None) -> str | None:
    """The type of what an operator gives between values of these types: a frame if one side is a frame, and so on; None where that is not known."""
    sides = {name for side in (left, right) if side is not None for name in side.split(ALTERNATIVE)}
    return next((name for name in _STRONGER if name in sides), None)


def import_effects(name: str) -> bool:
    """Whether importing the module, or the name from it, is done for its effect: it must stay even where nothing uses the name."""
    name = canonical(name)
    return any(fnmatchcase(name, pattern) for pattern in document("libraries")["import_effects"]["names"])
