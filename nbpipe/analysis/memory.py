"""The names of the notebook and the memory behind them, and the rules by which reading and changing one affects the others."""

import builtins
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from nbpipe import knowledge
from nbpipe.analysis.trace import Trace
from nbpipe.analysis.values import Definition, Heap, Scope, Value
from nbpipe.model.flow import Share

BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__"}
NOTEBOOK_NAMES = frozenset({"display", "get_ipython", "In", "Out", "__", "___", "exit", "quit"})

NO_SIBLINGS: Mapping[str, Sequence[str]] = MappingProxyType({})


class Memory:
    """Global names, in layers (a branch that may not be taken is a layer), local scopes of functions that run, and the heap."""

    def __init__(self, implied: Scope | None = None, siblings: Mapping[str, Sequence[str]] = NO_SIBLINGS) -> None:
        self.heap = Heap()
        self.implied = implied or {}  # what the translations of magics import: not names of the notebook
        self.siblings = siblings  # what of the session's state the modules beside the notebook change when they are imported
        self.layers: list[Scope] = [{}]
        self.locals: list[Scope] = []
        self.names_of: dict[int, set[str]] = {}
        self.stars: list[str] = []
        self.trace = Trace()
        self.made = 0  # how many operations have made something
        self.newer: dict[int, int] = {}  # what stands for the result of an operation since it was changed in place
        self.instances: dict[int, int] = {}  # the operation that stands for an object of the notebook's own classes

    def copy(self) -> "Memory":
        """Return the memory as it is between two statements, for another analysis to go on with; values, and scopes of functions that have run, never change."""
        other = Memory(self.implied, self.siblings)
        other.heap = self.heap.copy()
        other.layers = [dict(layer) for layer in self.layers]
        other.names_of = {place: set(names) for place, names in self.names_of.items()}
        other.stars = list(self.stars)
        other.made = self.made
        other.newer, other.instances = dict(self.newer), dict(self.instances)
        return other

    # names

    def global_value(self, name: str) -> Value | None:
        """Return what a global name may be, or None where nothing has bound it."""
        for layer in reversed(self.layers):
            if name in layer:
                return layer[name]
        return None

    def peek(self, name: str) -> Value | None:
        """Return what a name is bound to here, without reading it, or None."""
        for scope in reversed(self.locals):
            if name in scope:
                return scope[name]
        return self.global_value(name)

    def read(self, name: str) -> Value:
        """Read a name, as an expression does."""
        for scope in reversed(self.locals):
            if name in scope:
                return scope[name]
        value = self.global_value(name)
        if value is None and name in BUILTINS:
            return Value(target=f"builtins.{name}")
        if value is None and name in self.implied:
            return self.implied[name]
        if name not in self.trace.bound:
            self.trace.reads.setdefault(name)
        if value is not None:
            return value
        if name in NOTEBOOK_NAMES:
            return Value(target=f"IPython.display.{name}" if name == "display" else f"IPython.{name}")
        for module in reversed(self.stars):
            if knowledge.function(f"{module}.{name}") is not None:
                return Value(target=f"{module}.{name}")
        if not self.locals and not self.stars:
            self.trace.undefined.setdefault(name)
        return self.heap.new()

    def bind(self, name: str, value: Value, everywhere: bool = False) -> None:
        """Bind a name: in the innermost scope, or (`everywhere`: a `global` statement) in the notebook."""
        if self.locals and not everywhere:
            self.locals[-1][name] = value
            return
        self.layers[-1][name] = value
        for place in value.objects:
            self.names_of.setdefault(place, set()).add(name)
        self.trace.binds.setdefault(name)
        if not self.locals:
            self.trace.bound.setdefault(name)

    def delete(self, name: str) -> None:
        """Forget a name."""
        if self.locals and name in self.locals[-1]:
            del self.locals[-1][name]
            return
        self.trace.deletes.setdefault(name)
        for layer in self.layers:
            layer.pop(name, None)

    # branches

    def branch(self) -> None:
        """Begin a piece of code that may not be executed."""
        self.layers.append({})

    def merge(self) -> Scope:
        """End it: return what it bound. The caller joins it with what was there before."""
        return self.layers.pop()

    def join(self, branches: Iterable[Scope], complete: bool) -> None:
        """Join what alternative branches bound. `complete` says that one of them is executed in any case."""
        branches = list(branches)
        for name in dict.fromkeys(n for branch in branches for n in branch):
            values = [branch[name] for branch in branches if name in branch]
            certain = complete and len(values) == len(branches)
            before = None if certain else self.global_value(name)
            joined = values[0]
            for value in [*values[1:], *([before] if before is not None else [])]:
                joined = joined.join(value)
            if certain:
                self.bind(name, joined)
            else:
                self._bind_perhaps(name, joined, known_before=before is not None)

    def _bind_perhaps(self, name: str, value: Value, known_before: bool) -> None:
        """Bind a name that a branch may not bind: then it keeps its old value, which counts as read."""
        certain = name in self.trace.bound
        self.bind(name, value)
        if not certain:
            self.trace.bound.pop(name, None)
            if known_before:
                self.trace.reads.setdefault(name)

    # changes

    def mutate(self, value: Value, elements: bool = False, deep: bool = False) -> None:
        """Change a value in place: every name through which the change can be seen is mutated."""
        if value.state:
            self.trace.state_written.setdefault(value.state)
        if not value.objects:
            return
        self.heap.changed |= value.objects
        changed: set[int] | frozenset[int] = self.heap.parts(value.objects) if deep else value.objects
        seen = self.heap.holders(changed, elements)
        if not knowledge.shares_memory(value.type):
            seen |= self.heap.containers(value.objects)
        for place in seen:
            for name in sorted(self.names_of.get(place, ())):
                current = self.global_value(name)
                if current is not None and place in current.objects and name not in self.trace.bound:
                    self.trace.mutates.setdefault(name)

    def shares(self, names: Iterable[str]) -> tuple[Share, ...]:
        """Return with which other names each of these shares memory now."""
        found: dict[Share, None] = {}
        for name in names:
            value = self.global_value(name)
            if value is None or not value.objects:
                continue
            parts = self.heap.parts(value.objects)
            same = parts | self.heap.holders(value.objects, elements=False)
            for place in sorted(same):
                self._share(name, place, False, found)
            for place in sorted(self.heap.holders(parts, elements=True) - same):
                self._share(name, place, True, found)
        return tuple(found)

    def _share(self, name: str, place: int, view: bool, found: dict[Share, None]) -> None:
        for other in sorted(self.names_of.get(place, ())):
            current = self.global_value(other)
            if other != name and current is not None and place in current.objects and Share(name, other) not in found:
                found.setdefault(Share(name, other, view))

    def fixed(self, value: Value) -> bool:
        """Say whether a value cannot be pickled: it is, or holds, a lambda, a module, an open file and the like."""
        if value.type == "module" or any(not definition.importable for definition in value.definitions):
            return True
        parts = self.heap.parts(value.objects)
        if not self.heap.unpicklable.isdisjoint(parts):
            return True
        return any(not definition.importable for definition in self.heap.held_definitions(value.objects))

    def keep(self, container: Value, items: Iterable[Value]) -> None:
        """Record that a container keeps references to the items."""
        for item in items:
            if item.objects:
                self.heap.hold(container.objects, item.objects)
            self.keep_definitions(container, item.definitions)
            if item.items:
                self.keep(container, item.items)

    def keep_definitions(self, container: Value, definitions: Iterable[Definition]) -> None:
        """Record that a container keeps functions of the notebook, which it may call later."""
        for place in container.objects:
            self.heap.definitions.setdefault(place, set()).update(definitions)
