"""Paths of the browser as paths on disk: inside the server's root, and nothing hidden."""

from pathlib import Path

from jupyter_core.paths import is_hidden
from jupyter_server.services.contents.manager import ContentsManager
from jupyter_server.utils import ApiPath, to_os_path

from nbpipe.errors import NbpipeError


def file_of(manager: ContentsManager, path: str) -> Path:
    """Return where a path of the browser lies on disk, by the rules of the contents manager. Raises NbpipeError."""
    root = _root(manager)
    file = Path(to_os_path(ApiPath(path), str(root)))
    if "\0" in path or ".." in file.parts or not file.is_relative_to(root) or file == root:
        raise NbpipeError(f"{path!r} is not a path inside the server's folder.")
    if not manager.allow_hidden and is_hidden(str(file), str(root)):
        raise NbpipeError(f"{path!r} is hidden: the server does not give access to hidden files.")
    return file


def folder_of(manager: ContentsManager, path: str) -> Path:
    """Return the folder on disk that may be written to, links followed. Raises NbpipeError."""
    folder = file_of(manager, path)
    if not folder.resolve().is_relative_to(_root(manager).resolve()):
        raise NbpipeError(f"{path!r} leads out of the server's folder: choose another one.")
    return folder


def _root(manager: ContentsManager) -> Path:
    root = getattr(manager, "root_dir", "")
    if not root:
        raise NbpipeError("nbpipe needs notebooks on the server's own disk, and this server keeps them elsewhere.")
    return Path(root).absolute()
