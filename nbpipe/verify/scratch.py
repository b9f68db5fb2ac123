"""Scratch copies: the notebook's folder as far as it matters, and what was written in a copy."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from nbpipe.model.finding import Finding
from nbpipe.verify import findings

_NEVER = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "__pycache__",
        ".ipynb_checkpoints",
        "node_modules",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
    }
)
_MARKERS = ("pyvenv.cfg", "conda-meta", ".nbpipe")  # a folder with one of these is an environment, or a project that nbpipe made
_MOST_FILES = 20_000  # a notebook may lie in somebody's home folder
_UPWARDS = re.compile(r"(?:\.\./)*\.\.(?![.\w])")

Snapshot = Mapping[str, tuple[int, int]]  # path → size and time of the last change


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The files around a notebook that a copy needs (path in the copy → file), the folders, and where in the copy the notebook's own folder is.

    Folders above the notebook's are there too where the notebook refers to them (`../data/x.csv`).
    """

    files: Mapping[str, Path]
    folders: tuple[str, ...]
    workdir: str
    findings: tuple[Finding, ...] = ()

    def digest(self) -> str:
        """A digest of all names and contents."""
        whole = hashlib.sha256("\n".join((self.workdir, *self.folders)).encode())
        for name, file in sorted(self.files.items()):
            with file.open("rb") as stream:
                whole.update(f"{name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
        return whole.hexdigest()

    def lay_out(self, root: Path) -> Path:
        """Copy everything below `root`, and return the copy of the notebook's folder."""
        for name in (self.workdir, *self.folders):  # the notebook may write into a folder that is empty now
            (root / name).mkdir(parents=True, exist_ok=True)
        for name, file in self.files.items():
            _copy(file, root / name)
        return root / self.workdir


def surroundings(folder: Path, inputs: Iterable[str], code: str, limit: int, without: Path) -> Surroundings:
    """Choose the files for a notebook in `folder` whose code is `code`.

    `inputs` are the files that it is known to read, relative to its folder: they are copied in any case. `without` is a folder that is left out: the
    generated project may lie beside the notebook.
    """
    folder = folder.resolve()
    known = [name for name in inputs if not Path(name).is_absolute() and (folder / name).is_file()]
    levels = min(max((_levels(text) for text in (*known, code)), default=0), len(folder.parts) - 1)
    workdir = PurePosixPath(*folder.parts[len(folder.parts) - levels :]) if levels else PurePosixPath("notebook")
    chosen = {_inside(workdir, name): folder / name for name in known}
    room = limit - sum(file.stat().st_size for file in chosen.values())
    left_behind = []
    folders = []
    for place, file in islice(_nearby(folder, workdir, levels, code, without.resolve()), _MOST_FILES):
        size = file.stat().st_size
        if file.is_dir():
            folders.append(str(place))
        elif size > room or not os.access(file, os.R_OK):
            left_behind.append(file)
        elif str(place) not in chosen:
            room -= size
            chosen[str(place)] = file
    notes = (findings.not_copied(folder, left_behind),) if left_behind else ()
    return Surroundings(chosen, tuple(folders), str(workdir), notes)


def copy_project(project: Path, target: Path, without: Iterable[str]) -> None:
    """Copy a generated project as it is before it ever ran; `without` are more paths in it that its runs made."""
    skipped = {project / name for name in ("artifacts", *without)}

    def ignored(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if name in _NEVER or Path(folder) / name in skipped or (Path(folder) / name / "pyvenv.cfg").exists()]

    shutil.copytree(project, target, ignore=ignored, ignore_dangling_symlinks=True)


def snapshot(root: Path) -> Snapshot:
    """What lies below a folder."""
    found = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in _NEVER]
        for name in files:
            path = Path(folder, name)
            state = path.lstat()
            found[path.relative_to(root).as_posix()] = (state.st_size, state.st_mtime_ns)
    return found


def written(root: Path, before: Snapshot) -> tuple[str, ...]:
    """The files below `root` that are new or changed since the snapshot."""
    return tuple(sorted(name for name, state in snapshot(root).items() if before.get(name) != state))


def _levels(text: str) -> int:
    """How many folders upwards a path, or any path in a piece of code, leads."""
    return max((found.group().count("..") for found in _UPWARDS.finditer(text)), default=0)


def _inside(workdir: PurePosixPath, name: str) -> str:
    return os.path.normpath(workdir / name).replace(os.sep, "/")


def _nearby(folder: Path, workdir: PurePosixPath, levels: int, code: str, without: Path) -> Iterator[tuple[PurePosixPath, Path]]:
    """The files and folders in the notebook's folder, nearest first, then the modules that lie in the folders above which it refers to."""
    waiting = [(workdir, folder)]
    visited = {folder}
    for place, current in waiting:
        for entry in sorted(current.iterdir()):
            if entry.is_file() and (entry.suffix != ".ipynb" or entry.name in code):
                yield place / entry.name, entry
            elif entry.is_dir() and entry.resolve() not in visited and _is_wanted(entry, without):
                visited.add(entry.resolve())
                waiting.append((place / entry.name, entry))
                yield place / entry.name, entry
    for level in range(1, levels + 1):
        for module in sorted(folder.parents[level - 1].glob("*.py")):
            yield PurePosixPath(_inside(workdir, "../" * level + module.name)), module


def _is_wanted(folder: Path, without: Path) -> bool:
    if folder.name in _NEVER or folder.resolve() == without or not os.access(folder, os.R_OK | os.X_OK):
        return False
    return not any((folder / marker).exists() for marker in _MARKERS)


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(file, target)
