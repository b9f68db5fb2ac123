"""A report as Markdown for a comment on a pull request: short, the verdict first.

Whatever comes from a notebook stands in code: nothing of it is a link, a mention or HTML there.
"""

import re
from collections.abc import Iterable

from nbpipe.model.finding import Finding
from nbpipe.model.verification import Check, Status
from nbpipe.report.dossier import Dossier

LIMIT = 65_536  # of a comment on GitHub, in characters
_SHOWN = 2_000  # characters of a detail
_RESERVE = 200


def markdown_report(dossier: Dossier) -> str:
    """Return the report. What would make it too long is counted, not told."""
    mark = {"passed": "✅", "failed": "❌", "not verified": "⚪"}[dossier.verdict]
    head = f"## {mark} nbpipe: {dossier.verdict}\n\n{code(dossier.notebook.path)} → {code(dossier.folder)}: {dossier.headline()}.\n"
    parts = [*_counts(dossier), *_checks("Look at these, the likeliest cause first", dossier.failed())]
    parts += [*_stages(dossier), *_findings(dossier), *_checks("Not simply the same", dossier.odd())]
    return _cut([head, *parts])


def code(text: str) -> str:
    """Return text as inline code, whatever is in it."""
    flat = " ".join(text.split()).replace("|", "\\|")
    longest = max(map(len, re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}" if flat else ""


def _block(lines: Iterable[str]) -> str:
    """Return a diff as a block of code, whatever is in it."""
    text = "\n".join(lines)
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    more = "\n..." if len(text) > _SHOWN else ""
    return f"{fence}diff\n{text[:_SHOWN]}{more}\n{fence}"


def _counts(dossier: Dossier) -> Iterable[str]:
    rows = dossier.counts()
    if rows:
        present = [status for status in Status if any(counts[status] for _, counts in rows)]
        yield (
            "\n".join(
                [
                    f"| compared | {' | '.join(status.value for status in present)} |",
                    f"|---|{'--:|' * len(present)}",
                    *(f"| {level} | {' | '.join(str(counts[status] or '') for status in present)} |" for level, counts in rows),
                ]
            )
            + "\n"
        )


def _checks(title: str, checks: Iterable[Check]) -> Iterable[str]:
    listed = list(checks)
    if listed:
        yield f"### {title}\n"
    for check in listed:
        place = f" in {code(check.stage)}" if check.stage else ""
        line = f"- **{check.status.value}** {check.level.value} {code(check.subject)}{place}"
        told = f"{line}: {code(check.detail[:_SHOWN])}" if check.detail else line
        yield f"{told}\n\n{_block(check.lines)}\n" if check.lines else told


def _stages(dossier: Dossier) -> Iterable[str]:
    rows = [
        f"| {code(stage.name)} | {stage.phase.value} | {_names(port.name for port in stage.inputs)} | {_names(port.name for port in stage.outputs)} |"
        for stage in dossier.plan.stages
    ]
    yield "### Stages\n\n| stage | phase | takes | gives |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(code, dict.fromkeys(names)))


def _findings(dossier: Dossier) -> Iterable[str]:
    findings = dossier.gravest_findings()
    if findings:
        yield "### Findings\n"
    yield from (_finding(finding) for finding in findings)


def _finding(finding: Finding) -> str:
    place = f", {finding.span}" if finding.span else ""
    advice = f" ({sentence(finding.fix)})" if finding.fix else ""
    return f"- {finding.rule} ({finding.severity.value}{place}): {sentence(finding.message)}{advice}"


def sentence(text: str) -> str:
    """Return a sentence as code: what is marked as code in it has quotes there."""
    return code(text.replace("`", "'"))


def _cut(parts: list[str]) -> str:
    """Return as many parts as a comment can hold."""
    kept: list[str] = []
    size = 0
    for number, part in enumerate(parts):
        size += len(part) + 1
        if size > LIMIT - _RESERVE:
            return "\n".join([*kept, "", f"... and {len(parts) - number} more lines: see the full report."]) + "\n"
        kept.append(part)
    return "\n".join(kept) + "\n"
