"""Damaging notebooks, at random but repeatably: what editors, merges, downloads and people do to them, and worse."""

import copy
import json
import random
import re
from collections.abc import Callable
from typing import Any

import nbformat

Cell = dict[str, Any]
Notebook = dict[str, Any]

NAMES = ("gefüllt", "données", "数据", "класс", "Ⅷ", "ª", "__x", "_")  # also such as Python folds into others
TAKEN = (
    "pipeline",
    "report",
    "runner",
    "display",
    "stages",
    "load_data",
    "settings",
    "functions",
    "test",
    "np",
    "pd",
    "plt",
    "Any",
    "data",
)
BUILTINS = ("list", "dict", "id", "type", "print", "str", "len", "range", "sum", "open", "__name__", "annotations")
LINES = (
    "x = y = z = 3",
    "global df",
    "del df",
    "from math import *",
    "import os, sys as system",
    "print('a'); print('b'); 3",
    "if (n := 10) > 5: pass",
    "*head, tail = [1, 2, 3]",
    "a, (b, *c) = 1, [2, 3]",
    "lambda: 0",
    "f = lambda x=[]: x",
    "await something()",
    "async with a() as b: pass",
    "async for i in j: print(i)",
    "[i async for i in j]",
    "match df:\n    case {'a': 1, **rest}: pass\n    case [x, *_]: y = x",
    "try:\n    1 / 0\nexcept* ValueError as e:\n    print(e)",
    "try:\n    pass\nexcept (A, B) as error:\n    raise\nelse:\n    k = 1\nfinally:\n    del k",
    "while True:\n    break\nelse:\n    never = 1",
    "with open('a') as a, open('b', 'w') as b: b.write(a.read())",
    "class A(B, metaclass=C):\n    x: int = 3\n    def f(self): return __class__",
    "def f(a, /, b, *, c=1, **d) -> None: global g; g = 1; return locals()",
    "def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n    return inner",
    "@decorator\n@other(1)\nclass B: pass",
    "def gen():\n    x = yield 1\n    yield from gen()",
    "annotated: int",
    "annotated: 'not a type'",
    "def report(): pass",
    "class pipeline: pass",
    "display = print",
    "_ + 1",
    "__",
    "Out[3]",
    "get_ipython().system('ls')",
    "globals()['q'] = 1",
    "exec('q = 2')",
    "%time x = 1",
    "!ls {x} $y",
    "files = !ls",
    "%%time\nx = 1",
    "%%bash\necho hi",
    "%matplotlib inline",
    "df?",
    "?df",
    "x = '''\n    text\n  of lines\n''' + \\\n    'more'",
    "f'{x!r:>{width}} {{}} {y[\"a\"]}'",
    "b'bytes'",
    "...",
    "assert x, 'no'",
    "raise SystemExit",
    "return 1",
    "yield 1",
    "x = (yield)",
    "nonlocal z",
    "import nbpipe.nothing",
    "from . import a",
    "from .. import b as c",
    "from __future__ import annotations",
    "print = 3",
    "x[0] += 1",
    "x.y.z = 1",
    "del x[0], x.y",
    "(lambda: (yield))",
    "{**a, 'b': 1}[c](*d, **e)",
    "x = 1 if y else 2; x",
    "1_000_000 < 0x1F <= 1e400",
    "1j",
    "-1 ** -1",
    "@",
    "\t",
    "\x0cx = 1",
    "# comment",
    "#%%",
    "'" * 3,
    "}}",
    "{{ 7 * 7 }}",
    "'{% raw %}'",
)


def damaged(text: str, chance: random.Random) -> bytes:
    """Return the file of a notebook that something has happened to, given the text of a good one."""
    notebook = nbformat.reads(text, as_version=4)
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        chance.choice(_IN_NOTEBOOK)(notebook, chance)
    if chance.random() < 0.15:
        chance.choice(_SPOILED)(notebook, chance)
    data = json.dumps(notebook, ensure_ascii=chance.random() < 0.5, indent=1).encode("utf-8", "surrogatepass")
    return chance.choice(_IN_FILE)(data, chance) if chance.random() < 0.15 else data


# what happens to cells


def _drop_cells(notebook: Notebook, chance: random.Random) -> None:
    share = chance.choice((0.05, 0.2, 0.5, 0.9))
    notebook["cells"] = [cell for cell in notebook["cells"] if chance.random() > share]


