"""Values between the stages, as files in `artifacts/`."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .pipeline import PARAMETERS, PORTS

ARTIFACTS = Path("artifacts")


def project_folder() -> Path:
    """The folder with the parameters: the one that holds `src/`, or the current one where the package is installed elsewhere."""
    checkout = Path(__file__).resolve().parents[2]
    return checkout if (checkout / PARAMETERS).is_file() else Path.cwd()


def load(ports: Iterable[str], folder: Path) -> dict[str, Any]:
    """The ports' values. Each file is read once, so that ports that share objects still do."""
    ports = list(ports)
    files: dict[str, Any] = {}
    for name in ports:
        port = PORTS[name]
        if port.file not in files:
            path = folder / ARTIFACTS / port.file
            if not path.is_file():
                raise FileNotFoundError(f"{name} is missing ({path}): run stage {port.stage!r} first, which makes it")
            files[port.file] = _read(path, port.format)
    return unpack(files, ports)


def unpack(files: Mapping[str, Any], ports: Iterable[str]) -> dict[str, Any]:
    """The ports' values, out of the contents of their files."""
    held = {name: files[PORTS[name].file] for name in ports}
    return {name: content if len(_neighbours(PORTS[name].file)) == 1 else content[name] for name, content in held.items()}


def pack(values: Mapping[str, Any]) -> dict[str, Any]:
    """The contents of the ports' files; values that belong into one file are one object."""
    found = {}
    for file in dict.fromkeys(PORTS[name].file for name in values):
        names = _neighbours(file)
        found[file] = values[names[0]] if len(names) == 1 else {name: values[name] for name in names}
    return found


def save(values: Mapping[str, Any], folder: Path) -> None:
    """Store the ports' values; those that belong into one file as one object."""
    for file, content in pack(values).items():
        names = _neighbours(file)
        try:
            with replacing(folder / ARTIFACTS / file) as path:
                _write(content, path, PORTS[names[0]].format)
        except Exception as error:
            raise TypeError(f"{' and '.join(names)} cannot be stored in {file}: {error}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file, which takes the place of `path` when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _neighbours(file: str) -> list[str]:
    """The ports that are stored in this file."""
    return [name for name, port in PORTS.items() if port.file == file]


def _read(path: Path, format: str) -> Any:
    if format != "pickle":
        return _decoded(path.read_bytes(), format)
    with path.open("rb") as file:
        return restored(pickle.load(file), path.name)


def restored(content: Any, file: str) -> Any:
    """The content of one of the ports' files, with what pickling took from it."""
    return _with_numpy_nan(content) if len(_neighbours(file)) == 1 else content


def _with_numpy_nan(value: Any) -> Any:
    """Put `numpy.nan` itself back where a frame's column of objects had it: some of pandas' text methods ask for that very object."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas and numpy and isinstance(value, pandas.DataFrame):
        for position, dtype in enumerate(value.dtypes):
            if dtype == object and any(_is_nan(item) for item in value.iloc[:, position].array):
                items = [numpy.nan if _is_nan(item) else item for item in value.iloc[:, position].array]
                value.isetitem(position, pandas.Series(items, index=value.index, dtype=object))
    elif pandas and numpy and isinstance(value, pandas.Series) and value.dtype == object and any(_is_nan(item) for item in value.array):
        items = [numpy.nan if _is_nan(item) else item for item in value.array]
        return pandas.Series(items, index=value.index, name=value.name, dtype=object)
    return value


def _is_nan(item: object) -> bool:
    return isinstance(item, float) and item != item


def _write(value: Any, path: Path, format: str) -> None:
    if format == "pickle":
        with path.open("wb") as file:
            pickle.dump(value, file, protocol=pickle.HIGHEST_PROTOCOL)
    else:
        path.write_bytes(encoded(value, format))


def encoded(value: Any, format: str) -> bytes:
    """What a file in this format has. Raises ValueError where something else would be read from it: no later stage may get that unnoticed."""
    content: bytes = value.to_parquet() if format == "parquet" else json.dumps(value, indent=2).encode()
    if changed := _changed(value, _decoded(content, format), format):
        raise ValueError(f"{format} would change it: {changed}; in the plan, leave it out of `formats`, for pickle keeps it")
    return content


def _decoded(content: bytes, format: str) -> Any:
    if format == "json":
        return json.loads(content)
    import pandas  # only where a port is stored as parquet

    return pandas.read_parquet(io.BytesIO(content))


def _changed(value: Any, read: Any, format: str) -> str:
    """Say what is not what it was."""
    if format == "json":
        return "" if repr(read) == repr(value) else f"{value!r:.80} would be {read!r:.80}"
    import pandas

    try:
        pandas.testing.assert_frame_equal(read, value, check_exact=True)
    except AssertionError as error:
        return str(error)
    for position in range(value.shape[1]):
        was, now = (frame.iloc[:, position].map(type) for frame in (value, read))
        if value.dtypes.iloc[position] == object and not was.equals(now):
            return f"objects in the column {value.columns[position]!r}"
    return ""
