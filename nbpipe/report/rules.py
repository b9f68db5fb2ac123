"""The rules as a page for people."""

from collections.abc import Sequence

from nbpipe.analysis.rules.registry import RULES
from nbpipe.analysis.rules.rule import Rule

_HEAD = """# The rules of `nbpipe check`

<!-- Made from nbpipe/analysis/rules: NBPIPE_UPDATE_CASES=1 python -m pytest tests/test_rules.py writes it again. -->

`nbpipe check` reads notebooks and executes nothing. A comment `# nbpipe: ignore[NB208]` silences a rule for its line, and for the whole cell where it stands on a
line of its own. `nbpipe rule NB208` prints what is said here of one rule.

"""


def rules_page(rules: Sequence[Rule] = tuple(RULES.values())) -> str:
    """Return the page: a table of all rules, then each with its reasons and examples."""
    rows = [f"| [{rule.id}](#{_anchor(rule)}) | {rule.slug} | {rule.severity.value} | {rule.summary} |" for rule in rules]
    table = "\n".join(["| id | name | severity | finds |", "|---|---|---|---|", *rows])
    return _HEAD + table + "\n\n" + "\n".join(rule_text(rule) for rule in rules)


def rules_list() -> str:
    """Return all rules, one a line."""
    return "\n".join(f"{rule.id} {rule.slug} ({rule.severity.value}): {rule.summary}" for rule in RULES.values())


def rule_text(rule: Rule) -> str:
    """Return what there is to say of a rule, as Markdown."""
    parts = [
        f"## {rule.id} {rule.slug}",
        f"{rule.summary} ({rule.severity.value})",
        rule.why,
        f"What to do: {rule.fix}.",
        f"Found at the marked lines:\n\n```python\n{_shown(rule.bad.source, rule.bad.counts)}```",
        f"Better:\n\n```python\n{_shown(rule.good.source, rule.good.counts)}```",
    ]
    return "\n\n".join(parts) + "\n"


def _anchor(rule: Rule) -> str:
    return f"{rule.id.lower()}-{rule.slug}"


def _shown(source: str, counts: Sequence[int | None]) -> str:
    """Return an example as it is read: where execution counts matter they stand beside the cells."""
    if not counts:
        return source
    head, *cells = source.split("# %%\n")
    return head + "".join(f"# %% [{'' if count is None else count}]\n{cell}" for cell, count in zip(cells, counts, strict=True))
