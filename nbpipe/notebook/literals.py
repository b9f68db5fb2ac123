"""A notebook's text as Python expressions: no text becomes code but where IPython itself takes it as code."""

import ast
import builtins
from collections.abc import Callable

from IPython.utils.text import DollarFormatter

_CONVERSIONS = {None: -1} | {letter: ord(letter) for letter in "ars"}


def text_expression(text: str, is_bound: Callable[[str], bool]) -> str:
    """A Python expression for the text of a magic or shell line.

    IPython fills in `{expression}` and `$name`, and leaves the whole text as it is where any of them fails: so does this, where one names
    what nothing binds (`$HOME`, `awk {print}`).
    """
    try:
        values = [value for piece in DollarFormatter().parse(text) for value in _values(*piece)]
        if not all(is_bound(name) or hasattr(builtins, name) for value in values for name in _free_names(value)):
            return repr(text)
        expression = ast.unparse(ast.JoinedStr(values))
    except (SyntaxError, ValueError, KeyError, RecursionError, MemoryError):
        return repr(text)
    if all(isinstance(value, ast.Constant) for value in values):
        return repr("".join(str(value.value) for value in values if isinstance(value, ast.Constant)))
    return expression


def text_block(text: str) -> str:
    """A string literal that spans one line more than the text, which ends with a newline; the empty literal for empty text."""
    if not text:
        return "''"
    shown = "".join(char if char.isprintable() or char in "\n\t" else repr(char)[1:-1] for char in text.replace("\\", "\\\\"))
    return '"""\\\n' + shown.removesuffix("\n").replace('"""', r"\"\"\"") + '\\n"""'


def _values(literal: str, field: str | None, slice_end: str | None, conversion: str | None) -> list[ast.expr]:
    """What one piece of a format string is in an f-string; a colon belongs to the expression (`{x[1:2]}`)."""
    values: list[ast.expr] = [ast.Constant(literal)] if literal else []
    if field is not None:
        expression = ast.parse(f"{field}:{slice_end}".strip() if slice_end else field.strip(), mode="eval").body
        values.append(ast.FormattedValue(expression, _CONVERSIONS[conversion]))
    return values


def _free_names(value: ast.expr) -> set[str]:
    """The names that an expression takes from around it."""
    names = [node for node in ast.walk(value) if isinstance(node, ast.Name)]
    inner = {node.id for node in names if isinstance(node.ctx, ast.Store)} | {
        node.arg for node in ast.walk(value) if isinstance(node, ast.arg)
    }
    return {node.id for node in names} - inner
