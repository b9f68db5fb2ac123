"""Recording what operations do with data: what went in, and what came out."""

import ast
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace

from nbpipe.analysis.memory import Memory
from nbpipe.analysis.statements import node_span
from nbpipe.analysis.values import NOTHING, UNKNOWN_CONSTANT, Definition, Value
from nbpipe.model.finding import Span
from nbpipe.model.flow import Operation

_OPERATORS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.JoinedStr, ast.Await, ast.Starred)
_CONTAINERS = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_COLUMN_TYPES = ("builtins.str", "builtins.list", "pandas.Index", "builtins.tuple")


class Recorder:
    """Evaluates expressions by `value_of`, and records the operations in them."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.at = Span(0)  # the top-level statement
        self.lines: list[str] = []  # those of its cell
        self.stack: list[Definition] = []  # the notebook's functions that are being followed
        self._given: list[Value] = []  # what functions gave that were handed to the call
        self._parts: list[tuple[int, ...]] = []  # what was evaluated within the expression, one after another

    @abstractmethod
    def value_of(self, node: ast.expr) -> Value:
        """Return the abstract value of an expression."""

    def evaluate(self, node: ast.expr | None) -> Value:
        """Return the abstract value of an expression, and record the operations in it."""
        if node is None:
            return NOTHING
        outer, self._parts = self._parts, []
        value = self.value_of(node)
        parts, self._parts = self._parts, outer
        if not value.made and (any(parts) or _is_empty(node)) and (name := self._name(node)):
            value = self._record(node, name, {str(position): part for position, part in enumerate(parts) if part}, value)
        self._parts.append(self.current(value))
        return value

    def current(self, value: Value) -> tuple[int, ...]:
        """Return the numbers that stand for a value now."""
        made = value.made or [self.memory.instances[place] for place in value.objects if place in self.memory.instances]
        return tuple(sorted({self._newest(number) for number in made}))

    def _newest(self, number: int) -> int:
        while number in self.memory.newer:
            number = self.memory.newer[number]
        return number

    def _name(self, node: ast.expr) -> str:
        match node:
            case ast.Attribute(attr=name):
                return f".{name}"
            case ast.Subscript(slice=index):
                return "[columns]" if self._takes_columns(index) else "[rows]"
        if isinstance(node, _OPERATORS):
            return "operator"
        return "container" if isinstance(node, _CONTAINERS) else ""

    def _takes_columns(self, index: ast.expr) -> bool:
        """Say whether a subscript takes all rows of a table: of a name of a column, a list of such names, or `[:, ...]`."""
        match index:
            case ast.Constant(value=str()):
                return True
            case ast.Tuple(elts=[ast.Slice(lower=None, upper=None, step=None), *_]):
                return True
            case ast.List(elts=elements):
                return all(not isinstance(element, ast.Constant) or isinstance(element.value, str) for element in elements)
            case ast.Name(id=name):
                value = self.memory.peek(name)
                return value is not None and value.type in _COLUMN_TYPES
            case ast.BinOp(op=ast.Add()):
                return True
            case ast.Attribute(attr="columns") | ast.Subscript(value=ast.Attribute(attr="columns")):
                return True
        return False

    def texts_of(self, value: Value | None) -> tuple[str, ...]:
        """Return the items of a list of literal texts that nothing has changed since it was made, or of one text."""
        if value is None or not self.memory.heap.changed.isdisjoint(value.objects):
            return ()
        return (value.constant,) if isinstance(value.constant, str) else value.texts

    def _columns(self, node: ast.expr) -> tuple[str, ...]:
        """Return the names of the columns that a subscript takes out, where they are literal."""
        match node:
            case ast.Subscript(slice=ast.Tuple(elts=[_, index])):
                return self._names(index)
            case ast.Subscript(value=ast.Attribute(attr="loc" | "iloc" | "at" | "iat")):
                return ()
            case ast.Subscript(slice=index):
                return self._names(index)
        return ()

    def _columns_set(self, target: ast.expr) -> tuple[str, ...]:
        """Return the names of the columns that are set in something that has a name, where they are literal."""
        match target:
            case ast.Attribute(value=ast.Name(), attr=name):
                return (name,)
            case ast.Subscript(value=ast.Name() | ast.Attribute(value=ast.Name(), attr="loc" | "at")):
                return self._columns(target)
        return ()

    def _names(self, index: ast.expr) -> tuple[str, ...]:
        match index:
            case ast.Constant(value=str(name)):
                return (name,)
            case ast.List(elts=elements):
                names = tuple(e.value for e in elements if isinstance(e, ast.Constant) and isinstance(e.value, str))
                return names if len(names) == len(elements) else ()
            case ast.Name(id=name):
                return self.texts_of(self.memory.peek(name))
        return ()

    def _record(
        self,
        node: ast.expr,
        name: str,
        inputs: Mapping[str, tuple[int, ...]],
        result: Value,
        constants: Mapping[str, Value] | None = None,
        changed: Sequence[int] = (),
        gives_self: bool = False,
    ) -> Value:
        """Record an operation, and return its result as made by it."""
        made = self._number()
        new = {index: self._number() for index, item in enumerate(result.items) if not item.made}
        items = tuple(replace(item, made=frozenset({new[index]})) if index in new else item for index, item in enumerate(result.items))
        operation = Operation(
            made,
            name,
            self.at if self.stack else node_span(node, self.at.cell, self.lines),
            tuple((role, numbers) for role, numbers in inputs.items() if numbers),
            tuple((role, value.constant) for role, value in (constants or {}).items() if _is_scalar(value.constant)),
            tuple(new.values()),
            self._number() if changed else 0,
            self._columns_set(node) if name == "store" else self._columns(node),
        )
        self.memory.trace.operations.append(operation)
        self.memory.newer.update((number, operation.changes) for number in changed)
        return replace(result, made=frozenset({operation.changes if gives_self else made}), items=items)

    def _number(self) -> int:
        self.memory.made += 1
        return self.memory.made

    def called(
        self, node: ast.Call, name: str, receiver: Value | None, arguments: Mapping[str, Value], changes: bool, result: Value
    ) -> Value:
        """Record a call. What functions give that were handed to it goes into its result."""
        inputs = {role: self.current(value) for role, value in arguments.items()}
        inputs["function"] = tuple(number for value in self._given for number in self.current(value))
        self._given = []
        changed: tuple[int, ...] = ()
        if receiver is not None:
            inputs = {"self": self.current(receiver), **inputs}
            changed = (*inputs["self"], *self._whole(node.func)) if changes else ()
        gives_self = bool(changed) and receiver is not None and result.objects == receiver.objects
        return self._record(node, name, inputs, result, arguments, changed, gives_self)

    def _whole(self, part: ast.expr) -> tuple[int, ...]:
        """Return the numbers of the named value of which an expression is a part: `df` of `df["a"].fillna`."""
        while isinstance(part, ast.Attribute | ast.Subscript):
            part = part.value
        named = self.memory.peek(part.id) if isinstance(part, ast.Name) else None
        return self.current(named) if named is not None else ()

    def stored(self, target: ast.Attribute | ast.Subscript, owner: Value, value: Value) -> None:
        """Record that a value is put into something."""
        changed = self._whole(target) or self.current(owner)
        if changed:
            self._record(target, "store", {"self": changed, "0": self.current(value)}, NOTHING, changed=changed)

    def item(self, target: ast.expr, value: Value, position: int) -> Value:
        """Record that an item is taken out of something of unknown length."""
        if not value.made:
            return value
        index = {"0": Value(constant=position)}
        return self._record(target, "item", {"self": self.current(value)}, replace(value, made=frozenset()), index)

    def combined(self, node: ast.expr, result: Value, *values: Value) -> Value:
        """Record that a value is made of others by an operator."""
        return self._record(node, "operator", {str(position): self.current(value) for position, value in enumerate(values)}, result)

    def instance(self, made: Value) -> None:
        """Record that an object of a class of the notebook's own is made."""
        number = self._number()
        self.memory.instances.update((place, number) for place in made.objects)


def _is_empty(node: ast.expr) -> bool:
    """Say whether an expression makes a container that has nothing in it yet, but may be filled."""
    return (isinstance(node, ast.List) and not node.elts) or (isinstance(node, ast.Dict) and not node.values)


def _is_scalar(constant: object) -> bool:
    return constant is not UNKNOWN_CONSTANT and (constant is None or isinstance(constant, str | int | float | bool))
