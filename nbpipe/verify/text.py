"""Compare texts line by line; numbers in them may be close."""

import difflib
import math
import re
from itertools import zip_longest

from nbpipe.model.verification import Status
from nbpipe.verify.verdict import SAME, Verdict

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_WIDTH = 60
_LONGEST = 5000  # lines of a text of which a diff is made
_SHOWN = 200  # lines of a diff


def compare_texts(expected: str, found: str, again: str, rtol: float, atol: float) -> Verdict:
    """Compare what the notebook showed with what the pipeline shows; `again` is what the notebook showed the second time."""
    left, right, noise = (_lines(text) for text in (expected, found, again))
    if len(left) != len(noise):
        return Verdict(Status.NOISY, f"the notebook itself shows {len(left)} lines and then {len(noise)}")
    noisy = {number for number, (one, other) in enumerate(zip(left, noise, strict=True)) if one != other}
    close = ""
    for number, (one, other) in enumerate(zip_longest(left, right)):
        if one == other or number in noisy:
            continue
        if one is None or other is None:
            there = f"line {number + 1} is not in the notebook's" if one is None else f"line {number + 1} is missing"
            return Verdict(Status.DIFFERENT, f"{there}: {_cut(one or other or '', 0)!r}", lines=_diff(left, right, noisy))
        told = f"line {number + 1}: {_shown(one, other)}"
        if not _is_close(one, other, rtol, atol):
            return Verdict(Status.DIFFERENT, told, lines=_diff(left, right, noisy))
        close = close or told
    if noisy:
        first = min(noisy)
        return Verdict(
            Status.NOISY, f"line {first + 1} differs between two runs of the notebook itself: {_shown(left[first], noise[first])}"
        )
    return Verdict(Status.CLOSE, close) if close else SAME


def _diff(left: list[str], right: list[str], noisy: set[int]) -> tuple[str, ...]:
    """What differs, as a unified diff; lines that are noisy are taken to be the same."""
    if max(len(left), len(right)) > _LONGEST:
        return ()
    quiet = [left[number] if number in noisy else line for number, line in enumerate(right)]
    found = list(difflib.unified_diff(left, quiet, "notebook", "pipeline", lineterm=""))
    more = len(found) - _SHOWN
    return (*found[:_SHOWN], f"(and {more} more lines)") if more > 0 else tuple(found)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").rstrip().split("\n")]


def _is_close(one: str, other: str, rtol: float, atol: float) -> bool:
    """Whether only numbers differ (and the spaces that align them), and those little."""
    if _skeleton(one) != _skeleton(other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(left == right or math.isclose(float(left), float(right), rel_tol=rtol, abs_tol=atol) for left, right in pairs)


def _skeleton(line: str) -> list[str]:
    return _NUMBER.sub("0", line).split()


def _shown(one: str, other: str) -> str:
    """Both lines, from a little before the place where they differ."""
    differ = next((place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), min(len(one), len(other)))
    start = max(differ - _WIDTH // 2, 0) if max(len(one), len(other)) > _WIDTH else 0
    return f"{_cut(one, start)!r} != {_cut(other, start)!r}"


def _cut(line: str, start: int) -> str:
    part = line[start : start + _WIDTH]
    return "…" * (start > 0) + part + "…" * (len(line) > start + _WIDTH)
