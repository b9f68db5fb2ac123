"""Filling in the templates of a target."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from nbpipe.render.filters import FILTERS
from nbpipe.targets import Target

_SUFFIX = ".jinja"  # files with it are filled in, all others are taken as they are


def fill_in(target: Target, folder: Path, values: Mapping[str, Any]) -> dict[str, str]:
    """The files of the target's template folders, by their path in the project; those that come out empty are left out."""
    filler = environment(folder)
    files = {}
    for name in target.templates:
        root = folder / name
        for template in sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            text = template.read_text(encoding="utf-8")
            path = filler.from_string(template.relative_to(root).as_posix()).render(values)
            files[path.removesuffix(_SUFFIX)] = filler.from_string(text).render(values) if path.endswith(_SUFFIX) else text
    return {path: text for path, text in files.items() if text.strip()}


def environment(folder: Path) -> Environment:
    """Templates may extend those of another target, by their path in `folder`."""
    made = Environment(  # noqa: S701 - not HTML: every value is written by a filter for its form
        loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    made.filters.update(FILTERS)
    return made
