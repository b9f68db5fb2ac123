"""Evaluating calls: of libraries by the tables of facts, of the notebook's own functions by their bodies."""

import ast
from abc import abstractmethod
from dataclasses import dataclass, replace

from nbpipe import knowledge
from nbpipe.analysis.expressions import Expressions
from nbpipe.analysis.memory import Memory
from nbpipe.analysis.statements import node_span
from nbpipe.analysis.values import NOTHING, UNKNOWN_CONSTANT, Definition, Value
from nbpipe.knowledge.facts import Argument, CallFact

DEPTH = 6  # calls of the notebook's own functions are followed so deep
WORK = 400  # and so many of them for one statement


@dataclass(frozen=True, slots=True)
class Arguments:
    """The evaluated arguments of a call. `whole` is false where `*args` or `**kwargs` hide some."""

    positional: tuple[Value, ...]
    keywords: dict[str, Value]
    nodes: dict[str, ast.expr]
    whole: bool = True

    def get(self, argument: Argument) -> Value | None:
        """Return the value given for a parameter, or None."""
        if argument.name in self.keywords:
            return self.keywords[argument.name]
        if argument.position is not None and argument.position < len(self.positional):
            return self.positional[argument.position]
        return None

    @property
    def values(self) -> list[Value]:
        """All values, in order."""
        return [*self.positional, *self.keywords.values()]

    def roles(self) -> dict[str, Value]:
        """Return all values by position or keyword."""
        return {**{str(position): value for position, value in enumerate(self.positional)}, **self.keywords}


