"""Writing a project: all of it, or nothing.

The new files are first written out in full beside their places. Then each is moved in, the file that it replaces being moved aside; if any of that fails it is
moved back. Folders that are there are never moved or removed, so that what is in them and not ours stays: runs, edited data, `.git`.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath

from nbpipe.errors import WriteError
from nbpipe.model.project import Project
from nbpipe.render.layout import DATA

MANIFEST = ".nbpipe/manifest.json"
RECORDED = "tests/recorded"  # values of the code as it was; new code has none until it is verified

# What tools and runs leave in a project, and the data, which people may edit: kept as it is, and no reason to refuse.
_KEPT_TOP = frozenset(
    {"artifacts", "store", DATA, ".git", ".venv", ".nbpipe", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints"}
)
_KEPT_ANYWHERE = frozenset({"__pycache__", ".ipynb_checkpoints", ".DS_Store"})
_SHOWN = 5


def write(
    project: Project, folder: Path, overwrite: bool = False, generated: Mapping[str, str] | None = None, same_code: bool = False
) -> None:
    """Write the project into a folder, which is made where it is not there.

    What nbpipe wrote there before is replaced; data that has been edited since is kept. Raises `WriteError`, with nothing changed, where the folder has files of somebody else,
    unless `overwrite`: then those that are in the way are replaced, and all others are kept. `generated` are the texts that nbpipe made, where the project's have
    people's edits in them: the edits count as theirs afterwards. With the `same_code` in the stages, their recorded values stay.
    """
    paths = [*project.files, *project.copies]
    if outside := [path for path in paths if not _is_inside(path)]:
        raise WriteError(f"the file {outside[0]!r} would lie outside the project; use a path below the notebook's folder")
    folder = folder.resolve()
    try:
        existed = folder.is_dir()
        if folder.exists() and not existed:
            raise WriteError(f"{folder} is a file; name a folder for the project, or remove the file")
        known = _manifest(folder)
        if not overwrite and (foreign := _foreign(folder, known)):
            raise WriteError(_refusal(folder, foreign))
        _check_links(folder, [*paths, *known])
        with _scratch(folder, existed) as scratch:
            manifest = _write_out(project, scratch / "new", generated or {})
            if existed:
                _exchange(folder, scratch, manifest, known, same_code)
            else:
                (scratch / "new").rename(folder)
    except OSError as error:
        raise WriteError(f"{folder} cannot be written: {error.strerror or error}; nothing was changed") from error


def _is_inside(path: str) -> bool:
    """Whether a path, which may come from a notebook, stays in the folder that it is taken from."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\\" not in path and "\0" not in path and ":" not in parts[0]


def _check_links(folder: Path, paths: list[str]) -> None:
    """No file may be written through a symbolic link out of the folder."""
    for path in paths:
        for parent in list(PurePosixPath(path).parents)[:-1]:
            if (folder / parent).is_symlink():
                raise WriteError(f"{folder / parent} is a symbolic link; replace it by a folder, or choose another one for the project")


def _foreign(folder: Path, known: Mapping[str, str]) -> list[str]:
    """The files that nbpipe did not write, or not as they are now."""
    found = []
    for path in _files(folder):
        ours = path in known and not (folder / path).is_symlink() and _digest(folder / path) == known[path]
        if not ours and not path.startswith(RECORDED + "/"):
            found.append(path)
    return found


def _files(folder: Path) -> Iterator[str]:
    """All files below a folder but those that are kept anyway."""
    for top, folders, names in os.walk(folder):
        root = Path(top)
        kept = _KEPT_ANYWHERE | (_KEPT_TOP if root == folder else frozenset())
        links = [name for name in folders if (root / name).is_symlink() and name not in kept]
        folders[:] = sorted(name for name in folders if name not in kept and name not in links and not name.endswith(".egg-info"))
        yield from ((root / name).relative_to(folder).as_posix() for name in sorted([*names, *links]) if name not in kept)


def _refusal(folder: Path, foreign: list[str]) -> str:
    more = f" and {len(foreign) - _SHOWN} more" if len(foreign) > _SHOWN else ""
    return (
        f"{folder} has files that nbpipe did not write, or that were changed since: {', '.join(foreign[:_SHOWN])}{more}; "
        "choose another folder, or use --force to replace those that are in the way"
    )


@contextmanager
def _scratch(folder: Path, existed: bool) -> Iterator[Path]:
    """A folder on the same disk, gone afterwards; the parents made for it go too if the project does not get there."""
    missing = [parent for parent in folder.parents if not parent.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".nbpipe-", dir=folder if existed else folder.parent) as name:
            yield Path(name)
    except BaseException:
        with suppress(OSError):
            for parent in missing:
                parent.rmdir()
        raise


def _write_out(project: Project, folder: Path, generated: Mapping[str, str]) -> dict[str, str]:
    """Write all files below `folder`, with the manifest; returns the digests."""
    manifest = {}
    for path, text in project.files.items():
        target = _ready(folder / path)
        target.write_text(text, encoding="utf-8", newline="\n")
        made = generated.get(path, text)
        manifest[path] = hashlib.sha256(made.encode()).hexdigest()
    for path, source in project.copies.items():
        manifest[path] = _copy(Path(source), _ready(folder / path))
    _ready(folder / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return manifest


def _copy(source: Path, target: Path) -> str:
    if not source.is_file():
        raise WriteError(f"{source}, which the notebook reads, is not a file that can be copied; nothing was changed")
    shutil.copyfile(source, target)
    return _digest(target)


def _exchange(folder: Path, scratch: Path, manifest: Mapping[str, str], known: Mapping[str, str], same_code: bool) -> None:
    """Move the new files in and the old ones out; on any failure, everything back."""
    new, old = scratch / "new", scratch / "old"
    edited = {path for path in _data(known) | _data(manifest) if _is_edited(folder / path, known.get(path))}
    gone = [path for path in known if path not in manifest and path not in edited and (folder / path).is_file()]
    with ExitStack() as undo:
        for path in [*gone, *([RECORDED] if (folder / RECORDED).is_dir() and not same_code else [])]:
            _move(folder / path, old / path, undo)
        for path in [*manifest, MANIFEST]:
            if path in edited:
                continue
            target = folder / path
            if target.is_symlink() or target.exists():
                _move(target, old / path, undo)
            for parent in reversed([parent for parent in target.parents if not parent.exists()]):
                parent.mkdir()
                undo.callback(parent.rmdir)
            _move(new / path, target, undo)
        undo.pop_all()
    for path in gone:
        _prune(folder / path, folder)


def _data(paths: Mapping[str, str]) -> set[str]:
    return {path for path in paths if path.startswith(f"{DATA}/")}


def _is_edited(file: Path, digest: str | None) -> bool:
    """Whether a data file is there, and is not as nbpipe wrote it."""
    return file.exists() and (file.is_symlink() or _digest(file) != digest)


def _move(source: Path, target: Path, undo: ExitStack) -> None:
    _ready(target)
    source.rename(target)
    undo.callback(target.rename, source)


def _prune(path: Path, folder: Path) -> None:
    """Remove the folders that removing a file left empty."""
    for parent in path.parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()


def _ready(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _manifest(folder: Path) -> Mapping[str, str]:
    """The digests of the files that nbpipe wrote into a folder before."""
    try:
        known = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return {path: digest for path, digest in known.items() if _is_inside(path)} if isinstance(known, dict) else {}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
