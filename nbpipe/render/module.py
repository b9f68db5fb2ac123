"""Writing a Python module line by line, remembering where each line came from."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from nbpipe.model.flow import Statement
from nbpipe.model.project import Origin


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
    """Return text as comment lines, wrapped."""
    result = []
    for line in text.splitlines():
        words = "".join(c if c.isprintable() else " " for c in line).split()
        current = ""
        for word in words:
            if current and len(current) + len(word) + 1 > width:
                result.append(f"{indent}# {current}")
                current = ""
            current = f"{current} {word}" if current else word
        if current:
            result.append(f"{indent}# {current}")
    return result
