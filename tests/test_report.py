"""The results as JSON documents and as text for a terminal."""

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from nbpipe import __version__
from nbpipe.errors import ExitCode
from nbpipe.model.codec import to_json
from nbpipe.model.finding import Finding, Severity, Span
from nbpipe.model.flow import Edge, EdgeKind, Effects, FlowGraph, Phase, Statement, StatementKind
from nbpipe.model.notebook import Cell, Notebook
from nbpipe.model.plan import LeftOut, Parameter, Plan, Port, Shared, Stage
from nbpipe.model.project import Origin, Project
from nbpipe.model.verification import Check, Entry, Level, Observations, Part, PortObservation, Status, TableDifference, Verification
from nbpipe.report.data import (
    analysis_document,
    conversion_document,
    error_document,
    plan_document,
    several_documents,
    verification_document,
)
from nbpipe.report.summary import Outcome, failed, of_plan, of_verification, table
from nbpipe.report.text import analysis_report, findings_report, next_step, plain, plan_report, verification_report

NOTE = Finding("NB010", "a note", Severity.NOTE, Span(1, 2))
ERROR = Finding("NB001", "it [bold]is[/bold] wrong", Severity.ERROR, Span(0, 1), "mend it")


def statement(identifier, cell, source, phase, kind=StatementKind.ASSIGN, certain=(), shown=False, **effects):
    return Statement(identifier, Span(cell, 1, 0, 1, len(source)), source, kind, Effects(**effects), phase, certain=certain, shown=shown)


NOTEBOOK = Notebook(
    "a.ipynb",
    (
        Cell(0, "m", "markdown", "# Title"),
        Cell(1, "x", "code", "import pandas as pd\ndf = pd.read_csv('a.csv')", tags=("t",)),
        Cell(2, "y", "code", "df['b'] = f(df)\ndf"),
        Cell(3, "z", "code", ""),
    ),
    kernel="python3",
    requirements=("pandas",),
    findings=(NOTE,),
)
GRAPH = FlowGraph(
    (
        statement("c2.s1", 1, "import pandas as pd", Phase.SETUP, StatementKind.IMPORT, ("pd",), binds=("pd",)),
        statement(
            "c2.s2", 1, "df = pd.read_csv('a.csv')", Phase.COLLECTION, certain=("df",), reads=("pd",), binds=("df",), files_read=("a.csv",)
        ),
        statement("c3.s1", 2, "df['b'] = f(df)", Phase.FEATURES, reads=("df", "f"), mutates=("df",), unknown=("f",)),
        statement("c3.s2", 2, "df", Phase.EXPLORATION, StatementKind.EXPRESSION, shown=True, reads=("df",), prints=True),
    ),
    (Edge("c2.s2", "c3.s1", "df", EdgeKind.VALUE), Edge("c3.s1", "c3.s2", "df", EdgeKind.MUTATION)),
    (NOTE, ERROR),
)
DF = Port("raw_df", "df", "load", "c2.s2", "pandas.DataFrame", artefact="raw_df")
PLAN = Plan(
    "a.ipynb",
    "a",
    (
        Stage("load", Phase.COLLECTION, statements=("c2.s2",), outputs=(DF,), parameters=("data_path",)),
        Stage("features", Phase.FEATURES, statements=("c3.s1", "c4.s1", "c7.s1"), report=("c3.s2",), inputs=(DF,)),
    ),
    parameters=(Parameter("data_path", "a.csv", ("load",), (Span(1, 2, 17, 2, 24),), "c2.s2"),),
    shared=Shared(imports=("c2.s1",)),
    left_out=(LeftOut("c5.s1", "nothing uses it"), LeftOut("c6.s1", "the repr of a drawing", output_only=True)),
    findings=(ERROR,),
)
PROJECT = Project(
    "package", {"b.py": "", "a.py": ""}, {"data/a.csv": "/a.csv"}, (Origin("a.py", 3, 1, "c2.s2"),), ("python", "-m", "a", "run"), (NOTE,)
)
VERIFICATION = Verification(
    "a.ipynb",
    "out",
    (
        Check(
            Level.OUTPUT,
            "cell 3",
            Status.DIFFERENT,
            "- 1\n+ 2",
            2,
            "features",
            ("expected.png", "found.png"),
            ("--- notebook", "- 1"),
            (TableDifference((), ((Entry("1", None),),), 2),),
        ),
        Check(Level.VALUE, "raw_df", Status.SAME, "", 1, "load"),
        Check(Level.VALUE, "df", Status.MISSING, "no such file"),
        Check(Level.OUTPUT, "cell 4", Status.NOISY, "it shows the time", 3),
    ),
    {"notebook": 1.25},
    (ERROR,),
    Observations((PortObservation("raw_df", "pandas.DataFrame", 9, "", (2, 1), "", (Part("a", "int64"),)),)),
)
DOCUMENTS = {
    "analysis": analysis_document(NOTEBOOK, GRAPH),
    "plan": plan_document(PLAN, [NOTE, ERROR]),
    "conversion": conversion_document(PLAN, PROJECT, "out", [NOTE], VERIFICATION),
    "verification": verification_document(VERIFICATION),
    "error": error_document("a.ipynb", "a.ipynb is empty"),
}


