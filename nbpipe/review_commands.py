"""The work behind the commands of reviewers, and of people who keep a project up to its notebook."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from nbpipe import disk, reviewing, updating
from nbpipe.analysis.rules.registry import RULES
from nbpipe.commands import Task, Tell, outcomes, print_json, tell_problems
from nbpipe.errors import ExitCode, NbpipeError
from nbpipe.model.finding import Severity
from nbpipe.report import data, text
from nbpipe.report.baseline import Baseline, without_known
from nbpipe.report.changes import changes_markdown
from nbpipe.report.rules import rule_text, rules_list
from nbpipe.report.sarif import sarif_log
from nbpipe.report.summary import Outcome
from nbpipe.report.update import drift_report, update_report
from nbpipe.verify.options import VerifyOptions


def check(
    paths: Sequence[Path],
    form: str,
    select: Sequence[str],
    ignore: Sequence[str],
    baseline: Path | None,
    new_baseline: Path | None,
    jobs: int,
) -> ExitCode:
    """Review notebooks by the rules, and tell what is not in the baseline; or write a new baseline, and tell nothing."""
    known = reviewing.read_baseline(baseline) if baseline else Baseline()
    found = outcomes([Task(str(path), partial(_check, path, select, ignore, known)) for path in disk.notebooks_in(paths)], jobs)
    reviews = [outcome.document["review"] for outcome in found if not outcome.problem]
    failed = max((outcome.code for outcome in found if outcome.problem), default=ExitCode.FINE)
    tell_problems(found)
    if new_baseline is not None:
        reviewing.save_baseline(reviews, new_baseline)
        return failed
    if form == "sarif":
        print_json(sarif_log(reviews))
    elif form == "json":
        documents = [outcome.document if outcome.problem else data.review_document(outcome.document["review"]) for outcome in found]
        print_json(data.several_documents([dict(one) for one in documents]) if len(documents) > 1 else documents[0])
    else:
        Console(soft_wrap=True).print(text.review_report(reviews), highlight=False)
    return max(failed, *(outcome.code for outcome in found))


def review(paths: Sequence[Path], base: str, form: str, jobs: int) -> ExitCode:
    """Tell what is new in notebooks since a revision; ends with 1 where a new finding is worse than a note."""
    notebooks = disk.notebooks_in(paths) if paths else reviewing.notebooks_changed(base)
    came = outcomes([Task(str(path), partial(_changes, path, base)) for path in notebooks], jobs) if notebooks else []
    tell_problems(came)
    found = [outcome.document["changes"] for outcome in came if not outcome.problem]
    if form == "json":
        print_json(data.several_documents([data.changes_document(one) for one in found]))
    else:
        print(changes_markdown(found), end="")  # noqa: T201
    return max((outcome.code for outcome in came), default=ExitCode.FINE)


def update(path: Path, project: Path, edited: Path | None, options: VerifyOptions) -> ExitCode:
    """Bring a project up to its notebook, and keep what people changed in it; ends with 1 where that needs a person."""
    done = updating.update(path, project, edited, options)
    Console(soft_wrap=True).print(update_report(done.merged.fates, done.plan), highlight=False)
    return ExitCode.DIFFERS if done.merged.conflicts else ExitCode.FINE


def status(path: Path, project: Path) -> ExitCode:
    """Tell how far a notebook, its plan and its project have drifted apart; ends with 1 where the project is stale."""
    drift = updating.status(path, project)
    Console(soft_wrap=True).print(drift_report(drift), highlight=False)
    return ExitCode.DIFFERS if drift.word == "stale" else ExitCode.FINE


def rule(ids: Sequence[str]) -> ExitCode:
    """Explain rules, or list them all."""
    chosen = [rule for rule in RULES.values() if rule.id.startswith(tuple(ids))]
    if ids and not chosen:
        raise NbpipeError(f"There is no rule {', '.join(ids)} of `nbpipe check`: `nbpipe rule` lists them.")
    Console(soft_wrap=True).print(text.plain("\n".join(map(rule_text, chosen)) if ids else rules_list()), highlight=False)
    return ExitCode.FINE


def _check(path: Path, select: Sequence[str], ignore: Sequence[str], known: Baseline, tell: Tell) -> Outcome:
    review = without_known(reviewing.check(path, select, ignore), known)
    return Outcome(str(path), {"review": review}, code=ExitCode.FINE if review.passed else ExitCode.DIFFERS)


def _changes(path: Path, base: str, tell: Tell) -> Outcome:
    found = reviewing.changes_since(path, base)
    worse = any(finding.severity is not Severity.NOTE for finding in found.findings)
    return Outcome(str(path), {"changes": found}, code=ExitCode.DIFFERS if worse else ExitCode.FINE)
