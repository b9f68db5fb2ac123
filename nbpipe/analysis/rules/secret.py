"""Passwords, tokens and keys in the code."""

import ast
import re
from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity
from nbpipe.model.flow import Statement

_NAMES = re.compile(
    r"(?:^|_)(?:passw(?:or)?d|passwd|pwd|secret|secret_key|api_?key|access_?key|auth_?token|access_?token|api_?token|private_?key|client_?secret)$",
    re.IGNORECASE,
)
_FORMS = {
    "an access key of AWS": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of GitHub": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})"),
    "a token of Slack": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "a key of Google": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a secret key of a service": re.compile(r"\bsk[-_](?:live[-_]|test[-_]|proj-|ant-)?[A-Za-z0-9_-]{20,}"),
    "a token of Hugging Face": re.compile(r"\bhf_[A-Za-z0-9]{30,}"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "a password in an address": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/:@]{3,}@[\w.-]+"),
}
_PLACEHOLDER = re.compile(
    r"^(?:|[*x.\-_#?]+|<.*>|\{.*\}|your.*|my.*|change.?me|example.*|placeholder|none|null|todo|secret|password|token)$", re.IGNORECASE
)


def check(subject: Subject) -> Iterator[Remark]:
    """Find literals that look like secrets, and literals that are given to names of secrets."""
    for statement, node in subject.walk(ast.Constant):
        if isinstance(node.value, str):
            what = next((what for what, form in _FORMS.items() if form.search(node.value)), None)
            if what:
                yield Remark(subject.span(statement, node), f"the code holds {what}")
    for statement, name, value in _named(subject):
        if _NAMES.search(name) and _is_secret(value):
            yield Remark(subject.span(statement, value), f"the code holds a value for `{name}`")


def _named(subject: Subject) -> Iterator[tuple[Statement, str, ast.expr]]:
    """Return the names that values are given: of variables, arguments, and keys."""
    for statement, assign in subject.walk(ast.Assign):
        for target in assign.targets:
            if isinstance(target, ast.Name):
                yield statement, target.id, assign.value
            elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                yield statement, str(target.slice.value), assign.value
    for statement, keyword in subject.walk(ast.keyword):
        yield statement, keyword.arg or "", keyword.value
    for statement, mapping in subject.walk(ast.Dict):
        for key, value in zip(mapping.keys, mapping.values, strict=True):
            if isinstance(key, ast.Constant):
                yield statement, str(key.value), value


def _is_secret(value: ast.expr) -> bool:
    text = value.value if isinstance(value, ast.Constant) else None
    return isinstance(text, str) and len(text) >= 4 and not _PLACEHOLDER.match(text) and " " not in text


RULE = Rule(
    id="NB209",
    slug="secret",
    summary="A password, a token or a key stands in the code.",
    why="Whoever sees the notebook, or its history, has it. A secret that was ever committed must be replaced: deleting the line does not help.",
    severity=Severity.ERROR,
    bad=Example('# %%\nimport sqlite3\napi_key = "3f9a1c77d2e84b60"  # <- here\nprint(len(api_key))\n'),
    good=Example('# %%\nimport os\napi_key = os.environ["API_KEY"]\nprint(len(api_key))\n'),
    check=check,
    fix="read it from the environment, and replace the secret",
)
