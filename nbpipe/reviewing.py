"""The verbs of reviewers as functions: the rules alone, what is new since a revision, and reports of a conversion."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nbpipe import api, disk
from nbpipe.analysis.analyze import analyze as analyze_notebook
from nbpipe.analysis.rules.registry import in_order, without_ignored
from nbpipe.history import changed_notebooks, text_at
from nbpipe.model.analysis import Analysis
from nbpipe.model.changes import Changes
from nbpipe.model.finding import Finding
from nbpipe.model.notebook import Notebook
from nbpipe.model.review import Review
from nbpipe.model.verification import Verification
from nbpipe.notebook.positions import source_lines
from nbpipe.notebook.read import notebook_from_text, read_notebook
from nbpipe.planning.phases import label
from nbpipe.planning.planner import NO_LESSONS, make_plan
from nbpipe.render.remembered import read_conversion
from nbpipe.report.baseline import Baseline, baseline_text, parse_baseline
from nbpipe.report.changes import Version, changes
from nbpipe.report.dossier import Dossier


def check(path: Path, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Review:
    """Review a notebook by the rules; `select` and `ignore` are ids of rules, or how ids begin. Raises NotebookError."""
    analysis = api.analyze(path)
    notebook = analysis.notebook
    found = api.review_of(path, analysis, make_plan(notebook, analysis.graph, NO_LESSONS))
    wanted = [
        finding
        for finding in (*without_ignored(analysis.graph.findings, notebook), *found)
        if finding.rule.startswith(tuple(select) or "NB") and not finding.rule.startswith(tuple(ignore) or "-")
    ]
    texts = [cell.source.split("\n") for cell in notebook.cells]
    lines = source_lines(path.read_text(encoding="utf-8-sig", errors="replace")) if notebook.form == "ipynb" else ()
    return Review(str(path), in_order(wanted), texts, lines)


def changes_since(path: Path, base: str) -> Changes:
    """Compare a notebook with its version in a revision of git, without executing either. Raises NotebookError, and NbpipeError where git does not know the revision."""
    notebook = read_notebook(path)
    text = text_at(base, path)
    old = None if text is None else _version(path, notebook_from_text(text, str(path), notebook.form))
    return changes(str(path), base, old, _version(path, notebook))


def _version(path: Path, notebook: Notebook) -> Version:
    analysis = Analysis(notebook, label(analyze_notebook(notebook)))
    plan = make_plan(notebook, analysis.graph, NO_LESSONS)
    texts = [cell.source.split("\n") for cell in notebook.cells]
    return Version(analysis.graph, plan, Review(str(path), api.review_of(path, analysis, plan), texts))


def notebooks_changed(base: str) -> list[Path]:
    """Return the notebooks below the working directory that differ from a revision, as people would type them. Raises NbpipeError."""
    here = Path.cwd().resolve()
    return [path.relative_to(here) for path in changed_notebooks(base, here) if path.is_relative_to(here)]


def save_baseline(reviews: Sequence[Review], path: Path) -> None:
    """Write what was found as a baseline. Raises WriteError."""
    disk.save_text(baseline_text(reviews), path)


def read_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises NbpipeError."""
    return parse_baseline(disk.text_of(path), str(path))


def write_reports(path: Path, folder: Path, verification: Verification | None, files: Sequence[Path]) -> None:
    """Write reports of a conversion; the ends of the files' names say their forms. Raises NbpipeError."""
    from nbpipe.report.forms import FORMS  # noqa: PLC0415 - see the top

    more = verification.findings if verification else ()
    whole = dossier(api.analyze(path), folder, verification, ())
    found = check(path)
    found = replace(found, findings=in_order((*found.findings, *whole.plan.findings, *more)))
    whole = replace(whole, findings=found.findings)
    for file in files:
        disk.save_text(FORMS[file.suffix](whole, found), file)


def dossier(analysis: Analysis, folder: Path, verification: Verification | None, findings: Sequence[Finding]) -> Dossier:
    """Return all that reports tell of the project in a folder. Raises NbpipeError."""
    conversion = read_conversion(folder)
    modules = sorted(
        {origin.file for origin in conversion.provenance} | {f.relative_to(folder).as_posix() for f in folder.glob("src/*/stages/*.py")}
    )
    files = {name: disk.text_of(folder / name) for name in modules if (folder / name).is_file()}
    return Dossier(analysis.notebook, analysis.graph, conversion, files, str(folder), in_order(findings), verification)
