"""The project itself: lint, types, layers, what is shipped, and that the README says what is so."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nbpipe.cli import main

ROOT = Path(__file__).parent.parent
LAYERS = [
    "__init__",
    "errors",
    "history",
    "model",
    "resources",
    "knowledge",
    "notebook",
    "analysis",
    "planning",
    "targets",
    "render",
    "verify",
    "report",
]
LAYERS += [
    "disk",
    "api",
    "reviewing",
    "updating",
    "commands",
    "review_commands",
    "component_commands",
    "cli_options",
    "cli",
    "__main__",
    "server",
]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.split("#")[0].strip() for block in re.findall(r"^```\n(.*?)^```", README, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]


def own(folder):
    """The files in a folder that are ours: neither what npm installed nor what was built."""
    for path in (ROOT / folder).iterdir():
        if path.is_dir() and path.name not in ("node_modules", "lib", "__pycache__"):
            yield from own(path)
        elif path.is_file():
            yield path


@pytest.mark.parametrize("command", ["ruff check", "ruff format --check", "mypy"])
def test_tools_have_nothing_to_say(command):
    answer = subprocess.run([sys.executable, "-m", *command.split()], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


# ---------------------------------------------------------------- layers


def imported(file):
    """The layers that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level != 1:  # 1: from the same folder
            assert node.level == 0, f"{file} imports from a folder above it"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            if top == "nbpipe":
                layer = rest.partition(".")[0]
                yield layer if layer in LAYERS else "__init__"


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_point_one_way(layer):
    files = [ROOT / "nbpipe" / f"{layer}.py", *(ROOT / "nbpipe" / layer).rglob("*.py")]
    files = [file for file in files if file.is_file()]
    assert files
    for file in files:
        for other in imported(file):
            assert LAYERS.index(other) <= LAYERS.index(layer), f"{file.relative_to(ROOT)} imports from nbpipe.{other}"


def test_every_module_has_a_layer():
    assert {path.stem for path in (ROOT / "nbpipe").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()} == set(LAYERS)


def test_names_say_what_is_inside():
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    paths = [path for folder in ("nbpipe", "templates") for path in own(folder)]
    assert not [path for path in paths if vague & {part.split(".")[0] for part in path.relative_to(ROOT).parts}]


# ---------------------------------------------------------------- what is shipped


def test_the_wheel_has_templates_tables_and_types(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, capture_output=True, check=True
    )
    (wheel,) = tmp_path.glob("nbpipe_refactor-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    templates = {path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*") if path.is_file() and path.suffix != ".pyc"}
    tables = {path.relative_to(ROOT).as_posix() for path in (ROOT / "nbpipe" / "knowledge").glob("*.toml")}
    assert len(templates) > 10
    assert len(tables) > 10
    assert {f"nbpipe/{name}" for name in templates} | tables | {"nbpipe/py.typed"} <= names
    assert not [name for name in names if not name.startswith(("nbpipe/", "nbpipe_refactor-"))]
    assert not [name for name in names if name.startswith("nbpipe/labextension/")]
    assert any(name.endswith("data/etc/jupyter/jupyter_server_config.d/nbpipe.json") for name in names)


# ---------------------------------------------------------------- the README


def test_the_two_commands_are_there():
    first, second = (line for line in COMMANDS if line.startswith("python3 -m venv"))
    assert first.endswith(".venv/bin/nbpipe convert notebooks/home_value.ipynb -o home_value --verify")
    assert second.endswith("pytest -q -n 2")


def test_ci_runs_the_readmes_test_command():
    program = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (extraction,) = re.findall(r"command=\$\((.*)\)", program)
    answer = subprocess.run(["bash", "-c", extraction], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert answer.splitlines() == [line for line in COMMANDS if "pytest" in line]


def test_commands_in_the_readme_can_be_typed(capsys):
    """Each verb is there, and knows the options; see also `test_cli.py`."""
    mentioned = [*COMMANDS, *re.findall(r"`(nbpipe [^`]+)`", README)]
    found = [
        found
        for text in mentioned
        if (
            found := re.search(
                r"(?:^|/)nbpipe (check|review|rule|status|update|analyze|plan|convert|verify|components|add|remove)\b(.*)", text
            )
        )
    ]
    assert {match[1] for match in found} == {
        "check",
        "review",
        "rule",
        "status",
        "update",
        "analyze",
        "plan",
        "convert",
        "verify",
        "components",
        "add",
        "remove",
    }
    for match in found:
        with pytest.raises(SystemExit):
            main([match[1], "--help"])
        known = set(re.findall(r"(?<![\w-])--?\w[\w-]*", capsys.readouterr().out))
        assert set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", match[2])) <= known, match[0]


def test_the_readmes_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert not [link for link in links if not link.startswith("https:") and not (ROOT / link).exists()]


def test_nobody_is_told_to_install_the_other_nbpipe():
    texts = [
        ROOT / "README.md",
        *(ROOT / "docs").glob("*.md"),
        *(path for folder in ("nbpipe", "templates") for path in own(folder)),
    ]
    for path in texts:
        if path.suffix not in (".pyc", ".svg"):
            assert not re.search(r"pip install[^\n`&]*\bnbpipe\b(?!-refactor)(?!/)", path.read_text(encoding="utf-8")), path
