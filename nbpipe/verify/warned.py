"""Compare the cells of two executions, where a warning may be shown in another cell.

Python shows a warning once for a line of code, and anew whenever something has changed the filters meanwhile. A pipeline that keeps what a notebook
does, but not the order in which it looks at it, shows its warnings at other times.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from nbpipe.model.plan import LeftOut
from nbpipe.model.verification import Status
from nbpipe.verify.cells import Comparison
from nbpipe.verify.outputs import Item
from nbpipe.verify.verdict import Verdict

_HEAD = re.compile(r"^\S[^\n]*?:\d+: (?=\w*(?:Warning|Error)\b)")
_CODE = re.compile(r"  \S")  # the line of code that Python shows below a warning

Cells = Mapping[int, Sequence[Item]]


def compare_cells(
    comparison: Comparison, expected: Cells, again: Cells, found: Cells, left_out: Sequence[LeftOut]
) -> Iterator[tuple[int, Verdict]]:
    """The verdict on each cell that showed something in the notebook or in the pipeline."""
    notebook, pipeline = all_warnings(expected), all_warnings(found)
    for cell in sorted(expected.keys() | found.keys()):
        items = [shown.get(cell, ()) for shown in (expected, again, found)]
        verdict = comparison.cell(items[0], items[1], items[2], left_out)
        if not verdict.fine:
            quiet = [list(without(some, known)) for some, known in zip(items, (pipeline, pipeline, notebook), strict=True)]
            if comparison.cell(quiet[0], quiet[1], quiet[2], left_out).fine:
                verdict = Verdict(Status.CLOSE, "Python shows a warning once for a line: the pipeline shows it in another cell")
        yield cell, verdict


def all_warnings(cells: Cells) -> frozenset[str]:
    """All that was warned of, without the places."""
    texts = (item.text for items in cells.values() for item in items if item.kind == "stderr")
    return frozenset(warning for text in texts for warning, _ in blocks(text) if warning)


def without(items: Iterable[Item], known: frozenset[str]) -> Iterator[Item]:
    """The items without the warnings that the other side shows too, in whatever cell."""
    for item in items:
        if item.kind != "stderr":
            yield item
        elif rest := "".join(text for warning, text in blocks(item.text) if warning not in known):
            yield replace(item, data={"text": rest})


def blocks(text: str) -> list[tuple[str, str]]:
    """What was written to standard error, cut into warnings and what stands between them: what a block warns of (or nothing), and its text.

    A warning goes from its place to the line of code that Python shows below it; without such a line it is one line.
    """
    lines = text.splitlines(keepends=True)
    found: list[tuple[str, str]] = []
    while lines:
        head = _HEAD.match(lines[0])
        end = next((number for number, line in enumerate(lines[1:], 1) if _CODE.match(line) or _HEAD.match(line)), 0) if head else 0
        message = lines[:end] if end and _CODE.match(lines[end]) else lines[:1]
        size = end + 1 if end and _CODE.match(lines[end]) else 1
        found.append(("".join(message)[head.end() :] if head else "", "".join(lines[:size])))
        lines = lines[size:]
    return found
