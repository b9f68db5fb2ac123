"""The results as JSON documents, described in `docs/json.md`.

Every document has `nbpipe` (the version that made it), `format` (the version of its form) and `kind`. A change that a reader of the
documents could notice, other than a new key, makes a new format.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from nbpipe import __version__
from nbpipe.model.changes import Changes
from nbpipe.model.codec import to_data
from nbpipe.model.component import Component
from nbpipe.model.finding import Finding
from nbpipe.model.flow import Effects, FlowGraph, Statement
from nbpipe.model.notebook import Cell, Notebook
from nbpipe.model.plan import Plan
from nbpipe.model.project import Project
from nbpipe.model.review import Review
from nbpipe.model.verification import Status, Verification
from nbpipe.planning.handiwork import Handiwork
from nbpipe.report.dossier import Dossier
from nbpipe.targets import Target

FORMAT = 1

Document = dict[str, Any]


def analysis_document(notebook: Notebook, graph: FlowGraph) -> Document:
    """What each cell and statement does, and what binds the statements."""
    statements = {cell: tuple(group) for cell, group in groupby(graph.statements, key=lambda statement: statement.cell)}
    return _document(
        "analysis",
        notebook=notebook.path,
        form=notebook.form,
        kernel=notebook.kernel,
        requirements=list(notebook.requirements),
        cells=[_cell(cell, statements.get(cell.index, ())) for cell in notebook.cells],
        edges=to_data(graph.edges),
        findings=_findings(*graph.findings),
    )


def plan_document(plan: Plan, findings: Iterable[Finding] = ()) -> Document:
    """The stages, their ports and parameters, and what is shared or left out; `findings` are those of the steps before."""
    return _document("plan", **to_data(plan) | {"findings": _findings(*findings, *plan.findings)})


def targets_document(targets: Iterable[Target]) -> Document:
    """What can be generated."""
    return _document(
        "targets",
        targets=[
            {
                "name": target.name,
                "title": target.title,
                "requires": list(target.requires),
                "limits": target.limits,
                "says": list(target.says),
            }
            for target in targets
        ],
    )


def components_document(components: Iterable[Component], done: Iterable[Handiwork]) -> Document:
    """The ready-made components, and what a notebook does by hand that one of them would do."""
    return _document("components", components=[to_data(one) for one in components], by_hand=[to_data(one) for one in done])


def conversion_document(
    plan: Plan, project: Project, folder: str, findings: Iterable[Finding] = (), verification: Verification | None = None
) -> Document:
    """The project that was written into a folder, and its verification where there was one."""
    return _document(
        "conversion",
        notebook=plan.notebook,
        project=folder,
        target=project.target,
        command=list(project.command),
        files=sorted({*project.files, *project.copies}),
        provenance=to_data(project.provenance),
        plan={key: value for key, value in to_data(plan).items() if key != "findings"},
        findings=_findings(*findings, *plan.findings, *project.findings),
        verification=None if verification is None else _verification(verification),
    )


def conversion_report_document(dossier: Dossier) -> Document:
    """A conversion as reports tell it: the verdict, the plan, where the lines came from, the checks and the findings."""
    conversion = dossier.conversion
    return _document(
        "report",
        notebook=dossier.notebook.path,
        project=dossier.folder,
        verdict=dossier.verdict,
        target=conversion.target,
        files=sorted(dossier.files),
        provenance=to_data(conversion.provenance),
        plan={key: value for key, value in to_data(conversion.plan).items() if key != "findings"},
        findings=_findings(*dossier.findings),
        verification=None if dossier.verification is None else _verification(dossier.verification),
    )


def verification_document(verification: Verification) -> Document:
    """The verdict, with every check."""
    return _document("verification", **_verification(verification))


def review_document(review: Review) -> Document:
    """What the rules found in a notebook."""
    return _document("review", notebook=review.notebook, passed=review.passed, findings=_findings(*review.findings))


def changes_document(changes: Changes) -> Document:
    """What is new and gone in a notebook since a revision."""
    return _document("changes", **to_data(changes))


def error_document(subject: str, message: str) -> Document:
    """Why a notebook could not be handled at all."""
    return _document("error", notebook=subject, message=message)


def several_documents(documents: Sequence[Document]) -> Document:
    """The documents of several notebooks, in their order."""
    return _document("several", documents=list(documents))


def _document(kind: str, **content: Any) -> Document:
    """A document with its head."""
    return {"nbpipe": __version__, "format": FORMAT, "kind": kind, **content}


def _findings(*findings: Finding) -> list[Any]:
    """The findings, each once."""
    return [to_data(finding) for finding in dict.fromkeys(findings)]


def _cell(cell: Cell, statements: Sequence[Statement]) -> Document:
    """A cell: what its statements do together, and each of them."""
    effects: dict[str, list[str]] = {}
    bound: set[str] = set()
    for statement in statements:
        for key, names in _effects(statement.effects).items():
            effects[key] = effects.get(key, []) + [name for name in names if key != "reads" or name not in bound]
        bound.update(statement.certain)
    phases = Counter(statement.phase for statement in statements)
    return {
        "cell": cell.index,
        "id": cell.id,
        "kind": cell.kind,
        "tags": list(cell.tags),
        "phase": phases.most_common(1)[0][0].value if phases else None,
        **{key: list(dict.fromkeys(effects.get(key, []))) for key in _effects(Effects())},
        "statements": [_statement(statement) for statement in statements],
    }


def _statement(statement: Statement) -> Document:
    """One statement and what it does."""
    return {
        "id": statement.id,
        "span": to_data(statement.span),
        "kind": statement.kind.value,
        "phase": statement.phase.value,
        "source": statement.source,
        "shown": statement.shown,
        "prints": statement.effects.prints,
        "headings": list(statement.headings),
        "types": dict(statement.types),
        "calls": list(statement.calls),
        **_effects(statement.effects),
    }


def _effects(effects: Effects) -> dict[str, list[str]]:
    """What a statement does to names, files and shared state."""
    return {
        "reads": list(effects.reads),
        "bindings": list(effects.binds),
        "mutations": list(effects.mutates),
        "deletions": list(effects.deletes),
        "files_read": list(effects.files_read),
        "files_written": list(effects.files_written),
        "state_read": list(effects.state_read),
        "state_written": list(effects.state_written),
        "unknown_calls": list(effects.unknown),
    }


def _verification(verification: Verification) -> Document:
    """The verdict, how many checks have which status, and the checks."""
    counts = Counter(check.status for check in verification.checks)
    return {
        "notebook": verification.notebook,
        "project": verification.project,
        "passed": verification.passed,
        "counts": {status.value: counts[status] for status in Status},
        "checks": to_data(verification.checks),
        "ports": to_data(verification.observations.ports),
        "timings": dict(verification.timings),
        "findings": _findings(*verification.findings),
    }
