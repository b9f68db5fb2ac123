"""Evaluating expressions on abstract values."""

import ast
import re
from abc import abstractmethod
from dataclasses import replace

from nbpipe import knowledge
from nbpipe.analysis.recording import Recorder
from nbpipe.analysis.values import UNKNOWN_CONSTANT, Definition, Value

_DISPLAY_TYPES: dict[type[ast.expr], str] = {
    ast.List: "builtins.list",
    ast.Set: "builtins.set",
    ast.ListComp: "builtins.list",
    ast.SetComp: "builtins.set",
    ast.GeneratorExp: "types.GeneratorType",
    ast.DictComp: "builtins.dict",
}
_NUMBERS = ("builtins.int", "builtins.float", "builtins.bool", "builtins.complex")
NAME = re.compile(r"[A-Za-z_]\w*")


class Expressions(Recorder):
    """Evaluates expressions; what they do to names and memory is recorded in the memory's trace."""

    @abstractmethod
    def call(self, node: ast.Call) -> Value:
        """Evaluate a call."""

    def value_of(self, node: ast.expr) -> Value:
        """Return the abstract value of an expression."""
        match node:
            case ast.Name(id=name):
                return self.memory.read(name)
            case ast.Constant(value=constant):
                return Value(type=f"builtins.{type(constant).__name__}", constant=constant)
            case ast.Attribute(value=base, attr=attribute):
                return self.attribute(self.evaluate(base), attribute)
            case ast.Call():
                return self.call(node)
            case ast.Subscript(value=base, slice=index):
                return self._subscript(self.evaluate(base), index)
            case ast.Tuple(elts=elements):
                return self._tuple([self.evaluate(element) for element in elements])
            case ast.List(elts=elements) | ast.Set(elts=elements):
                return self._container(_DISPLAY_TYPES[type(node)], [self.evaluate(element) for element in elements])
            case ast.Dict(keys=keys, values=values):
                items = [self.evaluate(value) for value in (*(key for key in keys if key), *values)]
                return self._container("builtins.dict", items)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node)
            case ast.Lambda():
                return self.lambda_(node)
            case ast.NamedExpr(target=ast.Name(id=name), value=inner):
                value = self.evaluate(inner)
                self.memory.bind(name, value)
                return value
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.evaluate(test)
                return self.evaluate(body).join(self.evaluate(orelse))
            case ast.BoolOp(values=values):
                first, *rest = [self.evaluate(value) for value in values]
                for value in rest:
                    first = first.join(value)
                return first
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(self.evaluate(left), op, self.evaluate(right))
            case ast.JoinedStr(values=values):
                return self._joined([self.evaluate(value) for value in values])
            case ast.FormattedValue(value=inner, format_spec=spec):
                value = self.evaluate(inner)
                self.evaluate(spec)
                return value if spec is None else Value(type="builtins.str")
            case ast.Await(value=inner) | ast.Yield(value=inner) | ast.YieldFrom(value=inner) | ast.Starred(value=inner):
                return self._unknown_from([self.evaluate(inner)])
            case ast.UnaryOp(op=op, operand=operand):
                return self._unary(op, self.evaluate(operand))
            case ast.Compare(left=left, comparators=comparators):
                return self._comparison([self.evaluate(part) for part in (left, *comparators)])
        return self._unknown_from([self.evaluate(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)])

    def attribute(self, base: Value, name: str) -> Value:
        """Evaluate `base.name`."""
        if base.target is not None:
            path = knowledge.canonical(f"{base.target}.{name}")
            fact = knowledge.attribute(base.target, name)
            if fact is None:
                return Value(target=path, state=base.state)
            return replace(self.fresh(fact.returns), state=base.state or "".join(fact.state[:1]))
        members = self._members(base, name)
        if members:
            return Value(definitions=members, receiver=base.objects)
        fact = knowledge.attribute(base.type, name)
        if fact is None or fact.result == "view":
            return self._part(base, fact.returns if fact else None)
        if fact.result == "self":
            return Value(type=fact.returns, objects=base.objects, state=base.state, made=base.made)
        return self.fresh(fact.returns)

    def _members(self, base: Value, name: str) -> tuple[Definition, ...]:
        """Return the methods of this name of the notebook's own classes that the value may be an instance of."""
        found = []
        for definition in base.definitions:
            if isinstance(definition.node, ast.ClassDef):
                for node in definition.node.body:
                    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
                        found.append(Definition(f"{definition.name}.{name}", node, definition.scopes))
        return tuple(found)

    def fresh(self, type_name: str | None) -> Value:
        """Make a value of a type that shares nothing with others."""
        fact = knowledge.type(type_name) if type_name else None
        if fact is not None and fact.immutable:
            return Value(type=type_name)
        value = self.memory.heap.new(type_name)
        if fact is not None and not fact.picklable:
            self.memory.heap.unpicklable.update(value.objects)
        return value

    def _part(self, base: Value, type_name: str | None) -> Value:
        """Make a value that may be a part of another, or share its memory."""
        fact = knowledge.type(type_name) if type_name else None
        if (fact is not None and fact.immutable) or not base.objects:
            return Value(type=type_name, state=base.state)
        contents = frozenset(self.memory.heap.contents(base.objects)) - base.objects
        made = self.memory.heap.new(type_name, views=base.objects)
        if not knowledge.shares_memory(base.type):
            types = self.memory.heap.types
            self.memory.heap.take(frozenset(one for one in base.objects if not knowledge.shares_memory(types.get(one))), made.objects)
        return Value(type=type_name, objects=made.objects | contents, state=base.state)

    def element(self, base: Value) -> Value:
        """Return what iterating over a value gives."""
        return replace(self._element(base), made=base.made) if base.made and not base.items else self._element(base)

    def _element(self, base: Value) -> Value:
        if base.items:
            joined = base.items[0]
            for item in base.items[1:]:
                joined = joined.join(item)
            return joined
        if base.type in ("builtins.range", "builtins.str"):
            return Value(type="builtins.int" if base.type == "builtins.range" else "builtins.str")
        fact = knowledge.type(base.type) if base.type else None
        if fact is not None and fact.scalars:
            return Value()
        return self._part(base, None)

    def _subscript(self, base: Value, index: ast.expr) -> Value:
        key = self.evaluate(index)
        if base.items and isinstance(key.constant, int) and -len(base.items) <= key.constant < len(base.items):
            return base.items[key.constant]
        kind = _key_kind(index, key)
        if base.type is None:
            return self._part(base, None)
        fact = knowledge.subscript(base.type, kind)
        if fact is None or fact.result in ("view", "unknown"):
            return self._part(base, fact.returns if fact else None)
        if fact.result == "holds":  # a new list of the same items
            made = self.fresh(fact.returns)
            self.memory.keep(made, [self.element(base)])
            return made
        return self.fresh(fact.returns)

    def _tuple(self, items: list[Value]) -> Value:
        made = self.memory.heap.new("builtins.tuple")
        self.memory.keep(made, items)
        constants = [item.constant for item in items]
        constant = tuple(constants) if all(c is not UNKNOWN_CONSTANT for c in constants) else UNKNOWN_CONSTANT
        return Value(type="builtins.tuple", objects=made.objects, items=tuple(items), constant=constant)

    def _container(self, type_name: str, items: list[Value]) -> Value:
        made = self.fresh(type_name)
        self.memory.keep(made, items)
        texts = tuple(item.constant for item in items if isinstance(item.constant, str)) if type_name == "builtins.list" else ()
        return replace(made, texts=texts) if len(texts) == len(items) else made

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
        self.memory.locals.append({})
        for generator in node.generators:
            self.assign(generator.target, self.element(self.evaluate(generator.iter)))
            for condition in generator.ifs:
                self.evaluate(condition)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        items = [self.evaluate(part) for part in parts]
        self.memory.locals.pop()
        return self._container(_DISPLAY_TYPES[type(node)], items)

    def lambda_(self, node: ast.Lambda) -> Value:
        """Make a lambda; what it reads, it reads when it is called."""
        made = self.memory.heap.new("builtins.function")
        self.memory.keep(made, [self.evaluate(default) for default in (*node.args.defaults, *node.args.kw_defaults)])
        definition = Definition("<lambda>", node, tuple(self.memory.locals))
        self.memory.keep_definitions(made, [definition])
        return Value(type="builtins.function", objects=made.objects, definitions=(definition,))

    def _binary(self, left: Value, op: ast.operator, right: Value) -> Value:
        if left.constant is not UNKNOWN_CONSTANT and right.constant is not UNKNOWN_CONSTANT and isinstance(op, ast.Add | ast.Div):
            return _fold(left, op, right)
        if left.type in _NUMBERS and right.type in _NUMBERS:
            return Value(type="builtins.float" if isinstance(op, ast.Div) or "builtins.float" in (left.type, right.type) else left.type)
        if left.type == "builtins.str":
            return Value(type="builtins.str")
        if isinstance(op, ast.Add) and (texts := self.texts_of(left)) and (more := self.texts_of(right)):
            return replace(self.fresh("builtins.list"), texts=(*texts, *more))
        result = knowledge.operation(left.type, right.type)
        if result is None and "builtins.list" in (left.type, right.type):
            return self._unknown_from([left, right])
        return self.fresh(result)

    def _unary(self, op: ast.unaryop, operand: Value) -> Value:
        if isinstance(op, ast.USub) and isinstance(operand.constant, int | float):
            return Value(type=operand.type, constant=-operand.constant)
        return Value(type="builtins.bool") if isinstance(op, ast.Not) else self.fresh(operand.type)

    def _comparison(self, parts: list[Value]) -> Value:
        for part in parts:
            result = knowledge.operation(part.type, "builtins.int")
            if result is not None and result not in _NUMBERS:
                return self.fresh(result)
        known = all(part.type is not None for part in parts)
        return Value(type="builtins.bool") if known else self.fresh(None)

    def _joined(self, parts: list[Value]) -> Value:
        if all(isinstance(part.constant, str | int) for part in parts):
            return Value(type="builtins.str", constant="".join(str(part.constant) for part in parts))
        return Value(type="builtins.str")

    def _unknown_from(self, values: list[Value]) -> Value:
        """Make a value of which only is known that it may hold or share what went in."""
        objects = frozenset(place for value in values for place in value.objects)
        made = self.memory.heap.new(None, holds=objects)
        for value in values:
            self.memory.keep_definitions(made, value.definitions)
        return Value(objects=made.objects | objects)

    # targets

    def assign(self, target: ast.expr, value: Value) -> None:
        """Assign a value to a target: a name, a part of something, or several of them."""
        match target:
            case ast.Name(id=name):
                self.memory.bind(name, value, everywhere=self.is_global(name))
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, value)
            case ast.Starred(value=inner):
                self.assign(inner, self._container("builtins.list", [value]))
            case ast.Attribute(value=base, attr=name):
                owner = self.evaluate(base)
                if owner.target is not None:
                    state = self.attribute(owner, name).state or "options"
                    self.memory.trace.state_written.setdefault(state)
                inside = isinstance(base, ast.Attribute)  # `df.index.name = ...` changes `df`
                self.memory.mutate(owner, elements=inside)
                self.memory.keep(owner, [value])
                self.stored(target, owner, value)
            case ast.Subscript(value=base, slice=index):
                owner = self.evaluate(base)
                self.evaluate(index)
                structure = owner.type in ("pandas.DataFrame", "builtins.dict", "builtins.list")
                self.memory.mutate(owner, elements=not structure)
                if owner.type not in ("pandas.DataFrame", "pandas.Series", "numpy.ndarray"):
                    self.memory.keep(owner, [value])
                self.stored(target, owner, value)

    def _unpack(self, targets: list[ast.expr], value: Value) -> None:
        plain = not any(isinstance(target, ast.Starred) for target in targets)
        if plain and len(value.items) == len(targets):
            for target, item in zip(targets, value.items, strict=True):
                self.assign(target, item)
            return
        for position, target in enumerate(targets):
            self.assign(target, self.item(target, self.element(value), position))

    def is_global(self, name: str) -> bool:
        """Say whether the function that runs has declared the name global."""
        return bool(self.memory.locals) and self.memory.locals[-1].get("global " + name) is not None

    def frame_names(self, value: Value) -> None:
        """Read the names that a text given to `df.query` or a formula may take from the caller."""
        if isinstance(value.constant, str):
            for name in dict.fromkeys(NAME.findall(value.constant)):
                if self.memory.global_value(name) is not None or any(name in scope for scope in self.memory.locals):
                    self.memory.read(name)


def _key_kind(index: ast.expr, key: Value) -> str:
    match index:
        case ast.Slice():
            return "slice"
        case ast.Tuple():
            return "tuple"
        case ast.List() | ast.ListComp():
            return "list"
        case ast.Compare() | ast.BoolOp():
            return "mask"
        case ast.UnaryOp(op=ast.Invert()):
            return "mask"
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            return "mask"
    if key.type in ("builtins.str", "builtins.int"):
        return key.type.removeprefix("builtins.")
    if key.type in ("builtins.list", "pandas.Index"):
        return "list"
    return "mask" if key.type == "pandas.Series" else "other"


def _fold(left: Value, op: ast.operator, right: Value) -> Value:
    """Compute what two literals give: paths are put together from texts."""
    try:
        constant = left.constant + right.constant if isinstance(op, ast.Add) else left.constant / right.constant
    except (TypeError, ZeroDivisionError, OverflowError):
        return Value(type=left.type)
    if isinstance(constant, str) and len(constant) > 4096:
        return Value(type="builtins.str")
    return Value(type=f"builtins.{type(constant).__name__}", constant=constant)
