"""Abstract values: what the analysis knows of a value without running anything, and which objects in memory it may be."""

import ast
from dataclasses import dataclass, field
from typing import Any, TypeVar

UNKNOWN_CONSTANT: Any = object()
Scope = dict[str, "Value"]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Definition:
    """A function, lambda or class that the notebook defines, with the scopes around it."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
    scopes: tuple[Scope, ...] = ()

    @property
    def importable(self) -> bool:
        """True where a module can hold it, so that pickle finds it by name."""
        return not isinstance(self.node, ast.Lambda) and not self.scopes


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression may evaluate to.

    `type` is a canonical type name or None; `objects` are the places in memory that it may be (none for immutable values); `target` is the import path where it is
    a library's module, function or class; `definitions` are the notebook's own functions and classes that it may be; `items` the parts of a tuple of
    known length; `constant` its value where it is a literal; `state` the shared state that changing it changes (`plt.rcParams`); `artist` says that
    showing it shows only the repr of a drawing; `made` numbers the operations that made it; `texts` are the items of a list of literal texts, as it was made.
    """

    type: str | None = None
    objects: frozenset[int] = frozenset()
    target: str | None = None
    definitions: tuple[Definition, ...] = ()
    receiver: frozenset[int] = frozenset()
    items: tuple["Value", ...] = ()
    constant: Any = UNKNOWN_CONSTANT
    state: str = ""
    artist: bool = False
    made: frozenset[int] = frozenset()
    texts: tuple[str, ...] = ()

    def join(self, other: "Value") -> "Value":
        """Return what is known where it may be this value or the other."""
        if self is other:
            return self
        for one, nothing in ((self, other), (other, self)):  # `try: import x` with `x = None` where there is none
            if one.target is not None and nothing.constant is None and nothing.type == "builtins.NoneType":
                return one
        return Value(
            type=self.type if self.type == other.type else None,
            objects=self.objects | other.objects,
            target=self.target if self.target == other.target else None,
            definitions=tuple(dict.fromkeys(self.definitions + other.definitions)),
            receiver=self.receiver | other.receiver,
            state=self.state or other.state,
            made=self.made | other.made,
        )


NOTHING = Value(type="builtins.NoneType", constant=None)


@dataclass
class Heap:
    """The objects that the notebook may have made, and how they hang together.

    An object may *hold* others (a list its items, a pipeline its steps) and *view* others (they share memory). What was *taken* from an object of which one does
    not know what it holds may be held by it.
    """

    count: int = 0
    holds: dict[int, set[int]] = field(default_factory=dict)
    held_by: dict[int, set[int]] = field(default_factory=dict)
    views: dict[int, set[int]] = field(default_factory=dict)
    taken: dict[int, set[int]] = field(default_factory=dict)
    types: dict[int, str] = field(default_factory=dict)
    unpicklable: set[int] = field(default_factory=set)
    drawing: set[int] = field(default_factory=set)
    definitions: dict[int, set[Definition]] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)

    def copy(self) -> "Heap":
        """Return a heap of its own with the same objects."""
        return Heap(
            self.count,
            _copied(self.holds),
            _copied(self.held_by),
            _copied(self.views),
            _copied(self.taken),
            dict(self.types),
            set(self.unpicklable),
            set(self.drawing),
            _copied(self.definitions),
            set(self.changed),
        )

    def new(self, type_name: str | None = None, holds: frozenset[int] = frozenset(), views: frozenset[int] = frozenset()) -> Value:
        """Make an object of a type that holds, or views, others."""
        self.count += 1
        made = self.count
        if type_name:
            self.types[made] = type_name
        if holds:
            self.hold(frozenset({made}), holds)
        for other in views:
            self.views.setdefault(made, set()).add(other)
            self.views.setdefault(other, set()).add(made)
        return Value(type=type_name, objects=frozenset({made}))

    def hold(self, containers: frozenset[int], items: frozenset[int]) -> None:
        """Record that each container may hold the items from now on."""
        for container in containers:
            self.holds.setdefault(container, set()).update(items)
        for item in items:
            self.held_by.setdefault(item, set()).update(containers)

    def take(self, containers: frozenset[int], items: frozenset[int]) -> None:
        """Record that the items were taken from the containers, which may hold them."""
        for item in items:
            self.taken.setdefault(item, set()).update(containers)

    def parts(self, objects: frozenset[int]) -> set[int]:
        """Return the objects and all that they hold, directly or not."""
        return _closure(objects, self.holds)

    def contents(self, objects: frozenset[int]) -> set[int]:
        """Return what may come out of iterating over the objects: their parts, and those of what they view."""
        return _closure(objects, self.holds, self.views)

    def holders(self, objects: set[int] | frozenset[int], elements: bool) -> set[int]:
        """Return every object through which a change of the objects can be seen; views see only changes of elements."""
        return _closure(objects, self.held_by, self.views) if elements else _closure(objects, self.held_by)

    def containers(self, objects: frozenset[int]) -> set[int]:
        """Return what the objects were taken from, and what holds that: they may all see a change of the objects themselves."""
        return _closure(objects, self.taken, self.held_by)

    def draws(self, objects: frozenset[int]) -> bool:
        """Say whether fitting the objects (or what they hold) may draw on the global random stream."""
        return bool(self.drawing) and not self.drawing.isdisjoint(self.contents(objects))

    def types_in(self, objects: frozenset[int]) -> set[str]:
        """Return the known types of the objects and of what may come out of them."""
        return {self.types[place] for place in self.contents(objects) if place in self.types}

    def held_definitions(self, objects: frozenset[int]) -> list[Definition]:
        """Return the notebook's functions that the objects keep, and may call."""
        if not self.definitions:
            return []
        found = dict.fromkeys(d for part in sorted(self.parts(objects)) for d in self.definitions.get(part, ()))
        return list(found)


def _copied(sets: dict[int, set[T]]) -> dict[int, set[T]]:
    return {place: set(members) for place, members in sets.items()}


def _closure(start: set[int] | frozenset[int], *relations: dict[int, set[int]]) -> set[int]:
    seen = set(start)
    todo = list(start)
    while todo:
        current = todo.pop()
        for relation in relations:
            for other in relation.get(current, ()):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
    return seen
