"""What the panel sends and what it is answered, as types: requests are checked against them, and the panel's own types are made from them.

The documents inside are those of the command line (`docs/json.md`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from nbpipe.model.edit import Edit, Refusal
from nbpipe.model.finding import Finding
from nbpipe.model.flow import Phase
from nbpipe.model.plan import Added, Plan
from nbpipe.model.project import Origin
from nbpipe.model.verification import Check, PortObservation

# What is sent


@dataclass(frozen=True, slots=True)
class NotebookRequest:
    """A notebook as it stands in the browser: where it lies in the server's root, its nbformat 4 content, and a person's edits to its plan."""

    path: str
    notebook: Mapping[str, Any]
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanRequest(NotebookRequest):
    """Asks for the plan; of the requests of one `tab` only the latest is answered."""

    tab: str = ""


@dataclass(frozen=True, slots=True)
class RemarksRequest(PlanRequest):
    """Asks for what takes longer than a plan; `folder`, in the server's root, is where the project is, or will be."""

    folder: str = ""


@dataclass(frozen=True, slots=True)
class ProjectRequest(NotebookRequest):
    """Asks for the project in a folder of the server's root."""

    folder: str = ""
    target: str = "package"
    overwrite: bool = False


# What is answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How every document of the command line begins."""

    nbpipe: str
    format: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDocument(Plan):
    """The document of `nbpipe plan`."""

    nbpipe: str
    format: int
    kind: Literal["plan"] = "plan"


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement: where it stands, and its first line."""

    id: str
    cell: int
    line: int
    end_line: int
    phase: Phase
    glimpse: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """The plan of a notebook as it stands: the document, the statements that the plan's ids name, and the edits that were refused.

    `digest` is that of the notebook's cells: a verdict with another one is about another version of the notebook.
    """

    plan: PlanDocument
    digest: str
    statements: tuple[Piece, ...]
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Remarks:
    """What takes longer to find than a plan: the text of `plan.toml`, all findings, those of the rules included, and the components that people added to the project.

    `digest` is as in `Proposal`; `misfit` says why the components do not fit the plan any more.
    """

    digest: str
    text: str
    findings: tuple[Finding, ...]
    added: tuple[Added, ...]
    misfit: str


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a verification, as a page of HTML that needs nothing else."""

    html: str


@dataclass(frozen=True, slots=True)
class Code:
    """The generated files, those of them that the folder already has in another form, and where the lines came from."""

    files: Mapping[str, str]
    on_disk: Mapping[str, str]
    provenance: tuple[Origin, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The content of a `verification` document."""

    notebook: str
    project: str
    passed: bool
    counts: Mapping[str, int]
    checks: tuple[Check, ...]
    ports: tuple[PortObservation, ...]
    timings: Mapping[str, float]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionDocument(Head):
    """The document of `nbpipe convert`."""

    kind: Literal["conversion"] = "conversion"
    notebook: str
    project: str
    target: str
    command: tuple[str, ...]
    files: tuple[str, ...]
    provenance: tuple[Origin, ...]
    plan: Mapping[str, Any]
    findings: tuple[Finding, ...]
    verification: Verdict | None


class State(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it stands: what it said since the last question, where to ask from next time, and its result or what went wrong."""

    id: str
    state: State
    path: str
    folder: str
    digest: str
    next: int
    messages: tuple[str, ...] = ()
    result: ConversionDocument | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class JobList:
    """The jobs for a notebook, the latest first, without their results."""

    jobs: tuple[JobView, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """What the server runs: the panel compares it with what it was built for. `targets` are the kinds of projects, name → title."""

    nbpipe: str
    format: int
    targets: Mapping[str, str] = field(default_factory=dict)