# ---------------------------------------------------------------- JSON


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_documents_have_a_head_and_are_json(kind):
    document = json.loads(to_json(DOCUMENTS[kind]))
    assert list(document)[:3] == ["nbpipe", "format", "kind"]
    assert (document["nbpipe"], document["format"], document["kind"]) == (__version__, 1, kind)
    together = json.loads(to_json(several_documents(list(DOCUMENTS.values()))))
    assert document in together["documents"]


def keys(value):
    """All keys of a document, but those of mappings from names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key not in ("counts", "timings", "types"):
                yield from keys(inner)
    if isinstance(value, list):
        for inner in value:
            yield from keys(inner)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_key_is_described(kind):
    page = (Path(__file__).parent.parent / "docs" / "json.md").read_text(encoding="utf-8")
    described = set(re.findall(r"[\"`](\w+)[\"`]", page))
    assert set(keys(json.loads(to_json(DOCUMENTS[kind])))) <= described


def test_analysis_has_cells_with_statements_and_edges():
    document = json.loads(to_json(DOCUMENTS["analysis"]))
    title, load, features, empty = document["cells"]
    assert (title["kind"], title["phase"], title["statements"]) == ("markdown", None, [])
    assert empty["bindings"] == []
    assert (load["cell"], load["id"], load["tags"], load["phase"]) == (1, "x", ["t"], "setup")
    assert (load["reads"], load["bindings"], load["files_read"]) == ([], ["pd", "df"], ["a.csv"])
    assert (features["reads"], features["mutations"], features["unknown_calls"]) == (["df", "f"], ["df"], ["f"])
    assert load["statements"][1]["reads"] == ["pd"]
    assert load["statements"][1]["span"] == {"cell": 1, "line": 1, "column": 0, "end_line": 1, "end_column": 25}
    assert [item["shown"] for item in features["statements"]] == [False, True]
    assert document["edges"][1] == {"source": "c3.s1", "target": "c3.s2", "name": "df", "kind": "mutation"}
    assert [finding["rule"] for finding in document["findings"]] == ["NB010", "NB001"]


def test_plan_has_findings_once():
    document = json.loads(to_json(DOCUMENTS["plan"]))
    assert [finding["rule"] for finding in document["findings"]] == ["NB010", "NB001"]
    assert document["stages"][1]["inputs"][0]["name"] == "raw_df"
    assert document["left_out"][1] == {"statement": "c6.s1", "reason": "the repr of a drawing", "output_only": True}


def test_conversion_has_files_plan_and_verification():
    document = json.loads(to_json(DOCUMENTS["conversion"]))
    assert document["files"] == ["a.py", "b.py", "data/a.csv"]
    assert "findings" not in document["plan"]
    assert document["verification"]["passed"] is False
    assert conversion_document(PLAN, PROJECT, "out")["verification"] is None


def test_verification_has_every_check():
    document = json.loads(to_json(DOCUMENTS["verification"]))
    assert document["counts"] == {"same": 1, "close": 0, "noisy": 1, "left out": 0, "skipped": 0, "different": 1, "missing": 1}
    assert document["checks"][0] == {
        "level": "output",
        "subject": "cell 3",
        "status": "different",
        "detail": "- 1\n+ 2",
        "cell": 2,
        "stage": "features",
        "pictures": ["expected.png", "found.png"],
        "lines": ["--- notebook", "- 1"],
        "tables": [{"head": [], "rows": [[{"expected": "1", "found": None}]], "same": 2, "more": 0}],
    }
    assert document["ports"] == [
        {
            "port": "raw_df",
            "type": "pandas.DataFrame",
            "size": 9,
            "problem": "",
            "shape": [2, 1],
            "dtype": "",
            "parts": [{"name": "a", "type": "int64"}],
        }
    ]


# ---------------------------------------------------------------- text


def shown(renderable, width=160):
    console = Console(file=io.StringIO(), width=width, force_terminal=False, color_system=None)
    console.print(renderable)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()).strip()


def test_analysis_as_text():
    assert shown(analysis_report(NOTEBOOK, GRAPH)) == (
        "a.ipynb: 4 cells, 3 with code, 4 statements, 2 dependences\n"
        "\n"
        "Cell  Phase                  Reads  Binds   Changes  Files\n"
        "2     setup, collection             pd, df           reads a.csv\n"
        "3     features, exploration  df, f          df"
    )


def test_plan_as_text():
    assert shown(plan_report(PLAN)) == (
        "a: 2 stages from a.ipynb\n"
        "\n"
        "1. load (collection)\n"
        "   cells  2\n"
        "   out    raw_df: DataFrame\n"
        "   set    data_path = 'a.csv'\n"
        "\n"
        "2. features (features)\n"
        "   cells  3-4, 7\n"
        "   in     raw_df\n"
        "\n"
        "Left out\n"
        "   nothing uses it: c5.s1\n"
        "   the repr of a drawing (only the output): c6.s1"
    )


def test_a_wide_plan_is_good_to_read_at_80_columns():
    ports = tuple(Port(f"telling_name_of_value_{n}", f"v{n}", "wide", "c1.s1", "pandas.DataFrame") for n in range(12))
    lines = shown(plan_report(Plan("a.ipynb", "a", (Stage("wide", Phase.FEATURES, outputs=ports),))), width=80).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(f"telling_name_of_value_{n}: DataFrame" in " ".join(line.strip() for line in lines) for n in range(12))  # words stay whole


def test_verification_as_text():
    assert shown(verification_report(VERIFICATION)) == (
        "failed: out against a.ipynb\n"
        "\n"
        "Compared  same  noisy  different  missing\n"
        "value     1                       1\n"
        "output          1      1\n"
        "\n"
        "Look at these, the likeliest cause first\n"
        "   missing    value df: no such file\n"
        "   different  cell 3 (features):\n"
        "              - 1\n"
        "              + 2\n"
        "              expected.png\n"
        "              found.png\n"
        "\n"
        "Not simply the same\n"
        "   noisy  cell 4: it shows the time\n"
        "\n"
        "notebook 1.2 s"
    )


def test_a_passed_verification_is_short():
    text = shown(verification_report(Verification("a.ipynb", "out", (Check(Level.VALUE, "df", Status.SAME),))))
    assert text == "passed: out against a.ipynb\n\nCompared  same\nvalue     1"


def test_findings_as_text():
    assert shown(findings_report([NOTE, ERROR, NOTE])) == (
        "Findings\n   NB001  cell 1, line 1: it [bold]is[/bold] wrong\n          mend it\n   NB010  cell 2, line 2: a note"
    )
    assert shown(findings_report([])) == ""


def test_many_notebooks_as_text():
    outcomes = [
        Outcome("a.ipynb", of_plan(PLAN)),
        failed("b.ipynb", "b.ipynb is empty", ExitCode.BAD_INPUT),
        failed("c.ipynb", "a bug", ExitCode.BUG),
    ]
    assert shown(table(outcomes)) == (
        "notebook  stages  ports  widest  parameters  left out\n"
        "a.ipynb        2      1       1           1         2\n"
        "\n"
        "b.ipynb is empty\n"
        "c.ipynb: a bug"
    )
    assert shown(table(outcomes[1:2])) == "b.ipynb is empty"


def test_the_row_of_a_verification_says_what_is_wrong():
    assert of_verification(VERIFICATION) == {"noisy": 1, "different": 1, "wrong values": 1, "seconds": 0.0, "verdict": "failed"}


def test_the_next_step_can_be_typed():
    text = shown(next_step(Path("my project"), ".venv/bin/python", ("python", "-m", "a", "run")))
    assert text.splitlines()[1:] == ["  .venv/bin/python -m pip install -e 'my project'", "  .venv/bin/python -m a run"]


@given(
    st.text()
    | st.lists(st.sampled_from(["[red]", "[/]", "\x1b[31m", ":smile:", "\u202e", "\x07", "\r", "\x9b", "x", "\n", "\ud800"])).map("".join)
)
def test_nothing_in_the_text_is_obeyed(text):
    console = Console(file=io.StringIO(), width=10_000, force_terminal=True, color_system="truecolor")
    console.print(plain(text))
    printed = console.file.getvalue()
    assert all(char.isprintable() or char == "\n" for char in printed)
    kept = [char for char in text.expandtabs(4) if char.isprintable()]
    assert [char for char in printed if char not in "\n\N{REPLACEMENT CHARACTER}"] == [
        char for char in kept if char != "\N{REPLACEMENT CHARACTER}"
    ]


HOSTILE = "[red]\x1b[2J[/red]:smile:[link=http://example.org]\u202e"


def test_names_from_the_notebook_are_plain_text_everywhere():
    finding = Finding(HOSTILE, HOSTILE, span=Span(0), fix=HOSTILE)
    port = Port(HOSTILE, HOSTILE, HOSTILE, HOSTILE, f"a{HOSTILE}")
    plan = Plan(
        HOSTILE,
        HOSTILE,
        (Stage(HOSTILE, Phase.SETUP, outputs=(port,), parameters=(HOSTILE,)), Stage("b", Phase.SETUP, inputs=(port,))),
        (Parameter(HOSTILE, HOSTILE, (HOSTILE,)),),
        left_out=(LeftOut(HOSTILE, HOSTILE),),
    )
    graph = FlowGraph(
        (statement("c1.s1", 0, HOSTILE, Phase.SETUP, reads=(HOSTILE,), binds=(HOSTILE,), mutates=(HOSTILE,), files_read=(HOSTILE,)),), ()
    )
    check = Check(Level.FILE, HOSTILE, Status.DIFFERENT, HOSTILE, None, HOSTILE, (HOSTILE,))
    reports = [
        analysis_report(Notebook(HOSTILE, (Cell(0, "a", "code", HOSTILE),)), graph),
        plan_report(plan),
        verification_report(Verification(HOSTILE, HOSTILE, (check,), {HOSTILE: 1.0})),
        findings_report([finding]),
    ]
    for report in reports:
        text = shown(report, width=1000)
        assert "[red]\N{REPLACEMENT CHARACTER}[2J[/red]:smile:[link=http://example.org]\N{REPLACEMENT CHARACTER}" in text
        assert all(char.isprintable() or char == "\n" for char in text)
