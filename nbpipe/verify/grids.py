"""Tables as rows of texts, and two of them laid over each other, entry by entry."""

import csv
import difflib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import zip_longest

from nbpipe.model.verification import Entry, TableDifference

_LARGEST = 2000  # rows between the first and the last that differ, up to which it is looked which of them came and went
_SHOWN = 40  # rows that are told
_WIDEST = 1000  # columns that one entry can span

Row = list[str]


@dataclass(slots=True)
class Grid:
    """A table: its rows, the first `heads` of which are headings."""

    rows: list[Row] = field(default_factory=list)
    heads: int = 0

    def columns(self) -> list[tuple[str, ...]]:
        """The headings of each column; without any, its number."""
        width = max(map(len, self.rows), default=0)
        headings = [row + [""] * (width - len(row)) for row in self.rows[: self.heads]]
        return list(zip(*headings, strict=True)) if headings else [(str(number),) for number in range(width)]


def grids_in(html: str) -> list[Grid]:
    """The tables in some HTML."""
    parser = _Tables()
    try:
        parser.feed(html)
        parser.close()
    except AssertionError:  # what Python's parser says of a declaration that it does not know, such as `<![x[`
        return []
    return [grid for grid in parser.grids if grid.rows]


def grid_of_lines(text: str, delimiter: str) -> Grid:
    """The table in a text with delimiters, such as CSV. Raises `csv.Error`."""
    return Grid(list(csv.reader(text.splitlines(), delimiter=delimiter, strict=True)), 1)


def table_differences(expected: Sequence[Grid], found: Sequence[Grid], again: Sequence[Grid]) -> tuple[TableDifference, ...]:
    """What differs in each pair of tables; nothing where there are not equally many. What differs in `again`, the notebook's second run, says nothing."""
    if not len(expected) == len(found) == len(again):
        return ()
    laid = (_over(*_without_noise(*grids)) for grids in zip(expected, found, again, strict=True))
    return tuple(one for one in laid if any(entry.differs for row in (*one.head, *one.rows) for entry in row))


class _Tables(HTMLParser):
    """Reads tables; one inside of another counts as its text."""

    def __init__(self) -> None:
        super().__init__()
        self.grids: list[Grid] = []
        self._depth = 0
        self._heading = False
        self._text: list[str] | None = None
        self._span = 1
        self._below: dict[int, int] = {}  # column → rows for which an entry above still holds it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row, an entry."""
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.grids.append(Grid())
                self._below, self._heading = {}, False
        elif self._depth != 1:
            return
        elif tag in ("thead", "tbody"):
            self._heading = tag == "thead"
        elif tag == "tr":
            self._end_row()
            self.grids[-1].rows.append([])
            self.grids[-1].heads += self._heading
        elif tag in ("td", "th") and self.grids[-1].rows:
            self._end_entry()
            self._begin_entry(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        """End what was begun."""
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._end_row()
            self._depth -= 1
        elif self._depth != 1:
            return
        elif tag in ("td", "th", "tr"):
            self._end_entry()
        elif tag == "thead":
            self._heading = False

    def handle_data(self, data: str) -> None:
        """Gather an entry's text."""
        if self._text is not None:
            self._text.append(data)

    def _begin_entry(self, attributes: dict[str, str | None]) -> None:
        self._text, self._span = [], _number(attributes.get("colspan"))
        row = self.grids[-1].rows[-1]
        self._fill(row)
        for column in range(len(row), len(row) + self._span):
            self._below[column] = _number(attributes.get("rowspan")) - 1

    def _end_entry(self) -> None:
        if self._text is not None:
            self.grids[-1].rows[-1] += [" ".join("".join(self._text).split()), *[""] * (self._span - 1)]
            self._text = None

    def _end_row(self) -> None:
        self._end_entry()
        if self.grids[-1].rows:
            self._fill(self.grids[-1].rows[-1])

    def _fill(self, row: Row) -> None:
        """Pass over the columns that entries above still hold."""
        while self._below.get(len(row), 0):
            self._below[len(row)] -= 1
            row.append("")


def _number(text: str | None) -> int:
    return min(max(int(text[:9]), 1), _WIDEST) if text and text.isdecimal() else 1  # Python refuses to read thousands of digits


def _without_noise(expected: Grid, found: Grid, again: Grid) -> tuple[Grid, Grid]:
    """Both without the entries that differ between two runs of the notebook, where all three have one form."""
    forms = [[len(row) for row in grid.rows] for grid in (expected, found, again)]
    if not forms[0] == forms[1] == forms[2]:
        return expected, found
    rows = zip(expected.rows, found.rows, again.rows, strict=True)
    quiet = [[other if one == noise else one for one, other, noise in zip(*three, strict=True)] for three in rows]
    return expected, Grid(quiet, found.heads)


def _over(expected: Grid, found: Grid) -> TableDifference:
    """Lay one table over the other: columns are joined by their headings, rows by what is in them."""
    columns = _joined(expected.columns(), found.columns())
    heads = zip_longest(expected.rows[: expected.heads], found.rows[: found.heads])
    left, right = (grid.rows[grid.heads :] for grid in (expected, found))
    rows = [
        _entries(None if one is None else left[one], None if other is None else right[other], columns)
        for one, other in _joined([tuple(row) for row in left], [tuple(row) for row in right])
    ]
    differing = [row for row in rows if any(entry.differs for entry in row)]
    head = tuple(_entries(one, other, columns) for one, other in heads)
    return TableDifference(head, tuple(differing[:_SHOWN]), len(rows) - len(differing), max(len(differing) - _SHOWN, 0))


def _joined(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int | None, int | None]]:
    """Which item of the one is which of the other, by position; `None` where one has no such item."""
    shorter = min(len(left), len(right))
    start = next((place for place in range(shorter) if left[place] != right[place]), shorter)
    tail = next((place for place in range(shorter - start) if left[-1 - place] != right[-1 - place]), shorter - start)
    ends = len(left) - tail, len(right) - tail
    if max(ends) - start > _LARGEST:
        blocks = [(start, ends[0], start, ends[1])]
    else:
        matcher = difflib.SequenceMatcher(None, left[start : ends[0]], right[start : ends[1]])  # many of a kind would take it minutes
        blocks = [(start + a, start + b, start + c, start + d) for _, a, b, c, d in matcher.get_opcodes()]
    pairs: list[tuple[int | None, int | None]] = [(place, place) for place in range(start)]
    for first, last, begin, end in [*blocks, (ends[0], len(left), ends[1], len(right))]:
        pairs += zip_longest(range(first, last), range(begin, end))
    return pairs


def _entries(left: Row | None, right: Row | None, columns: Sequence[tuple[int | None, int | None]]) -> tuple[Entry, ...]:
    return tuple(Entry(_at(left, one), _at(right, other)) for one, other in columns)


def _at(row: Row | None, column: int | None) -> str | None:
    return None if row is None or column is None else row[column] if column < len(row) else ""
