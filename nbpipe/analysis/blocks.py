"""Executing statements on abstract values."""

import ast
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from nbpipe import knowledge
from nbpipe.analysis.calls import Arguments, Calls
from nbpipe.analysis.memory import Memory
from nbpipe.analysis.values import NOTHING, Definition, Scope, Value

LOOP_PASSES = 2  # what one pass of a loop makes, the next may use


class Blocks(Calls):
    """Executes statements: straight code exactly, branches and loops as what they may do."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self._returned: list[Value] = []

    def body(self, statements: list[ast.stmt]) -> Value:
        """Execute a function's body; return what it returns."""
        outer, self._returned = self._returned, []
        self.block(statements)
        results, self._returned = self._returned, outer
        if not results:
            return NOTHING
        joined = results[0]
        for result in results[1:]:
            joined = joined.join(result)
        return joined

    def block(self, statements: list[ast.stmt]) -> None:
        """Execute statements one after another."""
        for statement in statements:
            self.execute(statement)

    def execute(self, node: ast.stmt) -> Value:
        """Execute a statement. The result is the value of an expression statement."""
        match node:
            case ast.Expr(value=value):
                return self.evaluate(value)
            case ast.Assign(targets=targets, value=value):
                result = self.evaluate(value)
                for target in targets:
                    self.assign(target, result)
            case ast.AnnAssign(target=target, value=value):
                if value is not None:
                    self.assign(target, self.evaluate(value))
            case ast.AugAssign(target=target, value=value):
                self._augmented(target, self.evaluate(value))
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._define(node)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._delete(target)
            case ast.Return(value=value):
                self._returned.append(self.evaluate(value))
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                for name in names if isinstance(node, ast.Global) and self.memory.locals else ():
                    self.memory.locals[-1]["global " + name] = NOTHING
            case ast.Raise(exc=exc, cause=cause):
                self.evaluate(exc)
                self.evaluate(cause)
            case ast.Assert(test=test, msg=msg):
                self.evaluate(test)
                self.evaluate(msg)
            case _:
                self._compound(node)
        return NOTHING

    def _compound(self, node: ast.stmt) -> None:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                self.evaluate(test)
                self._branches([body, orelse], complete=True)
            case (
                ast.For(target=target, iter=iterable, body=body, orelse=orelse)
                | ast.AsyncFor(target=target, iter=iterable, body=body, orelse=orelse)
            ):
                element = self.element(self.evaluate(iterable))
                self._loop(lambda: self.assign(target, element), body)
                self._branches([orelse], complete=False)
            case ast.While(test=test, body=body, orelse=orelse):
                self.evaluate(test)
                self._loop(lambda: self.evaluate(test), body)
                self._branches([orelse], complete=False)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    value = self.evaluate(item.context_expr)
                    if item.optional_vars is not None:
                        self.assign(item.optional_vars, value)
                self.block(body)
            case (
                ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final)
                | ast.TryStar(body=body, handlers=handlers, orelse=orelse, finalbody=final)
            ):
                self._branches([[*body, *orelse], *([handler] for handler in handlers)], complete=True)  # type: ignore[list-item]
                self.block(final)
            case ast.ExceptHandler(type=kind, name=name, body=body):
                self.evaluate(kind)
                if name:
                    self.memory.bind(name, self.memory.heap.new("builtins.Exception"))
                self.block(body)
            case ast.Match(subject=subject, cases=cases):
                self._match(self.evaluate(subject), cases)

    def _branches(self, bodies: list[list[ast.stmt]], complete: bool) -> None:
        """Execute alternatives; `complete` says that one of them is taken in any case."""
        bound_before = dict(self.memory.trace.bound)
        outcomes: list[Scope] = []
        for statements in bodies:
            self.memory.branch()
            self.block(statements)
            outcomes.append(self.memory.merge())
            self.memory.trace.bound = dict(bound_before)
        self.memory.join(outcomes, complete)

    def _loop(self, head: Callable[[], object], body: list[ast.stmt]) -> None:
        """Execute a loop. It is taken to run at least once: what it binds in any case is bound afterwards."""
        nested = len(self.memory.layers) > 1 or bool(self.stack)
        for _ in range(1 if nested else LOOP_PASSES):
            self.memory.branch()
            head()
            self.block(body)
            self.memory.join([self.memory.merge()], complete=True)

    def _match(self, subject: Value, cases: list[ast.match_case]) -> None:
        outcomes: list[Scope] = []
        for case in cases:
            self.memory.branch()
            for pattern in ast.walk(case.pattern):
                name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
                if isinstance(name, str):
                    self.memory.bind(name, self.element(subject))
            for expression in ast.iter_child_nodes(case.pattern):
                if isinstance(expression, ast.expr):
                    self.evaluate(expression)
            self.evaluate(case.guard)
            self.block(case.body)
            outcomes.append(self.memory.merge())
        self.memory.join(outcomes, complete=False)

    def _augmented(self, target: ast.expr, value: Value) -> None:
        """`x += y` changes x in place where x can be changed, and rebinds it in any case."""
        if not isinstance(target, ast.Name):
            self.assign(target, value)
            return
        before = self.memory.read(target.id)
        fact = knowledge.type(before.type) if before.type else None
        if fact is not None and fact.immutable:
            self.assign(target, replace(before, constant=Value().constant))
            return
        self.memory.mutate(before, elements=True)
        self.memory.keep(before, [value])
        self.assign(target, self.combined(target, before.join(self._unknown_from([before, value])), before, value))

    def _delete(self, target: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.memory.read(name)
                self.memory.delete(name)
            case ast.Subscript(value=base, slice=index):
                self.evaluate(index)
                self.memory.mutate(self.evaluate(base))
            case ast.Attribute(value=base):
                self.memory.mutate(self.evaluate(base))
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                for inner in targets:
                    self._delete(inner)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._run_sibling(alias.name)
                path = alias.name if alias.asname else alias.name.partition(".")[0]
                self.memory.bind(alias.asname or path, Value(type="module", target=knowledge.canonical(path)))
            return
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.memory.stars.append(module)
                continue
            self._run_sibling(module)
            self.memory.bind(alias.asname or alias.name, Value(target=knowledge.canonical(f"{module}.{alias.name}")))

    def _run_sibling(self, module: str) -> None:
        """Do what a module beside the notebook does to the session when it is imported. Where all its names are, the import has to stand above all code."""
        self.memory.trace.state_written.update(dict.fromkeys(self.memory.siblings.get(module.partition(".")[0], ())))

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        decorators = [self.evaluate(decorator) for decorator in node.decorator_list]
        if isinstance(node, ast.ClassDef):
            for base in [*node.bases, *(keyword.value for keyword in node.keywords)]:
                self.evaluate(base)
            self._class_body(node)
        else:
            for default in [*node.args.defaults, *node.args.kw_defaults]:
                self.evaluate(default)
        value = Value(type="builtins.function", definitions=(Definition(node.name, node, tuple(self.memory.locals)),))
        for decorator in reversed(decorators):
            value = self._decorated(decorator, value)
        self.memory.bind(node.name, value, everywhere=self.is_global(node.name))

    def _decorated(self, decorator: Value, value: Value) -> Value:
        """Apply a decorator: the notebook's own are called; a library's is taken to leave what the function does."""
        if not decorator.definitions or isinstance(decorator.definitions[0].node, ast.ClassDef):
            return value
        result = self._notebook_call(decorator, Arguments((value,), {}, {}))
        return result if result.definitions else value

    def _class_body(self, node: ast.ClassDef) -> None:
        """Execute what a class does when it is defined: everything but the bodies of its functions."""
        self.memory.locals.append({})
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                for expression in [*statement.decorator_list, *statement.args.defaults, *statement.args.kw_defaults]:
                    self.evaluate(expression)
                self.memory.bind(statement.name, NOTHING)
            else:
                with suppress(AttributeError):
                    self.execute(statement)
        self.memory.locals.pop()
