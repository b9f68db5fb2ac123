"""How operations treat the rows of data: which keep them, select them, learn from all of them."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache

from nbpipe.knowledge.tables import document


@cache
def _words(section: str, key: str) -> frozenset[str]:
    table: Mapping[str, str] = document("leakage")[section]
    return frozenset(table[key].split())


@cache
def is_one_of(name: str, section: str, *keys: str) -> bool:
    """Say whether an operation's name is listed: functions by their full names, methods by their last part."""
    last = name.rpartition(".")[2]
    return any(name in _words(section, key) or (last in _words(section, key) and last != name) for key in keys)


@cache
def is_class(name: str, section: str, key: str) -> bool:
    """Say whether the last part of a name fits one of the patterns."""
    last = name.rpartition(".")[2]
    return any(fnmatchcase(last, pattern) for pattern in _words(section, key))


@cache
def fits(name: str, section: str, key: str) -> bool:
    """Say whether a full name fits one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in _words(section, key))
