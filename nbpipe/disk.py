"""Where notebooks, plans and projects are, and texts that are read and written whole."""

from collections.abc import Sequence
from pathlib import Path

from nbpipe.errors import NbpipeError, WriteError
from nbpipe.planning.naming import package_name, unique
from nbpipe.render.write import MANIFEST


def notebooks_in(paths: Sequence[Path]) -> list[Path]:
    """Return the notebooks that paths name: files as they are, folders with all `.ipynb` below them but those in projects that nbpipe made."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found.extend(sorted(file for file in path.rglob("*.ipynb") if _is_a_persons(file.relative_to(path), path)))
        else:
            found.append(path)
    if not found:
        raise NbpipeError(f"There is no notebook in {', '.join(map(str, paths))}: name an .ipynb file, or a folder that holds some.")
    return found


def _is_a_persons(file: Path, top: Path) -> bool:
    """Whether a file below a folder is neither hidden nor part of a project that nbpipe made."""
    hidden = any(part.startswith(".") for part in file.parts)
    return not hidden and not any((top / parent / MANIFEST).exists() for parent in file.parents)


def text_of(path: Path) -> str:
    """Return a file's text. Raises NbpipeError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NbpipeError(f"{path} cannot be read: {error}.") from error


def project_folders(notebooks: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return the project's folder for each notebook: the folder itself for a single one, else one inside it by the package's name."""
    if len(notebooks) == 1:
        return {notebooks[0]: folder}
    taken: set[str] = set()
    folders = {}
    for path in notebooks:
        name = unique(package_name(path.name), taken)
        taken.add(name)
        folders[path] = folder / name
    return folders


def plan_files(notebooks: Sequence[Path], out: Path) -> dict[Path, Path]:
    """Return the file for each notebook's plan: the named one for a single notebook, else one in the named folder."""
    if len(notebooks) == 1:
        return {notebooks[0]: out}
    return {path: folder.with_name(f"{folder.name}.toml") for path, folder in project_folders(notebooks, out).items()}


def save_plan(text: str, path: Path, overwrite: bool = False) -> None:
    """Write a plan to a file, whole or not at all. Raises WriteError, also where another file is in the way, unless `overwrite`."""
    try:
        in_the_way = not overwrite and path.exists() and path.read_bytes() != text.encode()
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.") from error
    if in_the_way:
        raise WriteError(f"{path} exists, and may have been edited: use --plan {path} to check it, or --force to replace it.")
    save_text(text, path)


def save_text(text: str, path: Path) -> None:
    """Write a file, whole or not at all. Raises WriteError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.new")
        try:
            temporary.write_text(text, encoding="utf-8", newline="\n")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.") from error
