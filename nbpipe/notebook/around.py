"""What lies around a notebook: its sibling modules, and files that say what to install."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbpipe.notebook.source import imported_modules, syntax_problem

_MOST_BYTES = 1_000_000  # of a module that a person wrote

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


def own_sources(folder: Path, cells: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The modules in a folder that cells import, each with its source; those that are packages, cannot be read or do not parse are passed over."""
    for name in sorted({name.partition(".")[0] for cell in cells for name in imported_modules(cell)}):
        file = folder / f"{name}.py"
        try:
            if not name.isidentifier() or not file.is_file() or file.stat().st_size > _MOST_BYTES:
                continue
            source = file.read_text(encoding="utf-8-sig")
        except (OSError, ValueError):
            continue
        if syntax_problem(source) is None:
            yield name, source


def _requirement_files(folder: Path) -> Iterator[str]:
    for place in (folder, *folder.parents):
        yield from (str(file) for pattern in _REQUIREMENT_FILES for file in place.glob(pattern))
        if (place / ".git").exists():
            return
