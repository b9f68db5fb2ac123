"""Where the lines of cells stand in an `.ipynb` file."""

import re
from collections.abc import Iterator
from json import JSONDecoder

_DECODER = JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


def source_lines(text: str) -> list[list[int]]:
    """Return, for each cell of a notebook's JSON, the line of the file (from 1) on which each line of its source stands.

    A source that is a single string stands on one line. Cells of notebooks before nbformat 4 are not looked for: then the list is empty.
    """
    cells = next((start for key, start in _members(text, 0) if key == "cells"), None)
    if cells is None:
        return []
    counted = _LineCounter(text)
    return [_lines_of(text, start, counted) for start in _elements(text, cells)]


class _LineCounter:
    """Counts lines up to positions that only grow."""

    def __init__(self, text: str) -> None:
        self.text, self.position, self.line = text, 0, 1

    def at(self, position: int) -> int:
        self.line += self.text.count("\n", self.position, position)
        self.position = position
        return self.line


def _lines_of(text: str, cell: int, counted: _LineCounter) -> list[int]:
    source = next((start for key, start in _members(text, cell) if key == "source"), cell)
    if text[source] == "[":
        return [counted.at(start) for start in _elements(text, source)]
    return [counted.at(source)] * (_DECODER.raw_decode(text, source)[0].count("\n") + 1 if text[source] == '"' else 1)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _members(text: str, position: int) -> Iterator[tuple[str, int]]:
    """Return the keys of the object at a position, and where their values begin."""
    position = _skip(text, position)
    while text[position : position + 1] in ("{", ","):
        position = _skip(text, position + 1)
        if text[position] == "}":
            return
        key, position = _DECODER.raw_decode(text, position)
        position = _skip(text, _skip(text, position) + 1)
        yield key, position
        position = _skip(text, _DECODER.raw_decode(text, position)[1])


def _elements(text: str, position: int) -> Iterator[int]:
    """Return where the elements of the list at a position begin."""
    while text[position : position + 1] in ("[", ","):
        position = _skip(text, position + 1)
        if text[position] == "]":
            return
        yield position
        position = _skip(text, _DECODER.raw_decode(text, position)[1])
