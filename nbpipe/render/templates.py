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
    files: dict[str, str] = {}
    for name in target.templates:
        files |= dict(filled(filler, template, values) for template in templates_in(folder / name))
    return {path: text for path, text in files.items() if text.strip()}


def templates_in(root: Path) -> list[tuple[str, Path]]:
    """The templates in a folder, each with its path there, which is one, too."""
    found = sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return [(path.relative_to(root).as_posix(), path) for path in found]


def filled(filler: Environment, template: tuple[str, Path], values: Mapping[str, Any]) -> tuple[str, str]:
    """The path and the text of the file that a template makes."""
    name, file = template
    path, text = filler.from_string(name).render(values), file.read_text(encoding="utf-8")
    return path.removesuffix(_SUFFIX), filler.from_string(text).render(values) if path.endswith(_SUFFIX) else text


def environment(folder: Path) -> Environment:
    """Templates may extend those of another target, by their path in `folder`."""
    made = Environment(  # noqa: S701 - not HTML: every value is written by a filter for its form
        loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    made.filters.update(FILTERS)
    return made
