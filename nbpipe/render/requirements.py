"""What a project must have installed."""

import ast
import re
import sys
from collections.abc import Iterable, Mapping

from packaging.requirements import Requirement

from nbpipe.knowledge.tables import document

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:$|[\[<>=!~;(])")


def imported(module: str) -> set[str]:
    """The top-level names of all that a module imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(module)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    sources = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.partition(".")[0] for name in plain | sources}


def third_party(imports: Iterable[str], own: Iterable[str]) -> tuple[str, ...]:
    """The imported top-level modules that neither Python nor the project itself has."""
    return tuple(sorted(set(imports) - set(own) - sys.stdlib_module_names))


def requirements(imports: Iterable[str], others: Iterable[str], versions: Mapping[str, str], limits: Iterable[str] = ()) -> tuple[str, ...]:
    """Requirements for imports, and for other distributions, pinned to the versions that are known; what is no plain requirement (a URL) is left out.

    `limits` are requirements, too, but they take the place of a version that they exclude.
    """
    limits = list(limits)
    distributions = document("distributions")["distributions"]
    known = {_normal(name): version for name, version in versions.items()}
    found: dict[str, str] = {}
    for requirement in (*(distributions.get(name, name) for name in imports), *others, *limits):
        match = _NAME.match(requirement)
        if match:
            name = match[1]
            pinned = f"{name}=={known[_normal(name)]}" if _normal(name) in known else requirement.strip()
            found.setdefault(_normal(name), pinned)
    together: dict[str, Requirement] = {}
    for limit in map(Requirement, limits):
        together.setdefault(_normal(limit.name), limit).specifier &= limit.specifier
    for name, limit in together.items():
        if name not in known or not limit.specifier.contains(known[name], prereleases=True):
            found[name] = str(limit)
    return tuple(found[name] for name in sorted(found))


def _normal(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
