"""Findings that are known, so that only new ones are told: a JSON file that people keep beside their notebooks.

A known finding is a rule and the text of its line: it stays known when cells and lines move.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from nbpipe.errors import NbpipeError
from nbpipe.model.review import Review

Baseline = Counter[tuple[str, str, str]]


def baseline_text(reviews: Iterable[Review]) -> str:
    """Return a baseline with all findings of some notebooks, as text."""
    known = Counter((review.notebook, finding.rule, review.text_of(finding)) for review in reviews for finding in review.findings)
    rows = [{"notebook": key[0], "rule": key[1], "line": key[2], "count": count} for key, count in sorted(known.items())]
    return json.dumps({"format": 1, "findings": rows}, indent=2, ensure_ascii=False) + "\n"


def parse_baseline(text: str, path: str) -> Baseline:
    """Return a baseline from its text. Raises NbpipeError."""
    try:
        document: Any = json.loads(text)
        return Counter({(row["notebook"], row["rule"], row["line"]): int(row["count"]) for row in document["findings"]})
    except (ValueError, KeyError, TypeError) as error:
        raise NbpipeError(
            f"{path} is no baseline of nbpipe ({type(error).__name__}: {error}): write it again with --write-baseline."
        ) from None


def without_known(review: Review, known: Baseline) -> Review:
    """Return a review without the findings that are known; where there are more of a kind than known, the last ones stay."""
    left = Counter(known)
    kept = []
    for finding in review.findings:
        key = (review.notebook, finding.rule, review.text_of(finding))
        if left[key] > 0:
            left[key] -= 1
        else:
            kept.append(finding)
    return replace(review, findings=tuple(kept))
