"""The files around a notebook that its pipeline needs: what it reads, the modules beside it, the folders that it writes to."""

import ast
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import FlowGraph
from nbpipe.model.notebook import Notebook
from nbpipe.notebook.source import imported_modules, parse

MOST_BYTES = 200 * 1024 * 1024
MOST_FILES = 2000
_READ_BY_LIBRARIES = ("matplotlibrc",)  # from the notebook's folder, though no code names them
_SKIPPED = frozenset({"__pycache__", "node_modules", "venv", "env", "artifacts"})
_MARKS = ("pyvenv.cfg", ".nbpipe")
_CODE = frozenset({".ipynb", ".py", ".pyc", ".md", ".toml", ".lock", ".html", ".yml"})


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files by their path relative to the notebook's folder, folders likewise, and what could not be taken along."""

    files: Mapping[str, str]
    folders: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def find_inputs(notebook: Notebook, graph: FlowGraph) -> Inputs:
    """Return what a project has to bring with it so that its stages find what the notebook found. Nothing is executed; files are only looked at."""
    home = Path(notebook.path).resolve().parent
    texts = [text for cell in notebook.code_cells for text in _texts(cell.python)]
    named = {path for s in graph.statements for path in s.effects.files_read if path != "?"} | {t for t in texts if _looks_like_path(t)}
    files: dict[str, str] = {}
    for name in (*sorted(named), *_READ_BY_LIBRARIES):
        files.update(_named(home, name))
    if any("?" in s.effects.files_read for s in graph.statements) and files.keys() <= set(_READ_BY_LIBRARIES):
        files.update(_nearby(home))
    for module in sorted({name for cell in notebook.code_cells for name in imported_modules(cell.python)}):
        files.update(_module(home, module, set()))
    written = {path for s in graph.statements for path in s.effects.files_written if path != "?"} | named
    kept, findings = _limited(files)
    return Inputs(kept, _folders(home, written), findings)


def _texts(source: str) -> Iterator[str]:
    return (node.value for node in ast.walk(parse(source)) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _looks_like_path(text: str) -> bool:
    return 0 < len(text) < 250 and "\n" not in text and "\0" not in text and text.strip(". /") != "" and not text.startswith(("/", "~"))


def _named(home: Path, name: str) -> dict[str, str]:
    """Return the file, or the files of the folder, that a text in the code names."""
    relative = PurePosixPath(name.replace("\\", "/") if "\\" in name and not _exists(home / name) else name)
    if relative.is_absolute() or not _exists(home / relative):
        return {}
    place = home / relative
    if place.is_file():
        return {str(relative): str(place)}
    if relative.parts.count("..") >= len(relative.parts):
        return {}  # a parent folder as a whole is not an input
    return {str(relative / file.relative_to(place).as_posix()): str(file) for file in islice(_below(place), MOST_FILES)}


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _hidden(name: str) -> bool:
    return name.startswith(".") or name in _SKIPPED


def _nearby(home: Path) -> dict[str, str]:
    """Return the data files beside the notebook, where the code does not say which of them it reads."""
    found = (file for file in _below(home) if file.suffix not in _CODE)
    return {file.relative_to(home).as_posix(): str(file) for file in islice(found, MOST_FILES)}


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, but for hidden ones, environments, and projects that nbpipe made."""
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _hidden(name) and not any(Path(top, name, mark).exists() for mark in _MARKS))
        yield from (file for name in sorted(names) if not _hidden(name) and (file := Path(top, name)).is_file())


def _module(home: Path, name: str, seen: set[str]) -> dict[str, str]:
    """Return the files of a module that lies beside the notebook, and of those that it imports in turn."""
    first = name.partition(".")[0]
    if first in seen or not first.isidentifier():
        return {}
    seen.add(first)
    single, package = home / f"{first}.py", home / first
    sources = [single] if single.is_file() else sorted(package.rglob("*.py")) if (package / "__init__.py").is_file() else []
    files = {}
    for source in sources[:MOST_FILES]:
        files[source.relative_to(home).as_posix()] = str(source)
        try:
            inner = imported_modules(source.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for other in inner:
            files.update(_module(home, other, seen))
    return files


def _folders(home: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Return the folders that the code writes to and takes to exist."""
    found: set[str] = set()
    for name in names:
        path = PurePosixPath(name)
        for folder in (path, path.parent):
            if not path.is_absolute() and str(folder) not in (".", "..") and _exists(home / folder) and (home / folder).is_dir():
                found.add(str(folder))
    return tuple(sorted(folder for folder in found if not all(part == ".." for part in PurePosixPath(folder).parts)))


def _limited(files: Mapping[str, str]) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Leave out the largest files where all together are too much to copy into a project."""
    sizes = {name: Path(path).stat().st_size for name, path in files.items()}
    kept = dict(files)
    left = []
    total = sum(sizes.values())
    for name in sorted(sizes, key=lambda n: sizes[n], reverse=True):
        if total <= MOST_BYTES:
            break
        total -= sizes[name]
        del kept[name]
        left.append(name)
    message = f"{len(left)} files are too large to copy into the project: {', '.join(left[:3])}"
    return kept, (Finding("NB103", message, Severity.WARNING, fix="copy or link them into the project's data folder"),) if left else ()
