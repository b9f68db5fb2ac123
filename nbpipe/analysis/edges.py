"""From the effects of the statements to the edges between them."""

import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from nbpipe.model.flow import Edge, EdgeKind, Statement

ANY_FILE = "?"
ORDERED_STATE = ("rng", "cwd", "env", "path", "shell", "network", "figure")


@dataclass
class _Name:
    """What has happened to a name so far: who bound it (several where a branch may have), who changed it since, who read it since the last change."""

    binders: list[str] = field(default_factory=list)
    mutators: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)


def edges(statements: Iterable[Statement]) -> tuple[Edge, ...]:
    """Return every reason why a later statement must stay behind an earlier one, sorted by the later statement."""
    builder = _Builder()
    for statement in statements:
        builder.add(statement)
    return tuple(Edge(*edge) for edge in builder.edges)


class _Builder:
    def __init__(self) -> None:
        self.edges: dict[tuple[str, str, str, EdgeKind], None] = {}  # edges as tuples: most are found more than once
        self.names: dict[str, _Name] = {}
        self.touched: dict[str, tuple[list[str], list[str]]] = {}  # of each file or state: who wrote last, who read since

    def add(self, statement: Statement) -> None:
        effects = statement.effects
        link = self._linker(statement.id)
        for name in effects.reads:
            self._read(name, link)
        for name in effects.mutates:
            self._mutate(name, statement.id, link)
        for name in effects.reads:
            if name not in effects.mutates:
                self.names.setdefault(name, _Name()).readers.append(statement.id)
        for name in (*effects.binds, *effects.deletes):
            self._bind(name, statement.id, link, certain=name in statement.certain or name in effects.deletes)
        self._files(statement, link)
        self._state(statement, link)

    def _linker(self, target: str) -> Callable[[str, str, EdgeKind], None]:
        def link(source: str, name: str, kind: EdgeKind) -> None:
            if source != target:
                self.edges.setdefault((source, target, name, kind))

        return link

    def _read(self, name: str, link: Callable[[str, str, EdgeKind], None]) -> None:
        known = self.names.get(name)
        if known is not None:
            for binder in known.binders:
                link(binder, name, EdgeKind.VALUE)
            for mutator in known.mutators:
                link(mutator, name, EdgeKind.MUTATION)

    def _mutate(self, name: str, statement: str, link: Callable[[str, str, EdgeKind], None]) -> None:
        self._read(name, link)
        known = self.names.setdefault(name, _Name())
        for reader in known.readers:
            link(reader, name, EdgeKind.ANTI)
        known.readers = []
        known.mutators = [statement]  # who comes later depends on the earlier ones through this one

    def _bind(self, name: str, statement: str, link: Callable[[str, str, EdgeKind], None], certain: bool) -> None:
        known = self.names.setdefault(name, _Name())
        for earlier in (*known.binders, *known.mutators, *known.readers):
            link(earlier, name, EdgeKind.ANTI)
        self.names[name] = _Name(binders=[statement] if certain else [*known.binders, statement])

    def _files(self, statement: Statement, link: Callable[[str, str, EdgeKind], None]) -> None:
        effects = statement.effects
        for writes, paths in ((False, effects.files_read), (True, effects.files_written)):
            for path in paths:
                self._touch(f"file:{path}", self._related(path), statement.id, writes, path, EdgeKind.FILE, link)

    def _related(self, path: str) -> list[str]:
        """Return the keys of the files that may be the same one, of the folders that it is in, and of the files in it."""
        files = [key for key in self.touched if key.startswith("file:")]
        return [key for key in files if ANY_FILE in (path, key[5:]) or _within(path, key[5:]) or _within(key[5:], path)]

    def _state(self, statement: Statement, link: Callable[[str, str, EdgeKind], None]) -> None:
        effects = statement.effects
        touched = {*effects.state_written, *effects.state_read}
        for state in (state for state in ORDERED_STATE if state in touched):
            key = f"state:{state}:{statement.cell}" if state == "figure" else f"state:{state}"  # figures end with their cell
            self._touch(key, [key], statement.id, state in effects.state_written, state, EdgeKind.STATE, link)

    def _touch(
        self,
        key: str,
        related: list[str],
        statement: str,
        writes: bool,
        name: str,
        kind: EdgeKind,
        link: Callable[[str, str, EdgeKind], None],
    ) -> None:
        for other in related:
            writers, readers = self.touched.get(other, ([], []))
            for earlier in (*writers, *(readers if writes else ())):
                link(earlier, name, kind)
        writers, readers = self.touched.setdefault(key, ([], []))
        if writes:
            self.touched[key] = ([statement], [])
        else:
            readers.append(statement)


def _within(path: str, folder: str) -> bool:
    """Say whether a path is the other, or lies in it."""
    path, folder = _normal(path), _normal(folder)
    return path == folder or folder == "." or path.startswith(f"{folder}/")


@lru_cache(maxsize=4096)
def _normal(path: str) -> str:
    return posixpath.normpath(path.replace("\\", "/"))
