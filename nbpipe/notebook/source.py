"""Questions about a piece of Python source that its text or its tokens answer."""

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

_UNREADABLE = (RecursionError, MemoryError, OverflowError)
_MOST_INDENTS = 90  # Python takes 100, and the code is to go into a function
_LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.INDENT, tokenize.DEDENT)


@lru_cache(maxsize=4096)  # an editor asks again after every keystroke, and one cell changes at a time
def syntax_problem(source: str, mode: str = "exec") -> tuple[str, int, int] | None:
    """Why the text is no Python cell (or, with mode `eval`, no expression), with the line (from 1) and the column (from 0), or None."""
    try:
        compile(source, "<cell>", mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        return error.msg, error.lineno or 1, max((error.offset or 1) - 1, 0)
    except ValueError:
        return "it has characters that code cannot have", 1, 0
    except _UNREADABLE:
        return "it is nested too deeply", 1, 0
    return ("it is nested too deeply", 1, 0) if _indents(source) > _MOST_INDENTS else None


def _indents(source: str) -> int:
    """How deep the blocks lie in each other, where a look at the lines says that they may lie deep."""
    if not any(len(line) > _MOST_INDENTS and line[:_MOST_INDENTS].isspace() for line in source.split("\n")):
        return 0
    steps = (1 if token.type == tokenize.INDENT else -(token.type == tokenize.DEDENT) for token in _tokens(source))
    return max(accumulate(steps), default=0)


@lru_cache(maxsize=4096)
def parse(source: str) -> ast.Module:
    """Parse a cell; cached, because an editor asks again after every keystroke and one cell changes at a time.

    Raises SyntaxError.
    """
    tree = compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert isinstance(tree, ast.Module)  # noqa: S101 (that is what these flags give)
    return tree


@lru_cache(maxsize=4096)
def imported_modules(source: str) -> frozenset[str]:
    """Return the modules that some source imports, wherever in it, by their full names."""
    nodes = list(ast.walk(parse(source)))
    plain = frozenset(alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names)
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def names_in(python: str) -> frozenset[str]:
    """The names that a piece of code mentions; attributes are not names. The code may be incomplete."""
    tokens = list(_tokens(python))
    previous = ["", *(token.string for token in tokens)]
    return frozenset(token.string for token, before in zip(tokens, previous, strict=False) if token.type == tokenize.NAME and before != ".")


def lines_inside_strings(python: str) -> frozenset[int]:
    """The lines (from 1) that begin inside a string."""
    if not any(mark in python for mark in ("'''", '"""', "\\\n")):
        return frozenset()
    inside: set[int] = set()
    starts: list[int] = []  # of the f-strings that are open, which are several tokens from Python 3.12 on
    for token in _tokens(python):
        kind = tokenize.tok_name[token.type]
        if kind.endswith("STRING_START"):
            starts.append(token.start[0])
        elif kind.endswith("STRING_END"):
            inside.update(range(starts.pop() + 1, token.end[0] + 1))
        elif kind == "STRING":
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
    return frozenset(inside)


def last_code_line(python: str) -> int:
    """The last line (from 0) that has more than a comment; -1 where there is none."""
    lines = python.split("\n")
    return next(
        (index for index in range(len(lines) - 1, -1, -1) if lines[index].strip() and not lines[index].lstrip().startswith("#")), -1
    )


def ends_with_semicolon(python: str) -> bool:
    """Whether the last token, comments aside, is a semicolon: IPython then shows no value."""
    last = last_code_line(python)
    if not any(";" in line for line in python.split("\n")[max(last, 0) :]):
        return False
    return [token.string for token in _tokens(python) if token.type not in _LAYOUT][-1:] == [";"]


def _tokens(python: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens up to the first that cannot be one."""
    try:
        yield from tokenize.generate_tokens(io.StringIO(python).readline)
    except (tokenize.TokenError, SyntaxError):
        return
