"""From a line of the generated code back to the notebook."""

import difflib
import json
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path

from nbpipe.model.project import Conversion, Origin
from nbpipe.render.layout import GENERATED


class Provenance:
    """Knows which statement a place (`stages/clean.py:14`) came from, also where a person has edited the file since."""

    def __init__(self, project: Path, conversion: Conversion, package: Path) -> None:
        prefix = package.relative_to(project).as_posix() + "/"
        self._origins: dict[str, list[Origin]] = {}
        for origin in sorted(conversion.provenance):
            if origin.file.startswith(prefix):
                self._origins.setdefault(origin.file.removeprefix(prefix), []).append(origin)
        generated = _generated(project)
        self._moved = {file: _moved_lines(generated.get(prefix + file), package / file) for file in self._origins}

    def origin(self, place: str) -> Origin | None:
        """The origin of a place: of its line, or of the nearest one above it, else below it."""
        file, _, number = place.rpartition(":")
        origins = self._origins.get(file)
        if not origins:
            return None
        line = self._moved[file].get(int(number), int(number))
        return origins[max(bisect_right([origin.line for origin in origins], line) - 1, 0)]


def _generated(project: Path) -> Mapping[str, str]:
    """What nbpipe wrote, as far as the project remembers it."""
    try:
        known = json.loads((project / GENERATED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _moved_lines(generated: str | None, edited: Path) -> Mapping[int, int]:
    """The line of the generated text for each line of the edited one, where both are there and differ."""
    if generated is None or not edited.is_file():
        return {}
    old, new = generated.splitlines(), edited.read_text(encoding="utf-8", errors="replace").splitlines()
    if old == new:
        return {}
    moved = {}
    for tag, first, last, new_first, new_last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for offset in range(new_last - new_first):
            moved[new_first + offset + 1] = first + offset + 1 if tag == "equal" else min(first + offset + 1, max(last, 1))
    return moved
