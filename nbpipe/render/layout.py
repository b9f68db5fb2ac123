"""Where things are in the project: what it remembers, and the notebook's files."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

DATA = "data"
OURS = ".nbpipe/"  # what a project remembers
GENERATED = f"{OURS}generated.json"  # what nbpipe wrote last, whatever people did to it since
CONVERSION = f"{OURS}conversion.json"  # what it was made of
REMEMBERED = f"{OURS}notebook.json"  # the notebook as it was then
PLAN = "plan.toml"
_SAFE = re.compile(r"\w[\w .-]*")


def place_workdir(notebook: str, files: Iterable[str]) -> str:
    """The folder of the project that stands for the notebook's folder.

    It lies as deep below `data` as the notebook's code climbs out of its own folder (`../input/train.csv`), so that its paths stay inside.
    """
    depth = max((_climb(file) for file in files), default=0)
    parents = [part for part in PurePosixPath(notebook.replace("\\", "/")).parent.parts if _SAFE.fullmatch(part)]
    names = [*["notebook"] * depth, *parents]
    return "/".join([DATA, *names[len(names) - depth :]])


def place(workdir: str, file: str) -> str:
    """The path in the project of a file given relative to the notebook's folder."""
    parts: list[str] = list(PurePosixPath(workdir).parts)
    for part in PurePosixPath(file).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _climb(file: str) -> int:
    """How many folders above its start a relative path gets."""
    depth = lowest = 0
    for part in PurePosixPath(file).parts:
        depth += -1 if part == ".." else 1
        lowest = min(lowest, depth)
    return -lowest