def _repeat_cells(notebook: Notebook, chance: random.Random) -> None:
    notebook["cells"] = [copied for cell in notebook["cells"] for copied in [cell, copy.deepcopy(cell)][: chance.choice((1, 1, 2))]]


def _shuffle_cells(notebook: Notebook, chance: random.Random) -> None:
    chance.shuffle(notebook["cells"])


def _reverse_cells(notebook: Notebook, chance: random.Random) -> None:
    notebook["cells"].reverse()


def _join_cells(notebook: Notebook, chance: random.Random) -> None:
    sources = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    notebook["cells"] = [{"cell_type": "code", "source": "\n".join(sources), "metadata": {}, "outputs": []}]


def _split_cells(notebook: Notebook, chance: random.Random) -> None:
    cells = []
    for cell in notebook["cells"]:
        lines = cell["source"].split("\n")
        middle = chance.randrange(len(lines) + 1) if chance.random() < 0.3 else 0
        cells += [{**cell, "source": "\n".join(part)} for part in (lines[:middle], lines[middle:]) if part]
    notebook["cells"] = cells


def _swap_kinds(notebook: Notebook, chance: random.Random) -> None:
    for cell in notebook["cells"]:
        if chance.random() < 0.2:
            cell["cell_type"] = chance.choice(("code", "markdown", "raw"))


def _spoil_cells(notebook: Notebook, chance: random.Random) -> None:
    """Give a cell a form that Jupyter does not write."""
    for cell in chance.sample(notebook["cells"], min(2, len(notebook["cells"]))):
        key = chance.choice(("source", "outputs", "metadata", "cell_type", "execution_count", "id"))
        cell[key] = chance.choice((None, [], {}, "text", 7, ["a", 1], [None], {"tags": 3}, {"tags": [None, "parameters"]}, -1, True))


def _tag_cells(notebook: Notebook, chance: random.Random) -> None:
    tags = ("parameters", "raises-exception", "nbpipe:drop", "nbpipe:stage=load", "nbpipe:stage=../x", "nbpipe:stage=", "a b")
    for cell in notebook["cells"]:
        if chance.random() < 0.2:
            cell["metadata"]["tags"] = chance.sample(tags, 2)


