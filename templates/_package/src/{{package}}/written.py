"""What a stage writes beside its values: seen by looking at a folder before and after, and handed on."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path


def stamps(paths: Iterable[Path], folder: Path) -> dict[str, tuple[int, int]]:
    """Files and folders, relative to one that they are in, with what changes when files are written."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else (0, 0)
        for path in paths
    }


def hand_on(written: Iterable[str], source: Path, target: Path) -> None:
    """Copy files, and folders, also empty ones, for a later stage may write into them."""
    for path in written:
        if (source / path).is_dir():
            (target / path).mkdir(parents=True, exist_ok=True)
        else:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / path, target / path)
