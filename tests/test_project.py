"""A project, before it is written: what it consists of, that text from a notebook stays text, and that lines keep their origin."""

import ast
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from markdown_it import MarkdownIt

from nbpipe.errors import PlanError
from nbpipe.model import codec
from nbpipe.model.flow import Edge, EdgeKind, FlowGraph
from nbpipe.model.plan import Parameter, Plan
from nbpipe.model.project import Conversion, Origin, Project
from nbpipe.render.layout import place, place_workdir
from nbpipe.render.polish import polish
from nbpipe.render.provenance import follow
from nbpipe.render.requirements import requirements, third_party
from nbpipe.render.templates import fill_in
from nbpipe.render.wiring import wire
from nbpipe.render.write import write
from nbpipe.targets import TARGETS, Target
from tests.sample_project import HOSTILE, sample_graph, sample_plan, sample_project

RUFF = (sys.executable, "-m", "ruff")


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MYPYPATH": ""}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment)


def written(project: Project, folder: Path) -> Path:
    write(project, folder)
    return folder


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return sample_project(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Project:
    plan = sample_plan(title=HOSTILE, notebook=f"notebooks/{HOSTILE}.ipynb".replace("/script", "script"), default=HOSTILE)
    return sample_project(tmp_path_factory.mktemp("data"), plan, title=HOSTILE)


@pytest.mark.parametrize("name", ["sample", "hostile"])
def test_project_is_clean(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    folder = written(request.getfixturevalue(name), tmp_path / "project")
    for command in (
        (*RUFF, "check", "--no-cache"),
        (*RUFF, "format", "--check", "--no-cache"),
        (sys.executable, "-m", "mypy", "--cache-dir=/dev/null", "src"),
    ):
        result = run(*command, cwd=folder)
        assert result.returncode == 0, result.stdout + result.stderr


def test_strings_of_the_notebook_stay_strings(hostile: Project) -> None:
    files = hostile.files
    assert yaml.safe_load(files["params.yaml"]) == {"source": HOSTILE, "pause": 0.0, "limit": 10.0}
    assert "alert(1)" in tomllib.loads(files["pyproject.toml"])["project"]["description"]
    driver = nbformat.reads(files["pipeline.ipynb"], as_version=4)
    nbformat.validate(driver)
    parameters = next(cell for cell in driver.cells if "parameters" in cell.metadata.get("tags", []))
    assert parameters.cell_type == "code"
    assert {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(parameters.source).body} == {
        "source": HOSTILE,
        "pause": 0.0,
        "limit": 10.0,
    }
    assert HOSTILE not in files["src/sample/pipeline.py"]
    assert ast.parse(files["src/sample/pipeline.py"])
    assert "7*7" in files["README.md"].replace("\\", "")  # the template was not filled in twice


@pytest.mark.parametrize("path", ["README.md", "pipeline.ipynb"])
def test_markdown_shows_the_text_and_nothing_else(path: str, hostile: Project) -> None:
    text = hostile.files[path]
    if path.endswith(".ipynb"):
        text = "\n\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells if cell.cell_type == "markdown")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or []]
    assert not [token for token in (*tokens, *inline) if token.type in ("html_block", "html_inline")]
    assert {token.attrs["href"] for token in inline if token.type == "link_open"} <= {
        f"src/sample/stages/{stage.name}.py" for stage in sample_plan().stages
    }
    heading = tokens[next(index for index, token in enumerate(tokens) if token.type == "heading_open") + 1]
    assert "".join(child.content for child in heading.children or []) == " ".join(HOSTILE.replace("\x07", " ").split())


def test_tables_have_the_same_columns_in_each_row(hostile: Project) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(hostile.files["README.md"])
    rows = [token for token in tokens if token.type == "tr_open"]
    cells = [token for token in tokens if token.type in ("th_open", "td_open")]
    stages, parameters, left_out, commands = 6, 3, 1, 7
    assert len(rows) == stages + parameters + left_out + commands + 4
    assert len(cells) == 6 * (stages + 1) + 3 * (parameters + 1) + 2 * (left_out + 1) + 2 * (commands + 1)


def test_origins_follow_the_formatting(sample: Project) -> None:
    found = {origin.statement: [] for origin in sample.provenance}
    for origin in sample.provenance:
        found[origin.statement].append(sample.files[origin.file].splitlines()[origin.line - 1].strip())
    assert found["c2.s1"] == ["with open(source) as f:", "raw = [float(row[0]) for row in csv.reader(f)]"]
    assert found["c3.s2"] == ["# how much", "# there is", "left_total = sum(scaled(raw, 2))", "l = 1  # noqa: E741, F841"]
    assert found["c6.s2"] == [
        'score = {"sum": sum(scaled(drawn, 1)) + left_total + right_total, "count": len(drawn), "next": random.random()}'
    ]
    conversion = codec.from_json(Conversion, sample.files[".nbpipe/conversion.json"])
    assert conversion.provenance == sample.provenance
    assert conversion.inputs == {"numbers.csv": "data/numbers.csv"}


def test_origins_of_imports_follow_the_sorting() -> None:
    before = "import zlib\nimport os\nfrom json import dumps, loads\nx = [os, zlib,\n loads]; y = 1\n"
    after = "import os\nimport zlib\nfrom json import loads\n\nx = [\n    os,\n    zlib,\n    loads,\n]\ny = 1\n"
    origins = [Origin("a.py", line, line, f"c{line}.s1") for line in range(1, 6)]
    lines = {origin.line: origin.statement for origin in follow({"a.py": before}, {"a.py": after}, origins)}
    assert lines == {1: "c2.s1", 2: "c1.s1", 3: "c3.s1", **dict.fromkeys(range(5, 10), "c4.s1"), 10: "c5.s1"}


def test_polish_changes_no_meaning_and_quiets_what_is_left() -> None:
    source = "import os\nimport antigravity  # noqa: F401\nl = 1\nif l is 1: pass\nif l == None: print(f'x')\n"
    pyproject = '[tool.ruff.lint]\nselect = ["E4", "E7", "E9", "F", "I"]\n'
    text = polish({"a.py": source, "pyproject.toml": pyproject})["a.py"]
    assert "import os" not in text
    assert "import antigravity" in text
    assert "if l is 1:  # noqa: F632" in text
    assert "if l == None:  # noqa: E711" in text


def test_imports_whose_order_matters_are_not_sorted() -> None:
    source = "from os import *\nfrom math import *\nprint(pow)\n"
    lines = polish({"a.py": source, "pyproject.toml": '[tool.ruff.lint]\nselect = ["F", "I"]\n'})["a.py"].splitlines()
    assert [line.partition("  ")[0] for line in lines if line.startswith("from")] == ["from os import *", "from math import *"]


def test_requirements_are_pinned_to_what_is_known() -> None:
    modules = third_party(["sklearn", "os", "pandas", "mine", "yaml"], own=["mine"])
    assert requirements(modules, ["doit>=0.36", "git+https://x.y/z", "Pandas==1.0"], {"scikit_learn": "1.5.0", "PyYAML": "6.0"}) == (
        "doit>=0.36",
        "pandas",
        "pyyaml==6.0",
        "scikit-learn==1.5.0",
    )


def test_files_outside_the_notebooks_folder_stay_inside_the_project() -> None:
    files = ("../input/train.csv", "own.csv", "../../up.csv")
    workdir = place_workdir("/home/me/work/notebooks/a.ipynb", files)
    assert workdir == "data/work/notebooks"
    assert [place(workdir, file) for file in files] == ["data/work/input/train.csv", "data/work/notebooks/own.csv", "data/up.csv"]
    assert place_workdir("a.ipynb", files[:1]) == "data/notebook"
    assert place_workdir("a.ipynb", ("a.csv",)) == "data"


def test_wiring_knows_files_and_leaves_out_what_ports_say() -> None:
    graph = sample_graph()
    more = FlowGraph(
        graph.statements,
        (
            *graph.edges,
            Edge("c2.s1", "c3.s1", "?", EdgeKind.ORDER),  # a port says so already
            Edge("c3.s1", "c4.s1", "network", EdgeKind.STATE),
            Edge("c3.s1", "c5.s1", "figure", EdgeKind.STATE),  # ends with the process
            Edge("c2.s1", "c8.s1", "?", EdgeKind.ORDER),  # comes before join, which comes before last
        ),
    )
    wiring = wire(sample_plan(), more, ("numbers.csv",))
    assert {name: after for name, after in wiring.after.items() if after} == {"right": ("left",), "last": ("join",)}
    assert wiring.reads["load"] == ("numbers.csv",)
    assert wiring.writes["join"] == wiring.reads["last"] == ("out/score.txt",)


@pytest.mark.parametrize("name", ["../evil", "a b", "x); import os; (", ""])
def test_names_that_are_no_names_are_refused(name: str, tmp_path: Path) -> None:
    plan = sample_plan()
    bad = Plan(plan.notebook, plan.package, plan.stages, (*plan.parameters, Parameter(name, 1)))
    with pytest.raises(PlanError, match="cannot be a name"):
        sample_project(tmp_path, bad)


def test_target_lays_its_files_over_the_base_project(tmp_path: Path) -> None:
    class Engine(Target):
        name = "engine"
        title = "An engine"
        templates = ("_package", "engine")

    for path, text in {
        "_package/README.md.jinja": "base",
        "_package/LICENCE": "{{ as it is }}",
        "engine/README.md.jinja": "of {{ package }}",
        "engine/src/{{package}}/flow.py.jinja": "# {{ stages }}",
        "engine/nothing.txt.jinja": "{% if stages == 2 %}something{% endif %}",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert fill_in(Engine(), tmp_path, {"package": "mine", "stages": 1}) == {
        "README.md": "of mine",
        "LICENCE": "{{ as it is }}",
        "src/mine/flow.py": "# 1",
    }


def test_registry_names_each_target_by_its_name() -> None:
    assert {name: target.name for name, target in TARGETS.items()} == {name: name for name in TARGETS}
    assert TARGETS["package"].command(sample_plan()) == ("python", "-m", "sample", "run")


def test_cells_are_named_for_the_runner(sample: Project) -> None:
    origins = json.loads(sample.files["src/sample/origins.json"])
    assert origins["stages/join.py"]["lines"][0][2] == 6
