"""Compare two Python values structurally, and say where they differ first."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import pathlib
import re
import types
import uuid

from . import tables
from .wording import absent, short

Difference = collections.namedtuple("Difference", ["path", "message", "kind"])
CLOSE, DIFFERENT, UNKNOWN = "close", "different", "unknown"

LIMIT = 1000  # differences that are told apart; more do not help anybody
BY_EQUALITY = (datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, decimal.Decimal, fractions.Fraction, uuid.UUID) + (
    re.Pattern,
    range,
    slice,
    int,
    bytes,
    bytearray,
    type(None),
    type(Ellipsis),
    type(NotImplemented),
)


def differences(expected, found, rtol=1e-9, atol=1e-12, roots=()):
    """The differences between the notebook's value and the pipeline's, in the order of a walk through both.

    Numbers within `rtol` or `atol` are close. `roots` are folders whose names in texts are no difference (each side ran in its own scratch folder).
    """
    comparison = Comparison(rtol, atol, roots)
    try:
        comparison.compare(expected, found, "")
    except RecursionError:
        comparison.add("", "nested too deeply to compare", UNKNOWN)
    return comparison.found


def same_class(left, right):
    """Whether two classes are one; what a notebook defines in `__main__` lives in a module of the pipeline."""
    return left.__qualname__ == right.__qualname__ and (left.__module__ == right.__module__ or left.__module__ == "__main__")


class Comparison:
    """One walk through two values."""

    def __init__(self, rtol, atol, roots):
        self.rtol, self.atol = rtol, atol
        self.found = []
        self._roots = roots
        self._seen = set()
        self._alive = []  # so that an id is not given to another object while we walk

    def add(self, path, message, kind=DIFFERENT):
        """Note a difference at a path; the message says the rest."""
        if len(self.found) < LIMIT:
            self.found.append(Difference(path, path + message, kind))

    def compare(self, left, right, path):
        """Compare what stands at one path."""
        if left is right or len(self.found) >= LIMIT:
            return
        if isinstance(left, type) and isinstance(right, type):
            if not same_class(left, right):
                self.add(path, ": class %s != %s" % (left.__qualname__, right.__qualname__))
        elif not same_class(type(left), type(right)):
            self.add(path, ": %s %s != %s %s" % (type(left).__name__, short(left), type(right).__name__, short(right)))
        elif not self._scalars(left, right, path) and self.is_new(left, right):
            self._structures(left, right, path)

    def close(self, left, right):
        """Whether two numbers are within the tolerance."""
        return abs(left - right) <= self.atol + self.rtol * max(abs(left), abs(right))

    def is_new(self, left, right):
        """Whether the walk meets this pair for the first time: values may hold themselves."""
        pair = (id(left), id(right))
        if pair in self._seen:
            return False
        self._seen.add(pair)
        self._alive.append((left, right))
        return True

    def _scalars(self, left, right, path):
        if isinstance(left, (float, complex)):
            if left != right and (left == left or right == right):
                self.add(path, ": %s != %s" % (left, right), CLOSE if self.close(left, right) else DIFFERENT)
        elif isinstance(left, (str, pathlib.PurePath)):
            if left != right and self._without_roots(str(left)) != self._without_roots(str(right)):
                self.add(path, ": %s != %s" % (short(left), short(right)))
        elif isinstance(left, enum.Enum):
            if left.name != right.name:
                self.add(path, ": %s != %s" % (left.name, right.name))
        elif isinstance(left, BY_EQUALITY):
            if left != right:
                self.add(path, ": %s != %s" % (short(left), short(right)))
        elif isinstance(left, (types.ModuleType, types.BuiltinFunctionType)):
            if left.__name__ != right.__name__:
                self.add(path, ": %s != %s" % (left.__name__, right.__name__))
        else:
            return False
        return True

    def _without_roots(self, text):
        for root in self._roots:
            text = text.replace(root, "")
        return text

    def _structures(self, left, right, path):
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

    def _sequences(self, left, right, path):
        if len(left) != len(right):
            self.add(path, ": %d items != %d items" % (len(left), len(right)))
        for index, (one, other) in enumerate(zip(left, right)):
            self.compare(one, other, "%s[%d]" % (path, index))
        self._attributes(left, right, path)

    def _mappings(self, left, right, path):
        told = absent([key for key in left if key not in right], [key for key in right if key not in left])
        if told or list(left) != list(right):
            self.add(path, ": " + (told or "the keys are in another order"))
        for key in left:
            if key in right:
                self.compare(left[key], right[key], "%s[%s]" % (path, short(key)))
        self._attributes(left, right, path)

    def _sets(self, left, right, path):
        if left != right:
            missing, added = sorted(left - right, key=repr), sorted(right - left, key=repr)
            if list(map(short, missing)) != list(map(short, added)):  # else they hold objects without an equality of their own
                self.add(path, ": " + absent(missing, added))

    def _functions(self, left, right, path):
        if left.__name__ != right.__name__:
            self.add(path, ": function %s != %s" % (left.__name__, right.__name__))
        elif _code(left.__code__) != _code(right.__code__):
            self.add(path, ": the code of function %s differs" % left.__name__)
        else:
            self.compare(left.__defaults__, right.__defaults__, path + ".__defaults__")
            self.compare(_enclosed(left), _enclosed(right), path + ".__closure__")

    def _attributes(self, left, right, path):
        mine, other = getattr(left, "__dict__", {}), getattr(right, "__dict__", {})
        self._named(mine, other, path)

    def _named(self, left, right, path):
        for name in left:
            if name not in right:
                self.add("%s.%s" % (path, name), " is missing")
            else:
                self.compare(left[name], right[name], "%s.%s" % (path, name))
        for name in right:
            if name not in left:
                self.add("%s.%s" % (path, name), " is not in the notebook's")

    def _objects(self, left, right, path):
        """Compare any other objects by what pickle would store of them."""
        try:
            mine, other = _state(left), _state(right)
        except Exception as error:  # whatever a type's own code raises
            self._by_equality(left, right, path, error)
            return
        self._named(mine, other, path)

    def _by_equality(self, left, right, path, problem):
        try:
            equal = bool(left == right)
        except Exception:
            equal = False
        if not equal:
            self.add(path, ": a %s cannot be compared (%s)" % (type(left).__name__, problem), UNKNOWN)


def _state(value):
    """What makes up an object, by name: its attributes, and the rest of what `__reduce_ex__` gives."""
    reduced = value.__reduce_ex__(4)
    if isinstance(reduced, str):
        return {"__name__": reduced}
    maker, arguments, state, items, pairs = (tuple(reduced) + (None, None, None))[:5]
    parts = {}
    if isinstance(state, tuple) and len(state) == 2 and all(part is None or isinstance(part, dict) for part in state):
        parts.update(state[0] or {})
        parts.update(state[1] or {})
    elif isinstance(state, dict) and all(isinstance(name, str) for name in state):
        parts.update(state)
    elif state is not None:
        parts["__getstate__()"] = state
    parts["__reduce__()"] = (getattr(maker, "__qualname__", ""), arguments)
    parts["items"] = None if items is None else list(items)
    parts["pairs"] = None if pairs is None else list(pairs)
    return parts


def _enclosed(function):
    return [cell.cell_contents for cell in function.__closure__ or ()]


def _code(code):
    constants = tuple(
        _code(constant) if isinstance(constant, types.CodeType) else (type(constant), constant) for constant in code.co_consts
    )
    return (code.co_code, code.co_names, code.co_varnames, constants)
