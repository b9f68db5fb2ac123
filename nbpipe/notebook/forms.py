"""The forms of notebook files: each parser makes the same raw cells (as in nbformat 4) of a file's text."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import nbformat

from nbpipe.errors import NotebookError
from nbpipe.resources import read_table

_KINDS = ("code", "markdown", "raw")
_COMMAND = re.compile(r"^# COMMAND -+[ \t]*$", re.MULTILINE)
_MAGIC = re.compile(r"^# MAGIC ?")
_LANGUAGE = re.compile(r"%([\w-]+)[ \t]*\n?")
_TITLE = re.compile(r"# DBTITLE \d+,[ \t]*(.*)")


@dataclass(frozen=True, slots=True)
class Raw:
    """Cells as nbformat 4 has them (each with `cell_type` and `source`), and the notebook's metadata."""

    cells: Sequence[Mapping[str, Any]]
    metadata: Mapping[str, Any] = field(default_factory=dict)


def parse_ipynb(text: str, path: str) -> Raw:
    """Jupyter's own form, nbformat 1 to 4.

    The schema is not validated: that takes long where outputs are large, and refuses notebooks that Jupyter opens.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotebookError(_json_problem(text, path, error)) from None
    except (ValueError, RecursionError):
        raise NotebookError(f"{path} is not a notebook: its JSON has a number or a nesting beyond all bounds") from None
    version = data.get("nbformat") if isinstance(data, dict) else None
    if not isinstance(version, int) or not {"cells", "worksheets"} & data.keys():
        raise NotebookError(f"{path} is JSON but not a notebook: it has no nbformat version, or no cells")
    if version not in nbformat.versions:
        raise NotebookError(f"{path} is in nbformat {version}, which nbpipe does not know: save it as nbformat 4")
    if version == 4:
        _check_cells(data.get("cells"), path)
    try:
        cells, metadata = _current(data) if version == 4 else _upgraded(data)
    except Exception as error:  # whatever the library's steps raise on a file that is not what its version says
        raise NotebookError(f"{path} is not a well-formed notebook of nbformat {version}: save it again in Jupyter") from error
    _check_cells(cells, path)
    return Raw(cells, metadata if isinstance(metadata, dict) else {})


def _current(data: dict[str, Any]) -> tuple[Any, Any]:
    """Cells and metadata of an nbformat 4 notebook, with texts that are lists of lines joined."""
    return nbformat.v4.rwbase.rejoin_lines(nbformat.from_dict(data)).cells, data.get("metadata")


def _upgraded(data: dict[str, Any]) -> tuple[Any, Any]:
    """Cells and metadata of a notebook of an older nbformat."""
    older = nbformat.versions[data["nbformat"]].to_notebook_json(data, minor=data.get("nbformat_minor", 0))
    notebook = nbformat.convert(older, 4)
    return [_without_id(cell) for cell in notebook.cells], notebook.metadata


def _without_id(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell without the random id that a library gave it."""
    return {key: value for key, value in cell.items() if key != "id"}


def _check_cells(cells: Any, path: str) -> None:
    """Refuse cells that no Jupyter would open."""
    if not isinstance(cells, list):
        raise NotebookError(f"{path} is not a well-formed notebook: its cells are no list; save it again in Jupyter")
    for number, cell in enumerate(cells, start=1):
        if problem := _cell_problem(cell):
            raise NotebookError(f"{path} is not a well-formed notebook: cell {number} {problem}; save it again in Jupyter")


def _cell_problem(cell: Any) -> str | None:
    """What makes a cell unreadable."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in _KINDS:
        return "is of no kind that Jupyter knows"
    source = cell.get("source")
    if not isinstance(source, str) and not (isinstance(source, list) and all(isinstance(line, str) for line in source)):
        return "has no source"
    outputs = cell.get("outputs", [])
    if not isinstance(outputs, list) or not all(isinstance(output, dict) for output in outputs):
        return "has outputs that are not in Jupyter's form"
    return None


def _json_problem(text: str, path: str, error: json.JSONDecodeError) -> str:
    """What is wrong with a file that is no JSON."""
    start = text.lstrip()[:100].lower()
    if start.startswith("<"):
        return f"{path} is a web page, not a notebook: download the raw file"
    if start.startswith("version https://git-lfs"):
        return f"{path} is a Git LFS pointer, not the notebook itself: run `git lfs pull`"
    if start.startswith("{") and (not text[error.pos :].strip() or "Unterminated string" in error.msg):
        return f"{path} ends in the middle of its JSON (line {error.lineno}): the file is truncated; restore it"
    return f"{path} is not a notebook: its JSON is not valid at line {error.lineno}, column {error.colno} ({error.msg}); restore the file"


def parse_script(text: str, path: str) -> Raw:
    """A script whose cells begin with `# %%`."""
    return _jupytext(text, path, ".py")


def parse_markdown(text: str, path: str) -> Raw:
    """A Markdown document with blocks of code."""
    return _jupytext(text, path, ".md")


def _jupytext(text: str, path: str, extension: str) -> Raw:
    """The cells that jupytext finds in a text."""
    import jupytext  # noqa: PLC0415 - it loads half of Jupyter, and most notebooks are .ipynb files

    try:
        notebook = jupytext.reads(text, {"extension": extension})
    except Exception as error:  # jupytext lets through whatever its parts raise
        reason = str(error).strip().partition("\n")[0]
        raise NotebookError(f"{path} cannot be read as a jupytext notebook: {reason}; check its header") from error
    return Raw([_without_id(cell) for cell in notebook.cells], notebook.metadata)


def parse_databricks(text: str, path: str) -> Raw:
    """The source form of Databricks: `# COMMAND ----------` between cells, `# MAGIC` before lines that are no Python."""
    _, _, body = text.lstrip().partition("\n")
    return Raw([_databricks_cell(part.strip("\n")) for part in _COMMAND.split(body) if part.strip()])


def _databricks_cell(text: str) -> dict[str, Any]:
    """One cell: Markdown, or code in which other languages are cell magics. A title becomes a heading, or a comment."""
    lines = [_TITLE.sub(r"# \1", line) for line in text.split("\n")]
    plain = [line for line in lines if not _MAGIC.match(line)]
    magic = "\n".join(_MAGIC.sub("", line, count=1) for line in lines if _MAGIC.match(line)).strip()
    kind = _LANGUAGE.match(magic)
    body = magic[kind.end() :] if kind else ""
    facts = read_table("magics")["databricks"]
    if kind and kind[1] in facts["markdown"]:
        return {"cell_type": "markdown", "source": "\n".join([*plain, body])}
    if kind and kind[1] in facts["python"]:
        return {"cell_type": "code", "source": "\n".join([*plain, body])}
    if kind and kind[1] in facts["cell"]:
        return {"cell_type": "code", "source": f"%%{kind[1]}\n{body}"}
    return {"cell_type": "code", "source": "\n".join(_MAGIC.sub("", line, count=1) for line in lines)}
