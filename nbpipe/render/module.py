"""Writing a Python module line by line, remembering where each line came from."""

import ast
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field

from nbpipe.model.flow import Statement
from nbpipe.model.project import Origin

_ITEMS = ("-", "*", "+", "1", "2", "3", "4", "5", "6", "7", "8", "9", ">")


@dataclass
class Lines:
    """Lines of code so far, and for each the statement (cell, id) that it came from, or None."""

    text: list[str] = field(default_factory=list)
    origins: list[tuple[int, str] | None] = field(default_factory=list)

    def add(self, *lines: str, origin: Statement | None = None) -> None:
        """Append lines; a line of several becomes several."""
        for line in "\n".join(lines).split("\n"):
            self.text.append(line)
            self.origins.append((origin.cell, origin.id) if origin is not None else None)

    def extend(self, other: "Lines") -> None:
        """Append all lines of another piece."""
        self.text.extend(other.text)
        self.origins.extend(other.origins)

    @property
    def source(self) -> str:
        """The text, with a newline at its end."""
        return "\n".join(self.text) + "\n"

    def provenance(self, file: str) -> tuple[Origin, ...]:
        """Return where the lines came from, for a file."""
        return tuple(Origin(file, number, *origin) for number, origin in enumerate(self.origins, start=1) if origin is not None)


def names_in(source: str) -> set[str]:
    """Return every name that a piece of code reads or binds, names in texts included where they are whole words.

    Texts count because `df.query("a > @limit")` and formulas find names of the module.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 500:
            found.update(_words(node.value))
    return found


def _words(text: str) -> Iterable[str]:
    cleaned = "".join(character if character.isalnum() or character == "_" else " " for character in text)
    return (word for word in cleaned.split() if word.isidentifier())


def docstring(text: str, indent: str = "") -> str:
    """Return a docstring that holds any text: one sentence, safely quoted."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    plain = plain.replace("\\", "\\\\").replace('"', "'").strip()
    if plain and plain[-1] not in ".!?":
        plain += "."
    return f'{indent}"""{plain}"""'


def comment(text: str, indent: str = "", width: int = 110) -> list[str]:
    """Return text as comment lines, wrapped; lists and paragraphs stay apart."""
    paragraphs: list[str] = []
    for line in text.splitlines():
        plain = " ".join("".join(c if c.isprintable() else " " for c in line).split())
        begins = not paragraphs or not paragraphs[-1] or not plain or line.lstrip().startswith(_ITEMS) or line[:1] == "|"
        if begins:
            paragraphs.append(plain)
        else:
            paragraphs[-1] += f" {plain}"
    wrapped = [
        line
        for paragraph in paragraphs
        if paragraph
        for line in textwrap.wrap(paragraph, width, break_long_words=False, break_on_hyphens=False)
    ]
    return [f"{indent}# {line}" for line in wrapped]
