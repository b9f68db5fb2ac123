"""The generated project, before it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbpipe.model.finding import Finding
from nbpipe.model.plan import Plan


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Line `line` (from 1) of the generated `file` came from `cell` (index from 0), statement `statement` (`c3.s1`)."""

    file: str
    line: int
    cell: int
    statement: str


@dataclass(frozen=True, slots=True)
class Project:
    """Files (path in the project → text), files to copy (path in the project → path on disk), where the lines came from, and the command that runs it."""

    target: str
    files: Mapping[str, str]
    copies: Mapping[str, str] = field(default_factory=dict)
    provenance: tuple[Origin, ...] = ()
    command: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a project remembers of its conversion (`.nbpipe/conversion.json`): enough to verify it later against the notebook.

    `notebook_digest` is the SHA-256 of the cells' sources. `workdir` is the folder, relative to the project, that stands for the notebook's folder: relative
    paths in the notebook's code mean the same there. `inputs` are the files that the notebook reads (path relative to the notebook's folder → path in the project).
    """

    notebook: str
    notebook_digest: str
    plan: Plan
    provenance: tuple[Origin, ...] = ()
    workdir: str = "data"
    inputs: Mapping[str, str] = field(default_factory=dict)
    target: str = "package"
    nbpipe: str = ""
    version: int = 1
