"""The notebook's prose, as plain text for comments."""

import re

from nbpipe.model.notebook import Notebook

_DROPPED = (
    (re.compile(r"<!--.*?-->", re.S), ""),
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]*)\]\(([^)]*)\)"), r"\1 (\2)"),
    (re.compile(r"</?[a-zA-Z][^>]*>"), ""),
    (re.compile(r"^\s{0,3}#{1,6}\s*", re.M), ""),
    (re.compile(r"[*_]{2,3}(\S[^*_]*?)[*_]{2,3}"), r"\1"),
    (re.compile(r"^\s*(?:-{3,}|\*{3,}|_{3,})\s*$", re.M), ""),
)
LONGEST = 1200  # characters of prose above one cell; essays stay in the notebook


def prose(notebook: Notebook) -> dict[int, tuple[str, ...]]:
    """Return, for each code cell (by its index), the texts of the markdown cells directly above it."""
    found: dict[int, tuple[str, ...]] = {}
    above: list[str] = []
    for cell in notebook.cells:
        if cell.kind == "markdown":
            above.append(plain(cell.source))
        elif cell.kind == "code" and cell.python.strip():
            found[cell.index] = tuple(text for text in above if text)
            above = []
    return found


def plain(markdown: str) -> str:
    """Return markdown as plain text, shortened at a paragraph where it is very long."""
    text = markdown
    for pattern, replacement in _DROPPED:
        text = pattern.sub(replacement, text)
    text = text.strip()
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition("\n")[0] or text[:LONGEST].rpartition(" ")[0]
