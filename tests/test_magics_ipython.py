"""Translated magics against IPython itself."""

import ast
import contextlib
import io
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.displayhook import DisplayHook
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbpipe.notebook.literals import text_expression
from nbpipe.notebook.magics import translate
from nbpipe.notebook.rows import rows_for
from nbpipe.notebook.source import ends_with_semicolon, syntax_problem
from tests.strange_text import TEXTS


@pytest.fixture(scope="module")
def ipython():
    config = Config()
    config.HistoryManager.enabled = False
    return InteractiveShell(config=config)


pytestmark = pytest.mark.filterwarnings("ignore")  # the strange texts make Python and IPython warn

SAME = [
    "%time y = x * 2",
    "%%time\ny = x + 1\nprint(y)",
    "%prun -q y = sum(range(x))",
    "y = !echo $x; echo b",
    "y = 'q'\n!echo $x {x + 1} {d['k']} {y!r} {'abc'[0:2]} $$x {{x}}",
    "!echo $NOTHING_OF_THAT_NAME {x}",
    "!echo '$x' \"{d['k']}\"",
    "y = []\nfor i in range(3):\n    %time y.append(i)\n    !echo $i",
    "%%bash\nprintf 'a\\tb\\n'\necho \"$((1 + 2))\"",
    "%%bash --out y\necho one",
    "%%sh\necho a\\\\b",
    "%%script cat -\nà la \\ carte \"\"\" '''",
    "%cd sub\nimport os\ny = os.path.basename(os.getcwd())",
    "%env NBPIPE_TEST=one two $x\nimport os\ny = os.environ['NBPIPE_TEST']",
    '%%writefile out.txt\na \\n {x} """ \'\'\' "\t é\n\nb\\',
    "%%writefile out.txt\na\n",
    "%%capture y\nprint('a')\nz = '''b\n  c'''\nprint(z)",
    "%%capture\nprint('a')\nz = x",
    "here = %pwd\ny = here.split('/')[-1]",
    "  y = x\n  %time z = y",
    ">>> y = x\n>>> for i in range(2):\n...     y += i\n",
    ",print a b",
    "/print x x",
    "y = await value()",
    "%mkdir new\n%ls",
]


def run(execute, folder, namespace):
    """What running leaves: printed text, values, files."""
    (folder / "sub").mkdir(parents=True)

    async def value():
        return 7

    namespace.update(x=3, d={"k": "v"}, value=value)
    before, environment = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            execute()
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)
    text = printed.getvalue().replace("\r\n", "\n").replace(str(folder), "")
    text = re.sub(r"(?m)^(CPU times|Wall time|env: |Writing |Overwriting ).*\n", "", text)
    values = {name: getattr(namespace.get(name), "stdout", namespace.get(name)) for name in ("y", "z")}
    return text.strip(" "), values, {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("source", SAME)
def test_does_the_same_as_ipython(source, ipython, tmp_path):
    result = translate(source, 0, {"x", "d"}.__contains__)
    assert not [finding for finding in result.findings if finding.rule not in ("NB010", "NB014")]
    namespace = {}

    def plain():
        code = compile("\n".join(result.imports) + "\n" + result.python, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        coroutine = eval(code, namespace)  # noqa: S307
        if coroutine is not None:
            with contextlib.suppress(StopIteration):
                coroutine.send(None)

    def notebook():
        assert ipython.run_cell(source).success

    ipython.user_ns.update(y=None, z=None)
    theirs = run(notebook, tmp_path / "a" / "here", ipython.user_ns)
    ours = run(plain, tmp_path / "b" / "here", namespace)
    if source.startswith("%cd"):
        theirs = (ours[0], *theirs[1:])  # the folder that it prints is left out, as a finding says
    assert ours == theirs


@given(st.lists(st.sampled_from([*"{}$!:rx'\"\\ .[0]", "$x", "{x}", "{d['k']}", "{{", "x", "nothing", "a"])).map("".join))
def test_text_is_filled_in_as_ipython_does(text):
    shell = test_text_is_filled_in_as_ipython_does.shell
    theirs = shell.var_expand(text)
    expression = text_expression(text, {"x", "d"}.__contains__)
    try:
        ours = eval(expression, {"x": 3, "d": {"k": "v"}})  # noqa: S307
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):  # IPython passes over what fails
        ours = text
    assert ours == theirs


@pytest.fixture(autouse=True, scope="module")
def _shell_for_properties(ipython):
    ipython.user_ns.update(x=3, d={"k": "v"})
    test_text_is_filled_in_as_ipython_does.shell = ipython


def test_every_magic_of_ipython_is_known(ipython):
    magics = ipython.magics_manager.magics
    assert [name for name in magics["line"] if not rows_for("line", name)] == []
    assert [name for name in magics["cell"] if not rows_for("cell", name)] == []


@given(TEXTS)
def test_code_that_ipython_refuses_is_refused(source):
    """Nothing becomes Python that IPython would not run, but for magics that the table leaves out."""
    source = "\n".join(source.splitlines()).rstrip("\\\n")  # IPython takes a form feed for the end of a line, Python does not
    theirs = ""
    with contextlib.suppress(SyntaxError, RuntimeError):
        theirs = TransformerManager().transform_cell(source)
    if syntax_problem(theirs):
        ours = translate(source, 0, lambda _: False)
        assert ours.findings or not ours.python


@given(TEXTS)
def test_semicolon_as_in_ipython(source):
    if source.strip() and syntax_problem(source) is None:
        assert ends_with_semicolon(source) == bool(DisplayHook.semicolon_at_end_of_expression(source))
