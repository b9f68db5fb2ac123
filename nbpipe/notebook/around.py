"""What lies around a notebook: its sibling modules, and files that say what to install."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_REQUIREMENT_FILES = (
    "requirements*.txt",
    "requirements/*.txt",
    "environment*.y*ml",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "Pipfile",
    "uv.lock",
)


@dataclass(frozen=True, slots=True)
class Around:
    """The files around a notebook that say what to install, and the modules that lie beside it."""

    requirement_files: tuple[str, ...]
    own_modules: frozenset[str]


def look_around(path: Path) -> Around:
    """Look at the folder of a notebook, and above it up to the top of the repository."""
    folder = path.resolve().parent
    entries = list(folder.iterdir()) if folder.is_dir() else []
    own = frozenset(entry.stem for entry in entries if entry.suffix == ".py" or entry.is_dir())
    return Around(tuple(_requirement_files(folder)), own)


def _requirement_files(folder: Path) -> Iterator[str]:
    for place in (folder, *folder.parents):
        yield from (str(file) for pattern in _REQUIREMENT_FILES for file in place.glob(pattern))
        if (place / ".git").exists():
            return