class Calls(Expressions):
    """Evaluates calls."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self.work = 0

    @abstractmethod
    def body(self, statements: list[ast.stmt]) -> Value:
        """Execute a function's body; return what it returns."""

    def call(self, node: ast.Call) -> Value:
        """Evaluate a call and record its effects."""
        if isinstance(node.func, ast.Attribute):
            receiver = self.evaluate(node.func.value)
            callee = self.attribute(receiver, node.func.attr) if receiver.target or receiver.definitions else Value()
            if callee.target is None and not callee.definitions:
                return self._method_call(node, node.func.attr, receiver, self._arguments(node))
        else:
            callee = self.evaluate(node.func)
        if callee.target is None and not callee.definitions and knowledge.method(callee.type or "", "__call__"):
            return self._method_call(node, "__call__", callee, self._arguments(node))
        arguments = self._arguments(node)
        if callee.target is None and not callee.definitions:  # a function out of a container
            callee = replace(callee, definitions=tuple(self.memory.heap.held_definitions(callee.objects)))
        if callee.definitions:
            return self._notebook_call(callee, arguments)
        if callee.target is None:
            result = self._unknown(ast.unparse(node.func), callee, arguments, library=False)
            return self.called(node, "?", callee, arguments.roles(), False, result)
        self.memory.trace.calls.setdefault(callee.target)
        fact = knowledge.function(callee.target)
        result = self._unknown(callee.target, Value(), arguments, library=True) if fact is None else self._apply(fact, None, arguments)
        return self.called(node, callee.target, None, arguments.roles(), False, result)

    def _method_call(self, node: ast.Call, name: str, receiver: Value, arguments: Arguments) -> Value:
        fact = knowledge.method(receiver.type, name)
        if fact is None and (receiver.type is None or knowledge.type(receiver.type) is None):
            fact = knowledge.method(None, name)
        full_name = f"{receiver.type or '?'}.{name}"
        self.memory.trace.calls.setdefault(full_name)
        for definition in self.memory.heap.held_definitions(receiver.objects):
            self.run(definition, Arguments((), {}, {}, whole=False), frozenset())
        if fact is None:
            result = self._unknown(full_name, receiver, arguments, library=False)
            if "plot" in name:  # so libraries call what draws
                self.memory.trace.state_written.setdefault("figure")
            return self.called(node, full_name, receiver, arguments.roles(), name.startswith("fit"), result)
        if receiver.state and fact.mutates:
            self.memory.trace.state_written.setdefault(receiver.state)
        changes = "self" in fact.mutates or any(self._switched(switch, arguments) for switch in fact.mutates_if)
        return self.called(node, full_name, receiver, arguments.roles(), changes, self._apply(fact, receiver, arguments))

    def _arguments(self, node: ast.Call) -> Arguments:
        whole = True
        positional = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                whole = False
                positional.append(self.element(self.evaluate(argument.value)))
            else:
                positional.append(self.evaluate(argument))
        keywords: dict[str, Value] = {}
        nodes: dict[str, ast.expr] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            whole = whole and keyword.arg is not None
            name = keyword.arg or f"**{len(keywords)}"
            keywords[name], nodes[name] = value, keyword.value
        nodes.update({f"@{position}": argument for position, argument in enumerate(node.args)})
        return Arguments(tuple(positional), keywords, nodes, whole)

    # what a library does

    def _apply(self, fact: CallFact, receiver: Value | None, arguments: Arguments) -> Value:
        self._change(fact, receiver, arguments)
        self._touch(fact, receiver, arguments)
        self._tunables(fact, arguments)
        self._run_given(receiver, arguments)
        result = self._result(fact, receiver, arguments)
        return replace(result, artist=True) if fact.shows == "artist" else result

    def _run_given(self, receiver: Value | None, arguments: Arguments) -> None:
        """Call the functions that are handed over: they may be called, with what the receiver consists of."""
        functions = [definition for value in arguments.values for definition in value.definitions]
        made = receiver.made if receiver is not None else frozenset(number for value in arguments.values for number in value.made)
        parts = [replace(self.memory.heap.new(), made=made) for _ in functions]
        self._given = [
            self.run(definition, Arguments((part,), {}, {}, whole=False), frozenset())
            for definition, part in zip(functions, parts, strict=True)
        ]

    def _change(self, fact: CallFact, receiver: Value | None, arguments: Arguments) -> None:
        for argument in fact.changes:
            value = arguments.get(argument)
            for changed in [value] if value is not None else arguments.values if not arguments.whole else []:
                self.memory.mutate(changed, elements=True, deep=True)
        if receiver is None:
            return
        if "self" in fact.mutates:
            self.memory.mutate(receiver, fact.elements, deep=fact.result == "self" or fact.elements)
        if any(self._switched(name, arguments) for name in fact.mutates_if):
            self.memory.mutate(receiver, elements=True)
        may_keep = receiver.type is None and not fact.name.startswith("fit")  # an estimator does not change the rows it is fitted to
        if fact.keeps or ("self" in fact.mutates and may_keep):
            self.memory.keep(receiver, arguments.values)

    @staticmethod
    def _switched(name: str, arguments: Arguments) -> bool:
        """Say whether a switch such as `inplace` may be on (`!copy`: off)."""
        value = arguments.keywords.get(name.removeprefix("!"))
        if value is None:
            return not arguments.whole
        if value.constant is UNKNOWN_CONSTANT:
            return True
        return bool(value.constant) != name.startswith("!")

    def _touch(self, fact: CallFact, receiver: Value | None, arguments: Arguments) -> None:
        trace = self.memory.trace
        for state in fact.state:
            trace.state_written.setdefault(state)
        if fact.figure:
            trace.state_written.setdefault("figure")
        if fact.prints:
            trace.prints = True
        reads, writes = self._opens(fact, arguments)
        for argument in fact.reads_files if reads else ():
            self._file(trace.files_read, receiver, arguments, argument)
        for argument in fact.writes_files if writes else ():
            self._file(trace.files_written, receiver, arguments, argument)
        if self._draws(fact, receiver, arguments):
            trace.state_written.setdefault("rng")
        if fact.frame_names:
            for value in arguments.values:
                self.frame_names(value)

    @staticmethod
    def _opens(fact: CallFact, arguments: Arguments) -> tuple[bool, bool]:
        """Say whether a call that can do both reads a file, and whether it writes one."""
        if fact.mode is None:
            return True, True
        mode = arguments.get(fact.mode)
        if mode is None:
            return True, False
        if not isinstance(mode.constant, str):
            return True, True
        return not set(mode.constant) & set("wx") or "+" in mode.constant, bool(set(mode.constant) & set("wax+"))

    @staticmethod
    def _file(files: dict[str, None], receiver: Value | None, arguments: Arguments, argument: Argument) -> None:
        value = receiver if argument.name == "self" else arguments.get(argument)
        if value is None:
            return  # not given: nothing is opened by name
        if value.type is not None and value.type.startswith(("io.", "_io.")):
            return  # an open file: opening it was recorded
        files.setdefault(str(value.constant) if isinstance(value.constant, str) else "?")

    def _draws(self, fact: CallFact, receiver: Value | None, arguments: Arguments) -> bool:
        heap = self.memory.heap
        if any((value := arguments.get(argument)) is not None and heap.draws(value.objects) for argument in fact.draws_with):
            return True
        if fact.draws == "always":
            return True
        if fact.draws == "no":
            return False
        if fact.seed is not None and (given := arguments.get(fact.seed)) is not None:
            return given.constant is None
        if receiver is None:
            return fact.result != "holds"
        if fact.seed is not None:  # `df.sample(1)`: its own seed is not given
            return True
        method = fact.name.rpartition(".")[2]
        if receiver.type is None or knowledge.type(receiver.type) is None:  # one of several, out of a list perhaps
            known = any(knowledge.method(name, method) is not None for name in heap.types_in(receiver.objects))
            return heap.draws(receiver.objects) or not known
        return heap.draws(receiver.objects)

    def _tunables(self, fact: CallFact, arguments: Arguments) -> None:
        if self.stack:
            return
        known = {argument.name: argument for argument in (*fact.tunable, *fact.reads_files)}
        by_position = {f"@{a.position}": a.name for a in known.values() if a.position is not None}
        for key, node in arguments.nodes.items():
            name = by_position.get(key, key)
            literal = _literal(node)
            if name in known and literal is not None:
                self.memory.trace.tune(name, literal, node_span(node, self.at.cell, self.lines), fact.name)

    def _result(self, fact: CallFact, receiver: Value | None, arguments: Arguments) -> Value:
        if receiver is not None and any(self._switched(name, arguments) for name in fact.mutates_if):
            return Value()  # changed in place: None, or the receiver, as the version of the library has it
        first = arguments.positional[0] if arguments.positional else None
        type_name = knowledge.resolve(fact, receiver.type if receiver else None, first.type if first else None)
        if type_name in ("none", "builtins.NoneType"):
            return NOTHING
        if arguments.whole and (
            items := knowledge.resolve_items(fact, receiver.type if receiver else None, [v.type for v in arguments.positional])
        ):
            return self._tuple([self.fresh(item) for item in items])
        if fact.name in ("builtins.open", "pathlib.Path", "os.path.join", "builtins.str") and (text := _path_text(fact, arguments)):
            return replace(self.fresh(type_name), constant=text) if fact.name != "builtins.open" else self.fresh(type_name)
        match fact.result:
            case "self" if receiver is not None:
                return Value(type=type_name or receiver.type, objects=receiver.objects, definitions=receiver.definitions)
            case "view" if receiver is not None:
                return self._part(receiver, type_name)
            case "view" | "unknown":
                values = [self.element(value) for value in arguments.values] if fact.takes_items else arguments.values
                given = [*([receiver] if receiver else []), *values]
                return replace(
                    self._unknown_from([value for value in given if not value.definitions]), type=type_name
                )  # functions were called, not kept
            case "holds":
                return self._made(fact, type_name, receiver, arguments)
        made = self.fresh(type_name)
        if fact.draws == "unless_seeded" and type_name is not None:
            self._mark_drawing(fact, made, arguments)
        return made

    def _made(self, fact: CallFact, type_name: str | None, receiver: Value | None, arguments: Arguments) -> Value:
        made = self.fresh(type_name)
        values = [self.element(value) for value in arguments.values] if fact.takes_items else arguments.values
        self.memory.keep(made, [*([receiver] if receiver else []), *values])
        if type_name is not None:
            self._mark_drawing(fact, made, arguments)
        return replace(made, items=(self._tuple(parts),)) if (parts := self._parts_of_each(fact, arguments)) else made

    def _parts_of_each(self, fact: CallFact, arguments: Arguments) -> list[Value]:
        """Return what each item of a `zip` or an `enumerate` consists of; nothing for others, and where it is not known how many parts it has."""
        if not arguments.positional or not arguments.whole:
            return []
        match fact.name:
            case "builtins.zip":
                return [self.element(value) for value in arguments.positional]
            case "builtins.enumerate":
                return [Value(type="builtins.int"), self.element(arguments.positional[0])]
        return []

    def _mark_drawing(self, fact: CallFact, made: Value, arguments: Arguments) -> None:
        """Remember that fitting this object draws on the global random stream, unless it was given a seed."""
        if made.type is None:
            return
        seed = arguments.keywords.get("random_state")
        seeded = seed is not None and seed.constant is not None
        if not seeded and knowledge.estimator_draws(made.type, {k: v.constant for k, v in arguments.keywords.items()}) != "no":
            self.memory.heap.drawing.update(made.objects)

    def _unknown(self, name: str, receiver: Value, arguments: Arguments, library: bool) -> Value:
        """Assume the worst of a call of which nothing is known: it changes whatever it can reach, and may print."""
        self.memory.trace.unknown.setdefault(name)
        self.memory.trace.prints = True
        self.memory.mutate(receiver, elements=True, deep=True)
        for value in arguments.values:
            self.memory.mutate(value, elements=True, deep=True)
            for definition in value.definitions:
                self.run(definition, Arguments((), {}, {}, whole=False), frozenset())
        if library:
            for state in ("rng", "figure"):
                self.memory.trace.state_written.setdefault(state)
        return self._unknown_from([receiver, *arguments.values])

    # the notebook's own functions

    def _notebook_call(self, callee: Value, arguments: Arguments) -> Value:
        results = [self.run(definition, arguments, callee.receiver) for definition in callee.definitions]
        joined = results[0]
        for result in results[1:]:
            joined = joined.join(result)
        return joined

    def run(self, definition: Definition, arguments: Arguments, receiver: frozenset[int]) -> Value:
        """Execute a function of the notebook on abstract arguments, or make an instance of a class."""
        self.work += 1
        if definition in self.stack or len(self.stack) >= DEPTH or self.work > WORK:
            for value in arguments.values:
                self.memory.mutate(value, elements=True, deep=True)
            return self._unknown_from(arguments.values)
        if isinstance(definition.node, ast.ClassDef):
            return self._instance(definition, arguments)
        self.stack.append(definition)
        saved, self.memory.locals = self.memory.locals, [*definition.scopes, self._parameters(definition, arguments, receiver)]
        node = definition.node
        result = self.evaluate(node.body) if isinstance(node, ast.Lambda) else self.body(node.body)
        self.memory.locals = saved
        self.stack.pop()
        return result

    def _instance(self, definition: Definition, arguments: Arguments) -> Value:
        made = self.memory.heap.new(f"__main__.{definition.name}")
        value = Value(type=made.type, objects=made.objects, definitions=(definition,))
        if not definition.importable:
            self.memory.heap.unpicklable.update(made.objects)
        self.memory.keep(made, arguments.values)
        self.instance(made)
        for initializer in self._members(value, "__init__"):
            self.run(initializer, arguments, made.objects)
        return value

    def _parameters(self, definition: Definition, arguments: Arguments, receiver: frozenset[int]) -> dict[str, Value]:
        assert not isinstance(definition.node, ast.ClassDef)  # noqa: S101 (classes are instantiated)
        spec = definition.node.args
        names = [argument.arg for argument in (*spec.posonlyargs, *spec.args)]
        scope: dict[str, Value] = {}
        positional = list(arguments.positional)
        if receiver and names:
            owner = definition.name.rpartition(".")[0]
            scope[names[0]] = Value(type=f"__main__.{owner}", objects=receiver, definitions=self._class_of(owner))
            names = names[1:]
        for name in names:
            scope[name] = positional.pop(0) if positional else arguments.keywords.get(name, self.memory.heap.new())
        for argument in spec.kwonlyargs:
            scope[argument.arg] = arguments.keywords.get(argument.arg, self.memory.heap.new())
        if spec.vararg:
            scope[spec.vararg.arg] = self._tuple(positional)
        if spec.kwarg:
            scope[spec.kwarg.arg] = self._container("builtins.dict", list(arguments.keywords.values()))
        return scope

    def _class_of(self, name: str) -> tuple[Definition, ...]:
        value = self.memory.global_value(name)
        return tuple(d for d in value.definitions if isinstance(d.node, ast.ClassDef)) if value else ()


def _literal(node: ast.expr) -> int | float | str | bool | None:
    """Return a literal that a parameter can stand for, or None."""
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    inner = node.operand if isinstance(node, ast.UnaryOp) and negative else node
    if isinstance(inner, ast.Constant) and isinstance(inner.value, int | float | str | bool):
        if negative and isinstance(inner.value, int | float):
            return -inner.value
        return None if negative else inner.value
    return None


def _path_text(fact: CallFact, arguments: Arguments) -> str | None:
    """Return the text of a path that is put together from literals."""
    parts = [value.constant for value in arguments.positional]
    if parts and all(isinstance(part, str) for part in parts):
        return "/".join(parts) if fact.name == "os.path.join" else parts[0]
    return None
