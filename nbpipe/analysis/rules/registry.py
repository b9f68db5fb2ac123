"""All rules, and running them."""

import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence

from nbpipe.analysis.rules import (
    absolute_path,
    chained_assignment,
    copied_cell,
    dead_code,
    leak_multi_test,
    leak_overlap,
    leak_preprocessing,
    missing_requirement,
    monolith_stage,
    mutable_default,
    network_access,
    out_of_order,
    secret,
    serving_skew,
    shared_estimator,
    shell_access,
    silent_copy,
    stale_output,
    swallowed_exception,
    uncacheable_stage,
    undeclared_file,
    undefined_name,
    unpinned_requirement,
    unseeded_randomness,
    wide_interface,
)
from nbpipe.analysis.rules.rule import Rule, Subject
from nbpipe.model.finding import Finding
from nbpipe.model.notebook import Notebook

_MODULES = (
    out_of_order,
    undefined_name,
    stale_output,
    dead_code,
    copied_cell,
    unseeded_randomness,
    shared_estimator,
    absolute_path,
    secret,
    undeclared_file,
    serving_skew,
    leak_overlap,
    leak_preprocessing,
    leak_multi_test,
    chained_assignment,
    silent_copy,
    mutable_default,
    swallowed_exception,
    monolith_stage,
    wide_interface,
    uncacheable_stage,
    unpinned_requirement,
    missing_requirement,
    network_access,
    shell_access,
)
RULES: Mapping[str, Rule] = {module.RULE.id: module.RULE for module in _MODULES}

_IGNORE = re.compile(r"#\s*nbpipe:\s*ignore\[([A-Z0-9,\s]+)\]")


def review(looked_at: Subject) -> tuple[Finding, ...]:
    """Return what all rules find, in the notebook's order, without what its comments ignore."""
    found = [finding for rule in RULES.values() for finding in rule.findings(looked_at)]
    return in_order(without_ignored(found, looked_at.notebook))


def in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings by place, each once; those without a place come first."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: ((finding.span is not None, finding.span), finding.rule)))


def without_ignored(findings: Sequence[Finding], notebook: Notebook) -> list[Finding]:
    """Leave out what comments ignore: `# nbpipe: ignore[NB201]` holds for its line, on a line of its own for its cell."""
    ignored = {cell.index: list(_ignored(cell.python)) for cell in notebook.code_cells if "nbpipe:" in cell.python}
    return [finding for finding in findings if not _is_ignored(finding, ignored)]


def _is_ignored(finding: Finding, ignored: Mapping[int, Sequence[tuple[int | None, frozenset[str]]]]) -> bool:
    span = finding.span
    if span is None:
        return False
    return any(finding.rule in rules and line in (None, span.line) for line, rules in ignored.get(span.cell, ()))


def _ignored(source: str) -> Iterator[tuple[int | None, frozenset[str]]]:
    """Return the ids that each comment ignores, with the line for which it does; None stands for the whole cell."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    for token in tokens:
        if token.type == tokenize.COMMENT and (match := _IGNORE.search(token.string)):
            alone = not token.line[: token.start[1]].strip()
            yield None if alone else token.start[0], frozenset(rule.strip() for rule in match[1].split(","))
