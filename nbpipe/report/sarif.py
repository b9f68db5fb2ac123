"""Findings as SARIF 2.1.0, which code hosts and editors show beside the code."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from nbpipe import __version__
from nbpipe.analysis.rules.registry import RULES
from nbpipe.model.finding import Finding, Severity, Span
from nbpipe.model.flow import Statement
from nbpipe.model.review import Review
from nbpipe.model.verification import Check
from nbpipe.report.dossier import Dossier

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def sarif_log(reviews: Sequence[Review]) -> dict[str, Any]:
    """Return a log with one run: the rules, and a result for each finding, at its line of the notebook's file."""
    used = sorted({finding.rule for review in reviews for finding in review.findings})
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "nbpipe", "version": __version__, "rules": [_rule(identifier) for identifier in used]}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(review, finding, used) for review in reviews for finding in review.findings],
            }
        ],
    }


def conversion_log(dossier: Dossier, review: Review) -> dict[str, Any]:
    """Return a log of a conversion: the findings, also at the generated lines that they are about, and the checks that failed at their stages' files."""
    log = sarif_log([review])
    run = log["runs"][0]
    statements = {statement.id: statement for statement in dossier.graph.statements}
    for finding, result in zip(review.findings, run["results"], strict=True):
        places = _generated(dossier, finding.span, statements)
        if places:
            result["relatedLocations"] = [{"id": number, **place} for number, place in enumerate(places, start=1)]
    failed = dossier.failed()
    known = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for status in sorted({check.status.value for check in failed}):
        known.append(status)
        run["tool"]["driver"]["rules"].append({"id": status, "shortDescription": {"text": f"the project's result is {status}"}})
    run["results"] += [_failure(dossier, check, known, review) for check in failed]
    return log


def _generated(dossier: Dossier, span: Span | None, statements: Mapping[str, Statement]) -> list[dict[str, Any]]:
    """Return the first line in each generated file that came from what stands at a place of the notebook."""
    first: dict[str, int] = {}
    for origin in sorted(dossier.conversion.provenance):
        statement = statements.get(origin.statement)
        here = span is not None and statement is not None and statement.cell == span.cell
        if here and statement and span and statement.span.line <= span.line <= statement.span.end_line:
            first.setdefault(origin.file, origin.line)
    return [
        {"physicalLocation": {"artifactLocation": {"uri": _uri(str(Path(dossier.folder) / file))}, "region": {"startLine": line}}}
        for file, line in first.items()
    ]


def _failure(dossier: Dossier, check: Check, known: Sequence[str], review: Review) -> dict[str, Any]:
    modules = dossier.modules_of(check.stage) if check.stage else []
    places = [str(Path(dossier.folder) / module) for module in modules] or [review.notebook]
    return {
        "ruleId": check.status.value,
        "ruleIndex": known.index(check.status.value),
        "level": "error",
        "message": {"text": _plain(f"{check.level.value} {check.subject} is {check.status.value}: {check.detail}")},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(place)}, "region": {"startLine": 1}}} for place in places],
    }


def _plain(text: str) -> str:
    """Return text in which nothing is a link to viewers of SARIF."""
    return text.replace("[", "\\[").replace("]", "\\]")


def _rule(identifier: str) -> dict[str, Any]:
    rule = RULES.get(identifier)
    if rule is None:  # a remark of reading, planning or verifying
        return {"id": identifier}
    return {
        "id": rule.id,
        "name": rule.slug,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"What to do: {rule.fix}."},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(review: Review, finding: Finding, rules: Sequence[str]) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(review.notebook)}}}
    if finding.span is not None:
        location["physicalLocation"]["region"] = _region(review, finding.span)
        location["logicalLocations"] = [{"name": str(finding.span)}]
    identity = f"{finding.rule}\0{review.text_of(finding)}"
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": _plain(f"{finding.message}: {finding.fix}" if finding.fix else finding.message)},
        "locations": [location],
        "partialFingerprints": {"nbpipe/v1": hashlib.sha256(identity.encode()).hexdigest()[:32]},
    }


def _region(review: Review, span: Span) -> dict[str, Any]:
    """Return where a span stands in the file; of a notebook's JSON only whole lines have a meaning."""
    lines = review.lines[span.cell] if span.cell < len(review.lines) else ()
    if not lines:
        return {"startLine": 1}
    last = len(lines) - 1
    return {"startLine": lines[min(span.line - 1, last)], "endLine": lines[min(span.end_line - 1, last)]}


def _uri(path: str) -> str:
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else quote(pure.as_posix())
