"""From a line of the generated code back to the notebook."""

import difflib
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path

from nbpipe.model.project import Conversion, Origin

_GENERATED = ".nbpipe/generated"


class Provenance:
    """Knows which statement a place (`stages/clean.py:14`) came from, also where a person has edited the file since."""

    def __init__(self, project: Path, conversion: Conversion, package: Path) -> None:
        prefix = package.relative_to(project).as_posix() + "/"
        self._origins: dict[str, list[Origin]] = {}
        for origin in sorted(conversion.provenance):
            if origin.file.startswith(prefix):
                self._origins.setdefault(origin.file.removeprefix(prefix), []).append(origin)
        self._moved = {file: _moved_lines(project / _GENERATED / prefix / file, package / file) for file in self._origins}

    def origin(self, place: str) -> Origin | None:
        """The origin of a place: of its line, or of the nearest one above it, else below it."""
        file, _, number = place.rpartition(":")
        origins = self._origins.get(file)
        if not origins:
            return None
        line = self._moved[file].get(int(number), int(number))
        return origins[max(bisect_right([origin.line for origin in origins], line) - 1, 0)]


def _moved_lines(generated: Path, edited: Path) -> Mapping[int, int]:
    """The line of the generated text for each line of the edited one, where both are there and differ."""
    if not generated.is_file() or not edited.is_file():
        return {}
    old, new = (path.read_text(encoding="utf-8", errors="replace").splitlines() for path in (generated, edited))
    if old == new:
        return {}
    moved = {}
    for tag, first, last, new_first, new_last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for offset in range(new_last - new_first):
            moved[new_first + offset + 1] = first + offset + 1 if tag == "equal" else min(first + offset + 1, max(last, 1))
    return moved
