"""The reports of a conversion: each tells the same, and nothing of a hostile notebook is live in any of them."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from PIL import Image

from nbpipe.analysis.analyze import analyze
from nbpipe.cli import main
from nbpipe.cli_options import REPORT_FORMS
from nbpipe.model.finding import Finding, Severity, Span
from nbpipe.model.plan import LeftOut, Parameter
from nbpipe.model.project import Conversion, Origin
from nbpipe.model.review import Review
from nbpipe.model.verification import (
    Check,
    Entry,
    Level,
    Observations,
    Part,
    PortObservation,
    Status,
    TableDifference,
    Verification,
)
from nbpipe.notebook.read import notebook_from_text
from nbpipe.planning.phases import label
from nbpipe.planning.planner import make_plan
from nbpipe.report.dossier import Dossier
from nbpipe.report.forms import FORMS
from nbpipe.report.html import coloured
from nbpipe.report.markdown import LIMIT, code
from nbpipe.report.picture import picture

SARIF = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
SOURCE = (Path(__file__).parent / "cases" / "train_and_evaluate.py").read_text(encoding="utf-8").partition("\n# output\n")[0] + "\n"
EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</script></style><svg onload=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "{{ 7 * 191 }}{% for x in y %}",
    "[click](javascript:alert(1)) ![x](https://evil.example/x.png) @somebody #1",
    "```\n</details><b>x</b>\n```",
    "`code` **bold** | cell | <!-- x",
    "$(touch /tmp/owned) `touch owned` ; rm -rf ~",
    "]]></failure><evil/> &amp; \x00\x1b[31m\ud800".encode("utf-8", "replace").decode(),
    "javascript:alert(1)",
]


def dossier(source=SOURCE, verification=None, findings=(), name="prices.py"):
    notebook = notebook_from_text(source, name, "percent")
    graph = label(analyze(notebook))
    plan = make_plan(notebook, graph)
    files = {}
    provenance = []
    for stage in plan.stages:
        path = f"src/prices/stages/{stage.name}.py"
        files[path] = f"def {stage.name}():\n" + "".join(f"    x{number} = 0\n" for number in range(len(stage.statements)))
        provenance += [Origin(path, number, int(key[1:].split(".")[0]) - 1, key) for number, key in enumerate(stage.statements, start=2)]
    conversion = Conversion(name, "0", plan, tuple(provenance))
    return Dossier(notebook, graph, conversion, files, "out", tuple(findings), verification)


def review(one):
    return Review(one.notebook.path, one.findings, [cell.source.split("\n") for cell in one.notebook.cells])


def reports(one):
    return {form: write(one, review(one)) for form, write in FORMS.items()}


@pytest.fixture
def failed(tmp_path):
    paths = []
    for name in ("expected", "found", "difference"):
        Image.new("RGB", (4, 4), "red").save(tmp_path / f"{name}.png")
        paths.append(str(tmp_path / f"{name}.png"))
    checks = (
        Check(
            Level.OUTPUT,
            "cell 8",
            Status.DIFFERENT,
            "stdout: line 1: '1' != '2'",
            7,
            "train_model",
            tuple(paths),
            ("--- notebook", "+++ pipeline", "-1", "+2"),
            (TableDifference(((Entry("", ""), Entry("price", "cost")),), ((Entry("0", "0"), Entry("10", None)),), 3),),
        ),
        Check(Level.VALUE, "model", Status.MISSING, "no such file", 7, "train_model"),
        Check(Level.OUTPUT, "cell 10", Status.NOISY, "it shows the time", 9),
        Check(Level.VALUE, "total", Status.SAME),
    )
    findings = (Finding("NB222", "a note", Severity.NOTE), Finding("NB208", "a path", Severity.WARNING, Span(7, 1, 0, 1, 5), "mend it"))
    one = dossier(findings=findings)
    ports = [port for stage in one.plan.stages for port in stage.outputs]
    seen = (
        PortObservation(
            ports[0].name, "pandas.core.frame.DataFrame", 1200, "", (60, 3), "", (Part("price", "float64"), Part("<b>", "object"))
        ),
        PortObservation(ports[1].name, "numpy.ndarray", 500, "", (60, 2), "float32"),
    )
    return replace(one, verification=Verification("prices.py", "out", checks, {"total": 1.0}, (), Observations(seen)))


def test_markdown_has_the_verdict_first_and_causes_before_effects(failed):
    text = reports(failed)[".md"]
    assert text.startswith("## ❌ nbpipe: failed\n")
    assert text.index("**missing** value `model`") < text.index("**different** output `cell 8`") < text.index("**noisy**")
    assert text.index("NB208") < text.index("NB222")
    assert "```diff\n--- notebook\n+++ pipeline\n-1\n+2\n```" in text
    assert "| `train_model` |" in text


def test_markdown_stays_under_the_limit_and_says_what_is_missing(failed):
    checks = tuple(Check(Level.OUTPUT, f"cell {n}", Status.DIFFERENT, "x\n" * 5000, n) for n in range(200))
    text = reports(replace(failed, verification=Verification("a", "b", checks)))[".md"]
    assert len(text) < LIMIT
    assert re.search(r"\.\.\. and \d+ more lines: see the full report\.\n$", text)
    passed = reports(dossier(verification=Verification("a", "b")))[".md"]
    assert passed.startswith("## ✅ nbpipe: passed\n")
    assert "more lines" not in passed


@pytest.mark.parametrize("text", ["a", "`", "a`b", "``a``", "", "a|b", "x\ny", *EVIL])
def test_inline_code_holds_anything(text):
    found = code(text)
    flat = " ".join(text.split())
    if flat:
        fence = re.match(r"`+", found)[0]
        assert "\n" not in found
        assert re.fullmatch(rf"{fence}(?!`).*(?<!`){fence}", found), found
        assert fence not in re.findall(r"`+", found)[1:-1]


def test_junit_counts_and_tells_failures(failed):
    root = ElementTree.fromstring(reports(failed)[".xml"])
    assert {(suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("skipped")) for suite in root} == {
        ("value", "2", "1", "0"),
        ("output", "2", "1", "1"),
    }
    assert [element.get("message") for element in root.iter("failure")] == ["no such file", "stdout: line 1: '1' != '2'"]
    assert [element.text for element in root.iter("failure")][1].endswith("\n-1\n+2")


def test_sarif_points_at_the_notebook_and_the_generated_files(failed):
    log = json.loads(reports(failed)[".sarif"])
    jsonschema.validate(log, SARIF)
    results = log["runs"][0]["results"]
    rules = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in results)
    places = {result["ruleId"]: result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results}
    assert places["NB208"] == "prices.py"
    assert places["missing"] == "out/src/prices/stages/train_model.py"
    related = next(result for result in results if result["ruleId"] == "NB208")["relatedLocations"]
    assert related[0]["physicalLocation"]["artifactLocation"]["uri"].startswith("out/src/prices/stages/")


def test_json_has_the_verdict(failed):
    document = json.loads(reports(failed)[".json"])
    assert (document["kind"], document["verdict"]) == ("report", "failed")
    assert len(document["findings"]) == 2


def test_html_has_everything_and_asks_for_nothing(failed):
    page = reports(failed)[".html"]
    elements = parsed(page)
    assert not [
        value
        for _, attributes in elements
        for key, value in attributes
        if key in ("src", "srcset", "data", "action") and not value.startswith("data:")
    ]
    assert not [attributes for tag, attributes in elements if tag in ("link", "iframe", "object", "embed", "base", "form")]
    links = [dict(attributes)["href"] for tag, attributes in elements if tag == "a"]
    identifiers = [value for _, attributes in elements for key, value in attributes if key == "id"]
    assert all(link.startswith("#") for link in links)
    assert len(identifiers) == len(set(identifiers))
    joined = {link[1:] for link in links} - set(identifiers)
    assert all(name.startswith("g-") for name in joined), "only lines whose statement became no line of the project lead nowhere"
    for text in ("failed", "train_model", "no such file", "NB208", "data:image/png;base64,"):
        assert text in page


def test_html_tells_what_each_port_is(failed):
    page = reports(failed)[".html"]
    rows = page[page.index('id="interfaces"') : page.index('id="parameters"')]
    assert '<td class="shape">60 × 3</td><td class="number">1,200 bytes</td>' in rows
    assert "<code>price</code> float64" in rows
    assert "<code>&lt;b&gt;</code> object" in rows
    assert "and 1 more" in rows
    assert '<td class="shape">60 × 2 float32</td>' in rows
    assert rows.count("<tbody>") == sum(len(stage.outputs) for stage in failed.plan.stages)


def test_html_shows_differences_entry_by_entry_and_as_a_diff(failed):
    page = reports(failed)[".html"]
    article = page[page.index('id="difference-2"') : page.index('id="difference-3"')]
    assert "<caption>1 row that differs; 3 are the same</caption>" in article
    assert '<tr><td></td><th scope="col"><del>price</del> <ins>cost</ins></th></tr>' in article
    assert "<tr><td>0</td><td><del>10</del> </td></tr>" in article
    assert '<span class="removed">-1</span>\n<span class="added">+2</span>' in article


def test_the_picture_has_a_box_for_each_stage_and_no_two_overlap():
    plan = dossier().plan
    drawn = picture(plan)
    assert [box.name for box in drawn.boxes] == [stage.name for stage in plan.stages]
    for one in drawn.boxes:
        for other in drawn.boxes:
            assert one is other or abs(one.y - other.y) > 45 or abs(one.x - other.x) >= (one.width + other.width) / 2
        assert one.width / 2 <= one.x <= drawn.width
        assert 0 < one.y < drawn.height
    assert {(line.source, line.target) for line in drawn.lines} == {(p.stage, s.name) for s in plan.stages for p in s.inputs}


@pytest.mark.parametrize("source", ["", "x = 1", "x = '''\n<b>\n'''\n", "\n\nx\n\n", "a\x0cb", "\t'<&>'", "!ls <b>", "def f(:\n <i>"])
def test_coloured_lines_are_those_of_the_source(source):
    lines = coloured(source)
    assert len(lines) == len(source.split("\n"))
    for line, text in zip(lines, source.split("\n"), strict=True):
        assert (
            re.sub(r"</?span[^>]*>", "", line).replace("&lt;", "<").replace("&gt;", ">").replace("&#39;", "'").replace("&amp;", "&") == text
        )


# ---------------------------------------------------------------- hostile notebooks


class Elements(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, attrs))


def parsed(page):
    parser = Elements()
    parser.feed(page)
    return parser.found


def hostile():
    """A conversion in which everything that comes from a notebook is hostile."""
    text = "\n".join(EVIL)
    one = dossier(SOURCE.replace("# # Load", "# # " + EVIL[0]) + f"# %%\nevil = {text!r}  # {EVIL[0]}\nprint(evil)\n", name=f"{EVIL[1]}.py")
    plan = one.plan
    stage = plan.stages[0]
    evil_ports = tuple(replace(port, type=EVIL[2]) for port in stage.outputs)
    parameters = tuple(Parameter(f"p{n}", word, (stage.name,), (Span(4),), "c5.s1") for n, word in enumerate(EVIL))
    left = tuple(LeftOut(statement.id, word) for statement, word in zip(one.graph.statements, EVIL, strict=False))
    plan = replace(plan, stages=(replace(stage, title=text, outputs=evil_ports), *plan.stages[1:]), parameters=parameters, left_out=left)
    tables = tuple(TableDifference(((Entry(word, word),),), ((Entry(word, f"{word}!"), Entry(None, word)),)) for word in EVIL)
    checks = tuple(
        Check(Level.OUTPUT, word, Status.DIFFERENT, word, 4, stage.name, (), ("--- x", f"-{word}", f"+{word}"), tables) for word in EVIL
    )
    checks += tuple(Check(Level.FILE, word, Status.NOISY, word) for word in EVIL)
    findings = tuple(Finding("NB208", word, Severity.WARNING, Span(4), word) for word in EVIL)
    files = {**one.files, f"src/{EVIL[0]}.py": f"x = {text!r}\n"}
    conversion = replace(one.conversion, plan=plan)
    seen = PortObservation(evil_ports[0].name, EVIL[2], 3, "", (1, 99), EVIL[0], tuple(Part(word, word) for word in EVIL))
    verification = Verification(EVIL[0], "out", checks, observations=Observations((seen,)))
    return replace(one, conversion=conversion, verification=verification, findings=findings, files=files, folder=EVIL[1])


def test_nothing_hostile_is_live_in_html():
    page = reports(hostile())[".html"]
    harmless = parsed(reports(dossier())[".html"])
    elements = parsed(page)
    extra = {
        "article",
        "details",
        "summary",
        "tr",
        "td",
        "th",
        "table",
        "thead",
        "tbody",
        "ol",
        "li",
        "pre",
        "strong",
        "h3",
        "caption",
        "del",
        "ins",
    }
    assert {tag for tag, _ in elements} <= {tag for tag, _ in harmless} | extra
    assert [tag for tag, _ in elements].count("script") == 1
    assert [tag for tag, _ in elements].count("style") == 1
    assert not [key for _, attributes in elements for key, _ in attributes if key.startswith("on") or key == "style"]
    assert all(value.startswith("#") for _, attributes in elements for key, value in attributes if key == "href")
    assert "1337" not in page, "no template was executed"
    assert page.count("<script>") == 1
    policy = next(
        dict(attributes)["content"]
        for tag, attributes in elements
        if tag == "meta" and ("http-equiv", "Content-Security-Policy") in attributes
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_nothing_hostile_is_live_in_markdown():
    text = reports(hostile())[".md"]
    prose = re.sub(r"^(`{3,})[^\n]*\n.*?\n\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    prose = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", prose)
    for live in ("<", "](", "@somebody", "javascript", "`"):
        assert live not in prose, [line for line in prose.splitlines() if live in line]


def test_hostile_xml_and_sarif_are_well_formed():
    one = hostile()
    found = reports(one)
    root = ElementTree.fromstring(found[".xml"])
    assert {element.tag for element in root.iter()} == {"testsuites", "testsuite", "testcase", "failure", "skipped"}
    log = json.loads(found[".sarif"])
    jsonschema.validate(log, SARIF)
    assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", " ".join(result["message"]["text"] for result in log["runs"][0]["results"]))
    assert json.loads(found[".json"])["kind"] == "report"


# ---------------------------------------------------------------- from the command line


def test_convert_writes_the_reports_that_are_asked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("model.py").write_text(SOURCE + "def f(x=[]):\n    return x\nprint(f())\n")

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        return int(ended.value.code or 0), capsys.readouterr()

    assert set(REPORT_FORMS) == set(FORMS)
    names = [f"report{form}" for form in FORMS]
    code, printed = run("convert", "model.py", "-o", "out", *(word for name in names for word in ("--report", name)))
    assert (code, printed.err) == (0, "")
    assert "NB232" in printed.out, "conversions tell what is worse than a note"
    for name in names:
        assert "model" in Path(name).read_text(encoding="utf-8")
    assert "NB232" in Path("report.md").read_text(encoding="utf-8")
    assert run("convert", "model.py", "-o", "out", "--report", "report.pdf")[0] == 2
    Path("other.py").write_text(SOURCE)
    code, printed = run("convert", "model.py", "other.py", "-o", "several", "--report", "report.md")
    assert code == 2
    assert "one" in printed.err
