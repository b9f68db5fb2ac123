"""Compare two Python values structurally, and say where they differ first."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import functools
import inspect
import io
import pathlib
import re
import types
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from . import tables
from .wording import absent, short

CLOSE, DIFFERENT, UNKNOWN = "close", "different", "unknown"

LIMIT = 1000  # differences that are told apart; more do not help anybody
_PLAIN = (int, bytes, bytearray, range, slice, re.Pattern, decimal.Decimal, fractions.Fraction, uuid.UUID)
_TIMES = (datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo)
BY_EQUALITY = (*_PLAIN, *_TIMES, type(None), type(Ellipsis), type(NotImplemented))


class Difference(NamedTuple):
    """Where two values differ, the sentence that says how, and whether they are only `close`, truly `different`, or cannot be compared (`unknown`)."""

    path: str
    message: str
    kind: str


def differences(expected: Any, found: Any, rtol: float = 1e-9, atol: float = 1e-12, roots: Sequence[str] = ()) -> list[Difference]:
    """The differences between the notebook's value and the pipeline's, in the order of a walk through both.

    Numbers within `rtol` or `atol` are close. `roots` are folders whose names in texts are no difference (each side ran in its own scratch folder).
    """
    comparison = Comparison(rtol, atol, roots)
    try:
        comparison.compare(expected, found, "")
    except RecursionError:
        comparison.add("", "nested too deeply to compare", UNKNOWN)
    return comparison.found


def same_class(left: type, right: type) -> bool:
    """Whether two classes are one; what a notebook defines in `__main__` lives in a module of the pipeline."""
    return left.__qualname__ == right.__qualname__ and (left.__module__ == right.__module__ or left.__module__ == "__main__")


class Comparison:
    """One walk through two values."""

    def __init__(self, rtol: float, atol: float, roots: Sequence[str]) -> None:
        self.rtol, self.atol = rtol, atol
        self.found: list[Difference] = []
        self._roots = roots
        self._seen: set[tuple[int, int]] = set()
        self._alive: list[tuple[Any, Any]] = []  # so that an id is not given to another object while we walk

    def add(self, path: str, message: str, kind: str = DIFFERENT) -> None:
        """Note a difference at a path; the message goes on after the path."""
        if len(self.found) < LIMIT:
            self.found.append(Difference(path, path + message if path else message.lstrip(": "), kind))

    def compare(self, left: Any, right: Any, path: str) -> None:
        """Compare what stands at one path."""
        if type(left).__module__ == "IPython.utils.text" and isinstance(left, list):
            left = list(left)  # what `files = !ls` gives in a notebook
        if left is right or len(self.found) >= LIMIT:
            return
        if isinstance(left, type) and isinstance(right, type):
            if not same_class(left, right):
                self.add(path, f": class {left.__qualname__} != {right.__qualname__}")
        elif not same_class(type(left), type(right)):
            self.add(path, f": {type(left).__name__} {short(left)} != {type(right).__name__} {short(right)}")
        elif not self._scalars(left, right, path) and self.is_new(left, right):
            self._structures(left, right, path)

    def close(self, left: complex, right: complex) -> bool:
        """Whether two numbers are within the tolerance."""
        return abs(left - right) <= self.atol + self.rtol * max(abs(left), abs(right))

    def is_new(self, left: Any, right: Any) -> bool:
        """Whether the walk meets this pair for the first time: values may hold themselves."""
        pair = (id(left), id(right))
        if pair in self._seen:
            return False
        self._seen.add(pair)
        self._alive.append((left, right))
        return True

    def _scalars(self, left: Any, right: Any, path: str) -> bool:
        """Compare the two if they have no parts, and say whether they have none."""
        if isinstance(left, (float, complex)):
            if left != right and (left == left or right == right):
                self.add(path, f": {left} != {right}", CLOSE if self.close(left, right) else DIFFERENT)
            return True
        if isinstance(left, (str, pathlib.PurePath)):
            differ = left != right and self._without_roots(str(left)) != self._without_roots(str(right))
        elif isinstance(left, (types.ModuleType, types.BuiltinFunctionType)):
            differ = left.__name__ != right.__name__
        elif isinstance(left, io.StringIO):
            differ = left.getvalue() != right.getvalue()
        elif isinstance(left, enum.Enum):
            differ = left.name != right.name
        elif isinstance(left, BY_EQUALITY):
            differ = bool(left != right)
        else:
            return False
        if differ:
            self.add(path, f": {short(left)} != {short(right)}")
        return True

    def _without_roots(self, text: str) -> str:
        for root in self._roots:
            text = text.replace(root, "")
        return text

    def _structures(self, left: Any, right: Any, path: str) -> None:
        if isinstance(left, (list, tuple)):
            self._sequences(left, right, path)
        elif isinstance(left, dict):
            self._mappings(left, right, path)
        elif isinstance(left, (set, frozenset)):
            self._sets(left, right, path)
        elif isinstance(left, types.FunctionType):
            self._functions(left, right, path)
        elif not tables.compare(self, left, right, path):
            self._objects(left, right, path)

    def _sequences(self, left: Sequence[Any], right: Sequence[Any], path: str) -> None:
        if len(left) != len(right):
            self.add(path, f": {len(left)} items != {len(right)} items")
        for index, (one, other) in enumerate(zip(left, right)):  # noqa: B905 (Python 3.8 has no strict)
            self.compare(one, other, f"{path}[{index}]")
        self._attributes(left, right, path)

    def _mappings(self, left: Mapping[Any, Any], right: Mapping[Any, Any], path: str) -> None:
        told = absent([key for key in left if key not in right], [key for key in right if key not in left])
        if told or list(left) != list(right):
            self.add(path, f": {told or 'the keys are in another order'}")
        for key in left:
            if key in right:
                self.compare(left[key], right[key], f"{path}[{short(key)}]")
        self._attributes(left, right, path)

    def _sets(self, left: Any, right: Any, path: str) -> None:
        missing, added = sorted(left - right, key=repr), sorted(right - left, key=repr)
        if list(map(short, missing)) != list(map(short, added)):  # else they hold objects without an equality of their own
            self.add(path, f": {absent(missing, added)}")

    def _functions(self, left: Any, right: Any, path: str) -> None:
        if left.__name__ != right.__name__:
            self.add(path, f": function {left.__name__} != {right.__name__}")
        elif _code(left.__code__) != _code(right.__code__):
            self.add(path, f": the code of function {left.__name__} differs")
        else:
            self.compare(left.__defaults__, right.__defaults__, f"{path}.__defaults__")
            self.compare(_enclosed(left), _enclosed(right), f"{path}.__closure__")

    def _attributes(self, left: Any, right: Any, path: str) -> None:
        self._named(getattr(left, "__dict__", {}), getattr(right, "__dict__", {}), path)

    def _named(self, left: Mapping[str, Any], right: Mapping[str, Any], path: str) -> None:
        for name in left:
            if name not in right:
                self.add(f"{path}.{name}", " is missing")
            else:
                self.compare(left[name], right[name], f"{path}.{name}")
        for name in right:
            if name not in left:
                self.add(f"{path}.{name}", " is not in the notebook's")

    def _objects(self, left: Any, right: Any, path: str) -> None:
        """Compare any other objects by what pickle would store of them.

        What a property computes on its first use and keeps is no difference where one side has not used it yet, if it gives the same.
        """
        try:
            mine, other = _state(left), _state(right)
            kept = sorted(_computed(left) ^ _computed(right))
        except Exception as error:  # whatever a type's own code raises
            self._by_equality(left, right, path, error)
            return
        by_one = {label for name in kept for label in (name, _in_cache(name))}
        self._named(*({name: part for name, part in side.items() if name not in by_one} for side in (mine, other)), path)
        for name in kept:
            self._properties(left, right, name, path)

    def _properties(self, left: Any, right: Any, name: str, path: str) -> None:
        try:
            mine, other = getattr(left, name), getattr(right, name)
        except Exception as error:  # whatever a type's own code raises
            self.add(f"{path}.{name}", f" cannot be compared ({error})", UNKNOWN)
        else:
            self.compare(mine, other, f"{path}.{name}")

    def _by_equality(self, left: Any, right: Any, path: str, problem: Exception) -> None:
        try:
            equal = bool(left == right)
        except Exception:  # whatever a type's own code raises
            equal = False
        if not equal:
            self.add(path, f": a {type(left).__name__} cannot be compared ({problem})", UNKNOWN)


def _state(value: Any) -> dict[str, Any]:
    """What makes up an object, by name: its attributes, and the rest of what `__reduce_ex__` gives."""
    reduced = value.__reduce_ex__(4)
    if isinstance(reduced, str):
        return {"__name__": reduced}
    maker, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
    parts: dict[str, Any] = {}
    if isinstance(state, tuple) and len(state) == 2 and all(part is None or isinstance(part, dict) for part in state):
        parts.update(state[0] or {})
        parts.update(state[1] or {})
    elif isinstance(state, dict) and all(isinstance(name, str) for name in state):
        parts.update(state)
    elif state is not None:
        parts["__getstate__()"] = state
    if isinstance(parts.get("_cache"), dict):  # its order is that of the first uses
        computed = _computed(value)
        parts.update({_in_cache(name): kept for name, kept in parts["_cache"].items() if name in computed})
        parts["_cache"] = {name: kept for name, kept in parts["_cache"].items() if name not in computed}
    parts["__reduce__()"] = (getattr(maker, "__qualname__", ""), arguments)
    parts["items"] = None if items is None else list(items)
    parts["pairs"] = None if pairs is None else list(pairs)
    return parts


def _computed(value: Any) -> set[str]:
    """The properties whose first result an object keeps: as `functools.cached_property` does, or in its `_cache`, as pandas and statsmodels do."""
    attributes = getattr(value, "__dict__", {})
    cache = attributes.get("_cache")
    found = {name for name in attributes if isinstance(_of_class(value, name), functools.cached_property)}
    return found | {name for name in (cache if isinstance(cache, dict) else ()) if inspect.isdatadescriptor(_of_class(value, name))}


def _of_class(value: Any, name: Any) -> Any:
    return next((vars(one)[name] for one in type(value).__mro__ if name in vars(one)), None)


def _in_cache(name: str) -> str:
    return f"_cache[{name}]"


def _enclosed(function: Any) -> list[Any]:
    return [cell.cell_contents for cell in function.__closure__ or ()]


def _code(code: types.CodeType) -> tuple[Any, ...]:
    constants = tuple(
        _code(constant) if isinstance(constant, types.CodeType) else (type(constant), constant) for constant in code.co_consts
    )
    return (code.co_code, code.co_names, code.co_varnames, constants)
