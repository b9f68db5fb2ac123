"""Findings as SARIF 2.1.0, which code hosts and editors show beside the code."""

import hashlib
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from nbpipe import __version__
from nbpipe.analysis.rules.registry import RULES
from nbpipe.model.finding import Finding, Severity, Span
from nbpipe.model.review import Review

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
        "message": {"text": f"{finding.message}: {finding.fix}" if finding.fix else finding.message},
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
