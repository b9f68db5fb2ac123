"""The rows of `magics.toml`, and how a row's text is filled in."""

import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from nbpipe.notebook.literals import text_block, text_expression
from nbpipe.resources import read_table

Kind = Literal["line", "cell"]
_REMARKS = ("note", "times", "warning", "error")


@dataclass(frozen=True, slots=True)
class Row:
    """One row; the table's own head says what the fields mean. `remark` is the kind of finding and its text."""

    pattern: re.Pattern[str]
    becomes: str
    imports: tuple[str, ...]
    shown: bool
    runs: bool
    remark: tuple[str, str] | None


def rows_for(kind: Kind, name: str) -> tuple[Row, ...]:
    """The rows about a magic; none where it is unknown."""
    return _rows(kind).get(name, ())


def fill(row: Row, values: Mapping[str, str], is_bound: Callable[[str], bool]) -> str:
    """The row's text with its values in place."""
    return _Template(is_bound).vformat(row.becomes, (), values)


class _Template(string.Formatter):
    """`{x}` stands as it is, `{x!r}` is an expression for the text, `{x!l}` a literal over several lines."""

    def __init__(self, is_bound: Callable[[str], bool]) -> None:
        self.is_bound = is_bound

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """The value of that name; the templates use no positions."""
        return kwargs[str(key)]

    def convert_field(self, value: Any, conversion: str | None) -> str:
        """The value in the form that the template asks for."""
        match conversion:
            case "r":
                return text_expression(value, self.is_bound)
            case "l":
                return text_block(value)
        return str(value)


@cache
def _rows(kind: Kind) -> Mapping[str, tuple[Row, ...]]:
    """All rows of a kind by the magic's name, in the table's order."""
    rows: dict[str, tuple[Row, ...]] = {}
    for data in read_table("magics")[kind]:
        for name in data["names"]:
            rows[name] = (*rows.get(name, ()), _row(data))
    return rows


def _row(data: Mapping[str, Any]) -> Row:
    """One row as a value."""
    return Row(
        pattern=re.compile(data.get("pattern", "(?s:.*)")),
        becomes=data.get("becomes", ""),
        imports=tuple(data.get("imports", ())),
        shown=data.get("shown", False),
        runs=data.get("runs", False),
        remark=next(((kind, data[kind]) for kind in _REMARKS if kind in data), None),
    )
