"""The answers to the panel's questions: what `nbpipe.api` finds, as documents. Nothing here knows of HTTP."""

from pathlib import Path

import msgspec

from nbpipe import __version__, api
from nbpipe.errors import PlanError
from nbpipe.model.flow import Statement
from nbpipe.model.notebook import Notebook
from nbpipe.notebook.read import notebook_from_text
from nbpipe.planning.edit import digest
from nbpipe.report import data
from nbpipe.server.documents import (
    Code,
    ConversionDocument,
    NotebookRequest,
    Piece,
    PlanDocument,
    ProjectRequest,
    Proposal,
    Remarks,
    Version,
)
from nbpipe.targets import TARGETS

_GLIMPSE = 120


def version() -> Version:
    """What this server runs."""
    return Version(__version__, data.FORMAT, {name: target.title for name, target in TARGETS.items()})


def read(request: NotebookRequest, file: Path) -> Notebook:
    """The notebook of a request. Raises NotebookError."""
    return notebook_from_text(msgspec.json.encode(request.notebook).decode(), str(file), "ipynb")


def analysis(request: NotebookRequest, file: Path) -> data.Document:
    """The document of `nbpipe analyze`. Raises NbpipeError."""
    found = api.analyze_read(read(request, file))
    return data.analysis_document(found.notebook, found.graph)


def proposal(request: NotebookRequest, file: Path) -> Proposal:
    """The plan with the person's edits. Raises NbpipeError."""
    found = api.analyze_read(read(request, file))
    planned, refused = api.shape(found, request.edits)
    document = msgspec.convert(data.plan_document(planned.plan, found.graph.findings), PlanDocument)
    return Proposal(document, digest(found.notebook), tuple(map(_piece, found.graph.statements)), refused)


def remarks(request: NotebookRequest, file: Path, folder: Path) -> Remarks:
    """All findings, the components of the project in the folder, and the plan's text. Raises NbpipeError."""
    planned, _ = api.shape(api.analyze_read(read(request, file)), request.edits)
    found = dict.fromkeys((*planned.findings, *api.warnings_of(planned)))
    misfit = ""
    try:
        planned = api.with_kept_components(planned, folder)
    except PlanError as error:
        misfit = str(error)
    return Remarks(digest(planned.notebook), planned.text, tuple(found), planned.plan.added, misfit)


def code(request: ProjectRequest, file: Path, folder: Path) -> Code:
    """The project's files, without writing them. Raises NbpipeError."""
    shaped, _ = api.shape(api.analyze_read(read(request, file)), request.edits)
    planned = api.with_kept_components(shaped, folder)
    project, _ = api.build(planned, request.target)
    on_disk = {name: text for name in project.files if (text := _text(folder / name)) not in (None, project.files[name])}
    return Code(project.files, on_disk, project.provenance, (*planned.findings, *api.warnings_of(planned), *project.findings))


def conversion(request: ProjectRequest, file: Path, folder: Path) -> ConversionDocument:
    """Write the project. Raises NbpipeError, and then nothing was written."""
    planned, _ = api.shape(api.analyze_read(read(request, file)), request.edits)
    converted = api.convert_planned(planned, folder, request.target, request.overwrite)
    return msgspec.convert(
        data.conversion_document(planned.plan, converted.project, str(folder), converted.findings),
        ConversionDocument,
    )


def _piece(statement: Statement) -> Piece:
    span = statement.span
    return Piece(statement.id, span.cell, span.line, span.end_line, statement.phase, statement.source.split("\n")[0][:_GLIMPSE])


def _text(file: Path) -> str | None:
    """The text of a file that may be there."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
