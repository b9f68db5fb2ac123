"""Reading a notebook file."""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from nbpipe.errors import NotebookError
from nbpipe.model.finding import Finding, Severity
from nbpipe.model.notebook import Cell, Notebook
from nbpipe.notebook.around import own_sources
from nbpipe.notebook.forms import Raw, parse_databricks, parse_ipynb, parse_markdown, parse_script
from nbpipe.notebook.magics import Translation, translate
from nbpipe.notebook.source import names_in
from nbpipe.resources import read_table

Form = Literal["ipynb", "percent", "markdown", "databricks"]

_CELL_MARK = re.compile(r"^# ?(?:%%|In\[[\d ]*\]|<codecell>)", re.MULTILINE)
_JUPYTEXT_HEADER = re.compile(r"\A# ---\n(?:#.*\n)*?# +jupytext:")
_DATABRICKS_HEADER = "# Databricks notebook source"
_CONFLICT = (re.compile(r"^<<<<<<< ", re.MULTILINE), re.compile(r"^>>>>>>> ", re.MULTILINE))
_PARSERS: Mapping[Form, Callable[[str, str], Raw]] = {
    "ipynb": parse_ipynb,
    "percent": parse_script,
    "markdown": parse_markdown,
    "databricks": parse_databricks,
}


def read_notebook(path: str | Path) -> Notebook:
    """The notebook in a file: `.ipynb`, a jupytext percent `.py` or `.md`, or a Databricks source `.py`.

    Raises `NotebookError`, with one sentence, for a file that is none.
    """
    path = Path(path)
    if path.suffix not in (".ipynb", ".py", ".md"):
        raise NotebookError(f"{path} is not a notebook: nbpipe reads .ipynb files, and notebooks kept as .py or .md files")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotebookError(f"{path} does not exist: check the path") from None
    except OSError as error:
        raise NotebookError(f"{path} cannot be read: {error.strerror or error}") from error
    text = _decoded(data, str(path))
    return notebook_from_text(text, str(path), _form(text, path))


def notebook_from_text(text: str, path: str, form: Form) -> Notebook:
    """The notebook in a text that is in memory; `path` says where it lies, or would lie."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise NotebookError(f"{path} is empty: save the notebook again, or restore the file")
    start, end = (mark.search(text) for mark in _CONFLICT)
    if start and end:
        line = text.count("\n", 0, start.start()) + 1
        raise NotebookError(f"{path} has merge-conflict markers at line {line}: resolve the conflict first")
    raw = _PARSERS[form](text, path)
    _require_python(raw.metadata, path)
    return _notebook(raw, path, form)


def _decoded(data: bytes, path: str) -> str:
    """The file's text: UTF-8, or UTF-16 where it says so."""
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotebookError(f"{path} is not a notebook: it is not text in UTF-8 (byte {error.start}); save it as UTF-8") from None


def _form(text: str, path: Path) -> Form:
    """The form of a file's text."""
    if path.suffix == ".ipynb":
        return "ipynb"
    if path.suffix == ".md":
        return "markdown"
    text = text.lstrip().replace("\r\n", "\n")
    if text.startswith(_DATABRICKS_HEADER):
        return "databricks"
    if text and not _CELL_MARK.search(text) and not _JUPYTEXT_HEADER.match(text):
        raise NotebookError(f"{path} is a script without cells: start each cell with a line `# %%`")
    return "percent"


def _require_python(metadata: Mapping[str, Any], path: str) -> None:
    """Refuse a notebook in another language; one that names no language is Python."""
    kernel = _section(metadata, "kernelspec")
    language = _section(metadata, "language_info").get("name") or kernel.get("language")
    name = str(kernel.get("name") or "")
    if not language:
        known = read_table("magics")["kernels"].items()
        language = next((language for start, language in known if re.match(rf"{re.escape(start)}(?![a-z])", name.lower())), "python")
    if not str(language).lower().startswith(("python", "ipython", "pyspark")):
        by = f" (kernel {name!r})" if name else ""
        raise NotebookError(f"{path} is a notebook in {language}{by}: nbpipe converts Python notebooks only")


def _notebook(raw: Raw, path: str, form: Form) -> Notebook:
    """The notebook with its code translated."""
    translated = list(_cells(raw.cells))
    cells = tuple(cell for cell, _ in translated)
    if not any(cell.kind == "code" and cell.source.strip() for cell in cells):
        raise NotebookError(f"{path} has no code: there is nothing to convert")
    kernel = _section(raw.metadata, "kernelspec").get("name")
    return Notebook(
        path,
        cells,
        kernel=str(kernel) if kernel else None,
        form=form,
        modules=tuple(own_sources(Path(path).parent, (cell.python for cell in cells))),
        requirements=tuple(dict.fromkeys(name for _, translation in translated for name in translation.requirements)),
        findings=(*_python2(raw.metadata), *(finding for _, translation in translated for finding in translation.findings)),
    )


def _cells(raw: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Cell, Translation]]:
    """The cells, each with the translation of its code."""
    bound: set[str] = set()
    above: list[str] = []  # code whose names nobody has asked for yet

    def is_bound(name: str) -> bool:
        while above:
            bound.update(names_in(above.pop()))
        return name in bound

    for index, (data, identifier) in enumerate(zip(raw, _identifiers(raw), strict=True)):
        kind, source = data["cell_type"], _plain_text(data["source"])
        translation = translate(source, index, is_bound) if kind == "code" else Translation("")
        above.append(translation.python)
        tags = _section(data, "metadata").get("tags")
        count = data.get("execution_count")
        cell = Cell(
            index,
            identifier,
            kind,
            source,
            python=translation.python,
            tags=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
            outputs=tuple(data.get("outputs", ())),
            execution_count=count if isinstance(count, int) else None,
            imports=translation.imports,
            hides_value=translation.hides_value,
        )
        yield cell, translation


def _python2(metadata: Mapping[str, Any]) -> Iterable[Finding]:
    """A finding where the notebook was saved under Python 2."""
    version = str(_section(metadata, "language_info").get("version") or "")
    if version.startswith("2.") or _section(metadata, "kernelspec").get("name") == "python2":
        fix = "convert its code with 2to3 where it does not run"
        yield Finding("NB002", "the notebook was written for Python 2", Severity.WARNING, fix=fix)


def _identifiers(cells: Iterable[Mapping[str, Any]]) -> list[str]:
    """The cells' ids: their own, else one from the position; all different."""
    identifiers: dict[str, None] = {}
    copies: Counter[str] = Counter()
    for number, cell in enumerate(cells, start=1):
        own = cell.get("id")
        base = identifier = own if isinstance(own, str) and own else f"cell-{number}"
        while identifier in identifiers:
            copies[base] += 1
            identifier = f"{base}-{copies[base] + 1}"
        identifiers[identifier] = None
    return list(identifiers)


def _plain_text(source: str) -> str:
    """The text with line ends as newlines, and without halves of characters, which no file can hold."""
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


def _section(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A part of the metadata, empty where it is missing or no mapping."""
    section = data.get(key)
    return section if isinstance(section, Mapping) else {}
