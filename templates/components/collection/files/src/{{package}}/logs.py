"""What is new in a log to which lines of JSON are only ever added, across its rotation.

Where reading stopped in a file is remembered as a mark: how many bytes, and a digest of the last of them. So a file is known again under another name (`app.log.1`), as a copy, and
compressed; and one that was cut short, or took the place of another, is read from its beginning.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import pandas as pd

Mark = tuple[int, str]  # bytes that were read, and the digest of the last of them
_TAIL = 4096  # bytes of which a mark has the digest


@dataclass(frozen=True)
class NewLines:
    """The rows in new lines, the lines that are no objects of JSON, and the marks where reading stopped now."""

    rows: pd.DataFrame
    broken: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


def new_lines(log: Path, where: dict[str, Any], marks: Iterable[Mark]) -> NewLines:
    """What is new in a log and in the files into which it was rotated, the oldest first; a last line without an end waits.

    Of its lines, those count in which all is as `where` says. Raises FileNotFoundError where there is no log.
    """
    known = [(int(size), str(mark)) for size, mark in marks]
    found, broken, stopped = [], [], {}
    for file in _files(log):
        try:
            lines, now = _complete_lines(file, known)
        except EOFError:
            continue  # it is being compressed, and still there as it was
        if now[0] == 0 or now in stopped:
            continue  # there is no line in it, or it is a copy
        stopped[now] = file
        for line in filter(str.strip, lines):
            row = _row(line)
            if row is None:
                broken.append(line)
            elif all(row.get(name) == value for name, value in where.items()):
                found.append(row)
    return NewLines(pd.DataFrame(found), broken, list(stopped))


def _files(log: Path) -> list[Path]:
    rotated = re.compile(rf"{re.escape(log.name)}([.-].+)?")
    files = [file for file in log.parent.glob("*") if rotated.fullmatch(file.name) and file.is_file()]
    if not files:
        raise FileNotFoundError(f"there is no log {log}")
    return sorted(files, key=lambda file: file.stat().st_mtime_ns)


def _complete_lines(file: Path, known: list[Mark]) -> tuple[list[str], Mark]:
    """The complete lines behind the last mark that a file has, and the mark behind them."""
    with _opened(file) as content:
        began = next((mark for mark in sorted(known, reverse=True) if _mark(content, mark[0]) == mark), (0, ""))
        content.seek(began[0])
        new = content.read()
        complete = new[: new.rfind(b"\n") + 1]
        return complete.decode("utf-8", errors="replace").split("\n"), _mark(content, began[0] + len(complete))


def _opened(file: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(file)) if file.suffix == ".gz" else file.open("rb")


def _mark(content: IO[bytes], size: int) -> Mark:
    """The mark of the first so many bytes; another one where there are fewer."""
    start = max(0, size - _TAIL)
    content.seek(start)
    tail = content.read(size - start)
    return start + len(tail), hashlib.sha256(tail).hexdigest()


def _row(line: str) -> dict[str, Any] | None:
    """The values in a line, those within others under `outer.inner`; None where it is no object of JSON."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return dict(_flat(event, "")) if isinstance(event, dict) else None


def _flat(event: dict[str, Any], above: str) -> Iterable[tuple[str, Any]]:
    for name, value in event.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
