"""Which of the project's own modules a stage's code is in."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nbpipe.render.layout import place


def own_code(package: str, modules: Mapping[str, str], inputs: Mapping[str, str], workdir: str) -> Mapping[str, tuple[str, ...]]:
    """For each stage the files, by their path in the project, that its code is in: its module, the settings, and what they import, directly or not.

    `modules` are the package's, `inputs` the files beside the notebook, of which a module or package counts as one.
    """
    texts = {f"src/{package}/{path}": text for path, text in modules.items()}
    names = {_dotted(path.removeprefix("src/")): [path] for path in texts}
    for file in (file for file in inputs if file.endswith(".py")):
        texts[place(workdir, file)] = Path(inputs[file]).read_text(encoding="utf-8", errors="replace")
        names.setdefault(file.partition("/")[0].removesuffix(".py"), []).append(place(workdir, file))
    settings = names.get(f"{package}.settings", [])
    stages = f"{package}.stages."
    return {name.removeprefix(stages): _reached([*names[name], *settings], texts, names) for name in names if name.startswith(stages)}


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _reached(files: list[str], texts: Mapping[str, str], names: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The files, and all that their imports reach."""
    for file in files:
        for name in _imports(texts[file]):
            files += [other for other in names.get(name, ()) if other not in files]
    return tuple(files)


def _imports(text: str) -> Iterator[str]:
    """All that the imports of a module may mean: `a.b.c`, and what it lies in."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError):  # a file beside the notebook need not be for this Python
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in found:
            parts = name.split(".")
            yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))
