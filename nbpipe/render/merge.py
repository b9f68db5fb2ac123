"""Keeping people's edits: what they changed in a project, and what a new conversion changes, three ways with what nbpipe wrote last."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from pathlib import PurePosixPath

from merge3 import Merge3

from nbpipe.render.layout import OURS, PLAN

_ALIKE = 0.5  # the share of lines that a renamed file still has
_WHOLE = (".ipynb", ".json")  # marks of a conflict would make these unreadable


class Fate(StrEnum):
    """What becomes of a file when a project is updated."""

    NEW = "new"
    UPDATED = "updated"
    REMOVED = "removed"
    KEPT = "kept yours"
    MERGED = "merged"
    CONFLICT = "conflict"
    RENAMED = "renamed"  # its edits are in the file that it is now
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
    """Merge, file by file; `current` has what is there of the files of `base` and `new`.

    The plan is not merged as text: the new one has been made from the edited one.
    """
    files: dict[str, str] = {}
    fates: dict[str, Fate] = {}
    renamed = _renamed(base, current, new)
    old_names = {after: before for before, after in renamed.items()}
    for path in dict.fromkeys((*new, *base)):
        text, fate = new.get(path), None
        before = old_names.get(path, path)
        if path in renamed:
            fate = Fate.RENAMED
        elif path == PLAN and current.get(path) is not None:
            fate = None if text == current[path] else Fate.UPDATED if current[path] == base.get(path) else Fate.MERGED
        elif not path.startswith(OURS):
            text, fate = _merged(path, base.get(before), current.get(before), new.get(path))
        if text is not None:
            files[path] = text
        if fate is not None:
            fates[path] = fate
    return Merged(files, fates)


def _renamed(base: Mapping[str, str], current: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return the edited files that have another name now: a new one in the same folder, most of whose lines nbpipe had written to the old one."""
    found: dict[str, str] = {}
    free = [path for path in new if path not in base and path not in current and not path.startswith(OURS)]
    for path, text in base.items():
        if path in new or current.get(path) in (None, text):
            continue
        place = PurePosixPath(path)
        others = [other for other in free if PurePosixPath(other).parent == place.parent and other.endswith(place.suffix)]
        shares = {other: SequenceMatcher(None, text.splitlines(), new[other].splitlines(), autojunk=False).ratio() for other in others}
        best = max(shares, key=shares.__getitem__, default=None)
        if best is not None and shares[best] >= _ALIKE:
            found[path] = best
            free.remove(best)
    return found


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