def _change_outputs(notebook: Notebook, chance: random.Random) -> None:
    outputs = (
        {"output_type": "stream", "name": "stdout", "text": "x" * 1_000_000},
        {"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}, "execution_count": 1},
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": []},
        {"output_type": "display_data", "data": {"image/png": "not base64"}, "metadata": {}},
        {"output_type": None},
        {},
    )
    for cell in notebook["cells"]:
        if chance.random() < 0.1:
            cell["outputs"] = chance.choices(outputs, k=2)
            cell["execution_count"] = chance.choice((None, 0, 10**30, 3))


# what happens to code


def _edit(change: Callable[[list[str], random.Random], list[str]]) -> Callable[[Notebook, random.Random], None]:
    """Change the lines of some cells."""

    def edited(notebook: Notebook, chance: random.Random) -> None:
        share = chance.choice((0.05, 0.2, 0.6))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code" and chance.random() < share:
                cell["source"] = "\n".join(change(cell["source"].split("\n"), chance))

    return edited


def _drop_line(lines: list[str], chance: random.Random) -> list[str]:
    del lines[chance.randrange(len(lines))]
    return lines


def _repeat_line(lines: list[str], chance: random.Random) -> list[str]:
    index = chance.randrange(len(lines))
    return [*lines[:index], lines[index], *lines[index:]]


def _swap_characters(lines: list[str], chance: random.Random) -> list[str]:
    text = list("\n".join(lines))
    for _ in range(min(2, len(text) // 2)):
        first, second = chance.randrange(len(text)), chance.randrange(len(text))
        text[first], text[second] = text[second], text[first]
    return "".join(text).split("\n")


def _drop_character(lines: list[str], chance: random.Random) -> list[str]:
    text = "\n".join(lines)
    index = chance.randrange(len(text) + 1)
    return (text[:index] + text[index + 1 :]).split("\n")


def _add_line(lines: list[str], chance: random.Random) -> list[str]:
    index = chance.randrange(len(lines) + 1)
    return [*lines[:index], *chance.choice(LINES).split("\n"), *lines[index:]]


def _add_end(lines: list[str], chance: random.Random) -> list[str]:
    return [*lines, *chance.choice(LINES).split("\n")]


def _indent(lines: list[str], chance: random.Random) -> list[str]:
    return [chance.choice(("if 1:", "for i in range(2):", "try:", "with a as b:", "def f():", "class C:")), *("    " + s for s in lines)]


def _strange_ends(lines: list[str], chance: random.Random) -> list[str]:
    return [line + chance.choice(("", ";", "\r", "\t", "  # ü", "\x0c", "\u2028", "\ud800", "\x00")) for line in lines]


def _conflict(lines: list[str], chance: random.Random) -> list[str]:
    return ["<<<<<<< HEAD", *lines, "=======", *lines[:1], ">>>>>>> branch"]


def _huge(lines: list[str], chance: random.Random) -> list[str]:
    depth = chance.choice((50, 99, 200, 3000, 50_000))
    huge = (
        "x = " + "(" * depth + ")" * depth,
        "x = " + "-" * depth + "1",
        "x = 1" + " + 1" * depth,
        "x = [" + "1, " * depth + "]",
        "x = '" + "a" * depth + "'",
    )
    return [*lines, chance.choice((*huge, "x" + ".a" * depth, "\n".join(" " * i + "if x:" for i in range(min(depth, 99))) + " pass"))]


def _rename(notebook: Notebook, chance: random.Random) -> None:
    """Give a name of the notebook, everywhere, one that Python, nbpipe or a project has other plans for."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    names = sorted({name for cell in cells for name in re.findall(r"\b([A-Za-z_]\w*)\s*=", cell["source"])})
    if names:
        old, new = chance.choice(names), chance.choice((*NAMES, *TAKEN, *BUILTINS))
        for cell in cells:
            cell["source"] = re.sub(rf"\b{old}\b", new, cell["source"])


# what happens to the notebook, and to the file


def _spoil_metadata(notebook: Notebook, chance: random.Random) -> None:
    metadata = (
        None,
        [],
        {},
        {"kernelspec": None},
        {"kernelspec": {"name": 3}},
        {"kernelspec": {"name": "ir", "language": "R"}},
        {"kernelspec": {"name": "julia-1.9"}},
        {"language_info": {"name": "python", "version": 2}},
        {"kernelspec": {"name": "../../x"}, "title": "{{ 7*7 }}"},
    )
    notebook["metadata"] = chance.choice(metadata)


def _spoil_version(notebook: Notebook, chance: random.Random) -> None:
    notebook["nbformat"] = chance.choice((None, 0, 2, 3, 5, "4", 4.0, True, -1))


def _truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _drop_bytes(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.choice((1, 1, 5, 100)) :]


def _change_bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 3))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _file_conflict(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    index = chance.randrange(len(lines))
    return b"\n".join([*lines[:index], b"<<<<<<< HEAD", lines[index], b"=======", lines[index], b">>>>>>> other", *lines[index + 1 :]])


def _encode(data: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return chance.choice(
        (text.encode("utf-16"), text.encode("utf-8-sig"), text.replace("\n", "\r\n").encode(), text.encode("latin-1", "replace"))
    )


def _repeat_file(data: bytes, chance: random.Random) -> bytes:
    return chance.choice((data + data, b"[" + data + b"]", b"<html>" + data, b"[" * 100_000, b"\n", b"null"))


_IN_NOTEBOOK: tuple[Callable[[Notebook, random.Random], None], ...] = (
    _drop_cells,
    _repeat_cells,
    _shuffle_cells,
    _reverse_cells,
    _join_cells,
    _split_cells,
    _swap_kinds,
    _tag_cells,
    _change_outputs,
    *[_rename] * 3,
    *map(_edit, (_drop_line, _drop_line, _repeat_line, _swap_characters, _drop_character, _add_line, _indent, _conflict, _huge)),
    *map(_edit, (_add_end, _add_end, _add_end, _strange_ends)),
)
_SPOILED: tuple[Callable[[Notebook, random.Random], None], ...] = (_spoil_cells, _spoil_metadata, _spoil_version)
_IN_FILE: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _truncate,
    _drop_bytes,
    _change_bytes,
    _file_conflict,
    _encode,
    _repeat_file,
)
