"""Stages on machines that share nothing but a folder or an object store, named by a URL that fsspec knows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fsspec

from .graph import makes, predecessors, reach, takes
from .pipeline import OBSERVERS, PORTS, STAGES, WORKDIR
from .runner import run_report, run_stage
from .storage import ARTIFACTS, project_folder
from .written import hand_on, stamps

DATA = Path(WORKDIR).parts[0]
KEPT = "store"  # where components keep what outlives a run


def run_in_store(name: str, parameters: Mapping[str, Any], store: str, project: Path) -> None:
    """Run a stage, and its report, on what other stages have left in a store, and leave there what it makes."""

    def place(file: str) -> str:
        return f"{store.rstrip('/')}/{file}"

    files = [file for stage in STAGES if stage != name for file in (*makes(stage), _archive(stage))]
    run_from_store(name, parameters, {file: place(file) for file in files if _exists(place(file))}, place, project)


def run_from_store(
    name: str,
    parameters: Mapping[str, Any],
    given: Mapping[str, str],
    place: Callable[[str], str],
    project: Path | None = None,
) -> dict[str, str]:
    """Run a stage, and its report, in a folder of its own, and store what it makes, each file at its `place`.

    `given` are the URLs of all that earlier stages have made, by file; so are those that are returned.
    Files beside the artefacts, which a stage writes, are stored as an archive.
    """
    with _workplace(project or project_folder()) as folder:
        for stage in STAGES:
            if stage in reach(name, predecessors) - {name} and _archive(stage) in given:
                _unpack_files(given[_archive(stage)], folder)
        report = STAGES[name].report
        looked_at = [PORTS[port].file for port in report.inputs.values()] if report else []
        for file in dict.fromkeys([*takes(name), *looked_at]):
            if file in given:
                _fetch(given[file], folder / ARTIFACTS / file)
        before = stamps((folder / DATA).rglob("*"), folder)
        run_stage(name, parameters, folder)
        made = {file: _send(folder / ARTIFACTS / file, place(file)) for file in makes(name)}
        written = [file for file, stamp in stamps((folder / DATA).rglob("*"), folder).items() if before.get(file) != stamp]
        if written or STAGES[name].writes or STAGES[name].writes_more:
            made[_archive(name)] = _send(_pack_files(written, folder), place(_archive(name)))
        run_report(name, parameters, folder)
    return made


@contextmanager
def _workplace(project: Path) -> Iterator[Path]:
    """A folder with the project's data, which is gone afterwards; what components keep is the project's own."""
    with TemporaryDirectory(prefix=f"{__package__}-") as name:
        if (project / DATA).is_dir():
            shutil.copytree(project / DATA, Path(name, DATA))
        if OBSERVERS or any(stage.component for stage in STAGES.values()):
            Path(name, KEPT).symlink_to(project.resolve() / KEPT, target_is_directory=True)
        yield Path(name)


def _archive(stage: str) -> str:
    return f"files.{stage}.zip"


def _pack_files(files: list[str], folder: Path) -> Path:
    chosen = folder / "written"
    chosen.mkdir()
    hand_on(files, folder, chosen)
    return Path(shutil.make_archive(str(folder / "files"), "zip", chosen))


def _unpack_files(url: str, folder: Path) -> None:
    archive = folder / "files.zip"
    _fetch(url, archive)
    shutil.unpack_archive(archive, folder)


def _exists(url: str) -> bool:
    filesystem, path = fsspec.core.url_to_fs(url)
    return bool(filesystem.exists(path))


def _fetch(url: str, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with fsspec.open(url, "rb") as source, file.open("wb") as target:
        shutil.copyfileobj(source, target)


def _send(file: Path, url: str) -> str:
    filesystem, path = fsspec.core.url_to_fs(url)
    filesystem.makedirs(filesystem._parent(path), exist_ok=True)
    with file.open("rb") as source, filesystem.open(path, "wb") as target:
        shutil.copyfileobj(source, target)
    return url
