"""A hostile notebook, for every target: whatever its text says, it stays text in every file that is generated."""

import ast
import io
import json
import re
import tokenize
import tomllib
from pathlib import PurePosixPath

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from nbpipe import api
from nbpipe.errors import PlanError
from nbpipe.notebook.read import notebook_from_text
from nbpipe.planning.edit import read_plan
from nbpipe.targets import TARGETS

CALL = "pw_ned.run()"  # what would be executed
PIECES = [
    f"$({CALL})", f"`{CALL}`", f"; {CALL} ;", f"& {CALL} |", f"\" + {CALL} + \"", f"' + {CALL} + '", f'"""\n{CALL}\n"""', f"'''\n{CALL}\n'''",
    f"\n{CALL}\n", f"\r{CALL}", f"\u2028{CALL}", f"{{{CALL}}}", f"{{{{ {CALL} }}}}", f"{{% if {CALL} %}}", f"${{{CALL}}}", "${oc.env:HOME}", "%(here)s",
    "{{ 7 * 191 }}", "{# #}", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](http://x.test)", "]]>",
    "-->", "\\", "#", ": !!python/object/apply:os.system [id]", "*a", "&a", "../..", "\x07", "\u202e", "@", "%%bash\n", "\\N{BULLET}", "\\u0022",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), min_size=1, max_size=4).map("".join)
ENVIRONMENT = {"distributions": {"pandas": "2.2.3"}, "python": "3.11.4", "executable": "/usr/bin/python3"}


def hostile(text):
    """A notebook with the text in headings, prose, comments, strings, names of files, tags, outputs, and its own name."""
    line = " ".join(text.split())
    file = line.replace("/", "_").replace("\0", "")[:80] + ".csv"
    code = [
        f"import pandas as pd  # {line}",
        f"df = pd.DataFrame({{'a': [1, 2, 3]}})\nlabel_path = {text!r}\ndf.to_csv({file!r})",
        f"# {line}\nagain = pd.read_csv({file!r})\nprint(label_path, {text!r})",
        f'"""{line.replace(chr(34), "").replace(chr(92), "")}"""\nprint(again.sum())',
    ]
    cells = [{"cell_type": "markdown", "source": f"# {line}\n\n{text}", "metadata": {}, "id": "title"}]
    for number, source in enumerate(code):
        cells.append({"cell_type": "markdown", "source": f"## {line}", "metadata": {}, "id": f"m{number}"})
        outputs = [{"output_type": "stream", "name": "stdout", "text": text}]
        cell = {
            "cell_type": "code",
            "source": source,
            "metadata": {"tags": [text, f"nbpipe:stage=part {number} {line}"]},
            "id": f"c{number}",
        }
        cells.append({**cell, "outputs": outputs, "execution_count": number})
    document = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return api.analyze_read(notebook_from_text(document, f"{file}.ipynb", "ipynb"))


def is_run(text):
    """Whether the text of a Python file runs what it must not."""
    return any(isinstance(node, ast.Name) and node.id == "pw_ned" for node in ast.walk(ast.parse(text)))


def outside_strings(text):
    """The text of a Python-like file without its strings and comments."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return " ".join(token.string for token in tokens if token.type not in (tokenize.STRING, tokenize.COMMENT))


def check_markdown(text):
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or []]
    assert not [token for token in (*tokens, *inline) if token.type in ("html_block", "html_inline", "image")]
    links = [str(token.attrs["href"]) for token in inline if token.type == "link_open"]
    assert not [link for link in links if not link.startswith(("src/", "https://", "tests/"))], links


def check_yaml(path, text):
    yaml.safe_load(text)
    if path.startswith(".github/"):
        assert not re.search(r"\bpw_ned\b", text), "its commands are for a shell"
    if PurePosixPath(path).name == "dvc.yaml" or path.startswith("conf/"):
        own = text.replace("${globals:store}", "")  # the template's
        assert not re.search(r"(?<!\\)\$\{", own), "the engine would fill it in"


def check_file(path, text):
    """Check that nothing in a file is live."""
    assert "1337" not in text, "a template was filled in twice"
    kind = PurePosixPath(path).suffix
    if kind == ".py":
        assert not is_run(text)
    elif kind == ".md":
        check_markdown(text)
    elif kind in (".yaml", ".yml"):
        check_yaml(path, text)
    elif kind == ".toml":
        tomllib.loads(text)
    elif kind in (".json", ".ipynb"):
        cells = json.loads(text)
        if kind == ".ipynb":
            for cell in cells["cells"]:
                source = "".join(cell["source"])
                assert not is_run(source) if cell["cell_type"] == "code" else check_markdown(source) is None
    elif PurePosixPath(path).name == "Snakefile":
        assert not re.search(r"\bpw_ned\b", outside_strings(text))
    else:
        assert not re.search(r"\bpw_ned\b", text), path


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=2, suppress_health_check=[HealthCheck.too_slow])
@given(text=texts)
@example(text=" ".join(PIECES))
@example(text="0")
def test_nothing_of_a_hostile_notebook_is_live_in_any_file(target, text):
    planned = api.propose(hostile(text))
    try:
        project = api.project_of(planned, ENVIRONMENT, TARGETS[target])
    except PlanError as error:
        assert str(error).startswith("NB601 "), "only what an engine cannot hold is refused"
        return
    read_plan(project.files["plan.toml"], planned.graph, planned.notebook)
    for path, content in project.files.items():
        assert ".." not in PurePosixPath(path).parts
        assert not path.startswith("/")
        if not path.startswith(".nbpipe/"):
            check_file(path, content)
