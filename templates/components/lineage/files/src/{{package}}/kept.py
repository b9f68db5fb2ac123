"""What runs were made of, kept by its digest, so that they can be made again after it has changed."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import zipfile
from importlib.metadata import distributions
from pathlib import Path

from .pipeline import WORKDIR
from .storage import digest, replacing

LARGEST_KEPT = 100 * 1024 * 1024  # bytes; of a larger file there is only the digest
PACKAGE = Path(__file__).resolve().parent


def store(folder: Path) -> Path:
    """Where lineage is: in the project's folder, or where the environment says."""
    return Path(os.environ.get("PIPELINE_STORE") or folder / "store") / "lineage"


def keep(content: bytes, folder: Path) -> str:
    """Keep something; returns its digest."""
    name = hashlib.sha256(content).hexdigest()
    if not kept(name, folder).is_file():
        with replacing(kept(name, folder)) as file:
            file.write_bytes(content)
    return name


def keep_file(file: Path, folder: Path) -> str:
    """Keep a copy of a file, if it is not too large; returns its digest."""
    name = digest(file)
    if file.stat().st_size <= LARGEST_KEPT and not kept(name, folder).is_file():
        with replacing(kept(name, folder)) as copy:
            shutil.copyfile(file, copy)
    return name


def kept(name: str, folder: Path) -> Path:
    """Where what has this digest is kept, if it is."""
    return store(folder) / "kept" / name


def code(folder: Path) -> bytes:
    """An archive of the package, and of the modules beside the notebook, as they lie in the project."""
    files = {f"src/{PACKAGE.name}/{file.relative_to(PACKAGE).as_posix()}": file for file in PACKAGE.rglob("*") if file.is_file()}
    files |= {file.relative_to(folder).as_posix(): file for file in (folder / WORKDIR).rglob("*.py")}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # of the same files always the same bytes
        for name in sorted(name for name in files if "__pycache__" not in name):
            archive.writestr(zipfile.ZipInfo(name), files[name].read_bytes())
    return buffer.getvalue()


def environment() -> bytes:
    """All that is installed, as a file of requirements."""
    lines = {f"{found.metadata['Name']}=={found.version}" for found in distributions() if found.metadata["Name"]}
    return "".join(f"{line}\n" for line in sorted(lines, key=str.lower)).encode()
