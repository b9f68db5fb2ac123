"""Comparing two versions of a notebook, without executing either, and telling what changes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nbpipe.model.changes import Changes
from nbpipe.model.finding import Finding
from nbpipe.model.flow import FlowGraph
from nbpipe.model.plan import Plan
from nbpipe.model.review import Review
from nbpipe.report.markdown import code, sentence


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a notebook: its statements, the plan made of them, and what the rules find."""

    graph: FlowGraph
    plan: Plan
    review: Review


def changes(path: str, base: str, old: Version | None, new: Version) -> Changes:
    """Return what is new and what is gone; without an old version everything is new."""
    names = [_names(old), _names(new)]
    shown = Counter(statement.source for statement in old.graph.statements if statement.shown) if old else Counter()
    outputs = []
    for statement in new.graph.statements:
        if statement.shown and not shown[statement.source]:
            outputs.append(statement.cell + 1)
        shown[statement.source] -= statement.shown
    found = {kind: _new(names[0][kind], names[1][kind]) for kind in names[1]}
    gone = {kind: _new(names[1][kind], names[0][kind]) for kind in names[1]}
    return Changes(
        path,
        base,
        old is not None,
        found["stages"],
        gone["stages"],
        found["ports"],
        gone["ports"],
        found["parameters"],
        gone["parameters"],
        found["files"],
        gone["files"],
        tuple(outputs),
        _findings(old, new),
        _findings(new, old) if old else (),
    )


def _names(version: Version | None) -> dict[str, list[str]]:
    """Return the names of what a version has, by their kinds."""
    if version is None:
        return {"stages": [], "ports": [], "parameters": [], "files": []}
    effects = [statement.effects for statement in version.graph.statements]
    return {
        "stages": [stage.name for stage in version.plan.stages],
        "ports": [f"{stage.name}.{port.variable}" for stage in version.plan.stages for port in stage.outputs],
        "parameters": [f"{parameter.name} = {parameter.default!r}" for parameter in version.plan.parameters],
        "files": [path for effect in effects for path in (*effect.files_read, *effect.files_written) if path != "?"],
    }


def _new(old: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
    known = set(old)
    return tuple(dict.fromkeys(name for name in new if name not in known))


def _findings(old: Version | None, new: Version | None) -> tuple[Finding, ...]:
    """Return the findings of a version that another does not have; they are the same where rule and line of code are."""
    known = Counter((finding.rule, old.review.text_of(finding)) for finding in old.review.findings) if old else Counter()
    kept = []
    for finding in new.review.findings if new else ():
        key = (finding.rule, new.review.text_of(finding)) if new else ("", "")
        if known[key] <= 0:
            kept.append(finding)
        known[key] -= 1
    return tuple(kept)


def changes_markdown(all_changes: Sequence[Changes]) -> str:
    """Return the changes of some notebooks as Markdown for a comment on a pull request."""
    parts = [f"## nbpipe: {len(all_changes)} changed notebook{'s' * (len(all_changes) != 1)}\n"]
    for one in all_changes:
        parts.append(f"### {code(one.notebook)}\n")
        lines = list(_lines(one))
        parts.append("\n".join(lines or ["Stages, values, parameters, files and findings are as before."]) + "\n")
    return "\n".join(parts)


def _lines(one: Changes) -> Iterable[str]:
    if not one.before:
        yield f"- the notebook is new since {code(one.base)}"
    for kind, new, gone in (
        ("stages", one.stages, one.stages_gone),
        ("values between stages", one.ports, one.ports_gone),
        ("parameters", one.parameters, one.parameters_gone),
        ("files", one.files, one.files_gone),
    ):
        told = [f"{word} {', '.join(map(code, names))}" for word, names in (("new", new), ("gone", gone)) if names]
        if told:
            yield f"- {kind}: {'; '.join(told)}"
    if one.outputs:
        yield f"- outputs: new in cell{'s' * (len(one.outputs) > 1)} {', '.join(map(str, dict.fromkeys(one.outputs)))}"
    for word, findings in (("new", one.findings), ("gone", one.findings_gone)):
        for finding in findings:
            place = f", {finding.span}" if finding.span and word == "new" else ""
            yield f"- {word} finding {finding.rule} ({finding.severity.value}{place}): {sentence(finding.message)}"
