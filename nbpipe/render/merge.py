"""Keeping people's edits: what they changed in a project, and what a new conversion changes, three ways with what nbpipe wrote last."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from merge3 import Merge3

GENERATED = ".nbpipe/generated.json"  # what nbpipe wrote last, whatever people did to it since
_OURS = ".nbpipe/"
_WHOLE = (".ipynb", ".json")  # marks of a conflict would make these unreadable


class Fate(StrEnum):
    """What becomes of a file when a project is updated."""

    NEW = "new"
    UPDATED = "updated"
    REMOVED = "removed"
    KEPT = "kept yours"
    MERGED = "merged"
    CONFLICT = "conflict"
    STAYS_DELETED = "stays deleted"
    LEFT_OVER = "left over"  # edited, and no longer generated


@dataclass(frozen=True, slots=True)
class Merged:
    """The texts to write, and what became of each file that is not simply as it was."""

    files: Mapping[str, str]
    fates: Mapping[str, Fate]

    @property
    def conflicts(self) -> list[str]:
        """The files that a person has to look at."""
        return [path for path, fate in self.fates.items() if fate in (Fate.CONFLICT, Fate.LEFT_OVER)]


def merge(base: Mapping[str, str], current: Mapping[str, str], new: Mapping[str, str]) -> Merged:
    """Merge, file by file; `current` has what is there of the files of `base` and `new`."""
    files: dict[str, str] = {}
    fates: dict[str, Fate] = {}
    for path in dict.fromkeys((*new, *base)):
        text, fate = new.get(path), None
        if not path.startswith(_OURS):
            text, fate = _merged(path, base.get(path), current.get(path), new.get(path))
        if text is not None:
            files[path] = text
        if fate is not None:
            fates[path] = fate
    return Merged(files, fates)


def _merged(path: str, base: str | None, current: str | None, new: str | None) -> tuple[str | None, Fate | None]:
    """Return what to write, None where there is to be no file, and what becomes of it, None where it is as it was."""
    if current == new:
        return new, None
    if current == base:
        return new, Fate.NEW if base is None else Fate.REMOVED if new is None else Fate.UPDATED
    if base == new:
        return current, Fate.STAYS_DELETED if current is None else Fate.KEPT
    if new is None:
        return current, Fate.LEFT_OVER
    if current is None:
        return None, Fate.CONFLICT
    return _both_changed(path, base or "", current, new)


def _both_changed(path: str, base: str, current: str, new: str) -> tuple[str, Fate]:
    before, yours, theirs = (text.splitlines(keepends=True) for text in (base, current, new))
    merger = Merge3(before, yours, theirs)
    clean = all(group[0] != "conflict" for group in merger.merge_groups())
    if not clean and path.endswith(_WHOLE):
        return current, Fate.CONFLICT
    lines: Iterator[str] = merger.merge_lines(name_a="yours", name_b="the notebook", reprocess=True)
    return "".join(lines), Fate.MERGED if clean else Fate.CONFLICT
