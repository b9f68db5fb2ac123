"""Magics, shell lines and help as plain Python."""

import ast
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbpipe.notebook.literals import text_block
from nbpipe.notebook.magics import translate
from nbpipe.notebook.requirements import installed_packages
from nbpipe.notebook.rows import fill, rows_for
from nbpipe.notebook.source import names_in, syntax_problem
from nbpipe.resources import read_table
from tests.strange_text import TEXTS

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")  # Python's own, about the strange texts
BOUND = {"name", "path", "x"}


def translated(source):
    return translate(source, 3, BOUND.__contains__)


def shell_line(command):
    return f'print(subprocess.run({command}, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout, end="")'


def script(program, body):
    return f'print(subprocess.run([{program!r}], input={body}, stdout=subprocess.PIPE, text=True, check=True).stdout, end="")'


CASES = {
    # plain Python stays as it is
    "x = 1\nx": "x = 1\nx",
    "x = a % b\ny = f'{a!r:>10}'": "x = a % b\ny = f'{a!r:>10}'",
    's = """\n%matplotlib inline\n!ls\nwhat?\n"""': 's = """\n%matplotlib inline\n!ls\nwhat?\n"""',
    "f(a\n  %b)": "f(a\n  %b)",
    "await f()": "await f()",
    "# only a comment": "# only a comment",
    "": "",
    " \n\n": "",
    # left out
    "%matplotlib inline\nimport x": "\nimport x",
    "import x\n%load_ext autoreload\n%autoreload 2": "import x\n\n",
    "if x:\n    %matplotlib inline\nelse:\n    y = 1": "if x:\n    pass\nelse:\n    y = 1",
    "x?\ny = 1": "\ny = 1",
    "?x\n??y\nz = 1": "\n\nz = 1",
    "%timeit f(x)\ny": "\ny",
    "%%timeit\nf(x)": "",
    # a statement with a tool around it
    "%time y = f(x)": "y = f(x)",
    "y = %time f(x)": "y = f(x)",
    "%time for i in range(3): print(i)": "for i in range(3): print(i)",
    "%prun -s cumulative -l 5 f('a  b')": "f('a  b')",
    "%lprun -f g -f h g(x)": "g(x)",
    "%%time\nx = 1\nx": "\nx = 1\nx",
    "%%time\n\n%matplotlib inline\n%time f()": "\n\n\nf()",
    "%%prun\nf()": "\nf()",
    # shell
    "!ls -l": shell_line("'ls -C -l'"),
    "!ls \\\n  -l\nx": shell_line("'ls -C    -l'") + "\n\nx",
    "for f in fs:\n    !cat $f {f}\n    g(f)": "for f in fs:\n    " + shell_line("f'cat {f} {f}'") + "\n    g(f)",
    "!echo $HOME": shell_line("'echo $HOME'"),
    "!echo $name/{x.y[0:3]!r}": shell_line("f'echo {name}/{x.y[0:3]!r}'"),
    "!echo {x:>3}": shell_line("'echo {x:>3}'"),  # IPython has no format specifications
    "!echo $HOME {name}": shell_line("'echo $HOME {name}'"),  # IPython fills in all or nothing
    "!awk '{print $1}' f.csv": shell_line("\"awk '{print $1}' f.csv\""),
    "!echo $$HOME {{a}}": shell_line("'echo $HOME {a}'"),
    "files = !ls *.csv": "files = subprocess.getoutput('ls *.csv').splitlines()",
    "!!ls": "subprocess.getoutput('ls').splitlines()",
    "%ls data": shell_line("'ls -C -F --color data'"),
    "%mkdir -p $name": shell_line("f'mkdir -p {name}'"),
    '%%bash\nfor i in 1 2; do\n  echo "$i"\ndone': script("bash", '"""\\\nfor i in 1 2; do\n  echo "$i"\ndone\\n"""'),
    "%%bash --out text\nls": 'text = subprocess.run([\'bash\'], input="""\\\nls\\n""", stdout=subprocess.PIPE, text=True, check=True).stdout',
    # folders, environment, files
    "%cd ..": "os.chdir('..')",
    '%cd "my data"': "os.chdir('my data')",
    "%cd ~/data": "os.chdir(os.path.expanduser('~/data'))",
    "%cd {path}": "os.chdir(f'{path}')",
    "here = %pwd": "here = os.getcwd()",
    "%env A=b c": "os.environ['A'] = 'b c'",
    "%env A b": "os.environ['A'] = 'b'",
    "%set_env A=$name": "os.environ['A'] = f'{name}'",
    "%env A": "os.environ['A']",
    "%%writefile my file.py\nx = '''a'''\ny = \"\"\"\\n\"\"\"": "Path('my file.py').write_text(\"\"\"\\\nx = '''a'''\n"
    'y = \\"\\"\\"\\\\n\\"\\"\\"\\n""", encoding="utf-8")',
    "%%writefile f.txt": "Path('f.txt').write_text('', encoding=\"utf-8\")",
    "%%writefile -a f.txt\nx": 'Path(\'f.txt\').open("a", encoding="utf-8").write("""\\\nx\\n""")',
    '%%html\n<b>"x"</b>': 'display(HTML("""\\\n<b>"x"</b>\\n"""))',
    # captured
    "%%capture out\nif x:\n    print('''a\n  b''')": "with capture_output() as out:\n    if x:\n        print('''a\n  b''')",
    "%%capture\n\nf(x)": "with capture_output():\n\n    f(x)",
    "%%capture\nimport a\n\ndef f():\n    return a": "\nimport a\n\ndef f():\n    return a",
    "%%capture\n!pip install a": "",
    "%%capture out\n!pip install a\n# b": "with capture_output() as out: pass\n\n# b",
    "%%time\n%%capture\n%%time\nf()": "\nwith capture_output():\n\n    f()",
    # without a percent sign
    "pip install a": "",
    " ls -l ": " " + shell_line("'ls -C -F --color -l'") + " ",
    "ls = 3": "ls = 3",
    "x": "x",
    # other syntax of IPython's
    ">>> a = 1\n>>> a\n": "a = 1\na\n",
    "In [1]: a = 1\n   ...: b = 2": "a = 1\nb = 2",
    "  a = 1\n  %time b = 2": "a = 1\nb = 2",
    ",f a b": 'f("a", "b")',
    "/f a b": "f(a, b)",
    # what is lost has no text, and the code around it is still right
    "%run other.py\nx = 1": "\nx = 1",
    "%nonsense\nx = 1": "\nx = 1",
    "y = %nonsense a": "y = None",
    "y = %prun f(x)": "y = None",
    "%%R\nx <- 1": "",
    "%%nonsense\nx": "",
    "x = = 1": "",
}


@pytest.mark.parametrize("source", CASES)
def test_becomes(source):
    expected = CASES[source]
    python = translated(source).python
    assert python == (expected.strip() if source.startswith(" ls") else expected)


@pytest.mark.parametrize("source", CASES)
def test_lines_stay(source):
    python = translated(source).python
    assert python == "" or python.count("\n") == source.count("\n")


IMPORTS = {
    "!ls": "import subprocess",
    "x = !ls": "import subprocess",
    "%%bash\nls": "import subprocess",
    "%cd a": "import os",
    "%env A=1": "import os",
    "%%writefile a\nb": "from pathlib import Path",
    "%%html\na": "from IPython.display import HTML, display",
    "%%capture\nf()": "from IPython.utils.capture import capture_output",
}


@pytest.mark.parametrize("source", IMPORTS)
def test_imports(source):
    assert translated(f"{source}\n{source}" if source.startswith("!") else source).imports == (IMPORTS[source],)


@pytest.mark.parametrize("source", ["%matplotlib inline", "%timeit f()", "%%capture\nimport a", "y = %prun f(x)", "%%R\nx", "x = 1"])
def test_no_needless_imports(source):
    assert translated(source).imports == ()


HIDES = {
    "x": False,
    "x;": True,
    "x; # why\n# so": True,
    "x  # not this;": False,
    "'not;'": False,
    '"""\n# x;"""': False,
    '"""\n# x""";': True,
    "x; y": False,
    "x\n%matplotlib inline": True,
    "x\n%matplotlib inline\n# comment\n": True,
    "%matplotlib inline\nx": False,
    "x\n!ls": True,
    "x\n!pip install a": True,
    "%time x": False,
    "%time x;": True,
    "%%time\nx": False,
    "%%time\nx;": True,
    "%prun f()": True,
    "%%prun\nf()": True,
    "%prun f()\nx": False,
    "%%writefile a\nb": True,
    "%env A": False,
    "!!ls": False,
    "%pwd": False,
    "%cd a": True,
}


@pytest.mark.parametrize("source", HIDES)
def test_hides_value(source):
    assert translated(source).hides_value is HIDES[source]


FINDINGS = {
    "x = 1": [],
    "%matplotlib inline\n%load_ext autoreload\n%autoreload 2": [],
    "!ls": [],
    "%time x": ["NB014"],
    "%%timeit\nx": ["NB010"],
    "x?": ["NB010"],
    "%who": ["NB010"],
    "!pip install a": ["NB010"],
    "!pip install -r more.txt": ["NB011", "NB010"],
    "%matplotlib notebook": ["NB011"],
    "%config InlineBackend.figure_format = 'retina'": ["NB011"],
    "%config Completer.use_jedi = False": [],
    '%config InteractiveShell.ast_node_interactivity = "all"': ["NB011"],
    "%run a.py": ["NB012"],
    "%store -r x": ["NB012"],
    "%cd -": ["NB012"],
    "%%R\nx": ["NB012"],
    "%%sql\nselect 1": ["NB012"],
    "y = %timeit -o f()": ["NB010", "NB012"],
    "%%bash --bg\nls": ["NB012"],
    "%nonsense": ["NB013"],
    "%%nonsense\nx": ["NB013"],
    "# why\n%%time\nx": ["NB013"],
    "x = = 1": ["NB001"],
    "%time f(": ["NB014", "NB001"],
    "return 1": ["NB001"],
    "x = '\x00'": ["NB001"],
    "(" * 300 + ")" * 300: ["NB001"],
    "x\n" + "!ls\n" * 600: ["NB001"],
}


@pytest.mark.parametrize("source", FINDINGS)
def test_findings(source):
    assert [finding.rule for finding in translated(source).findings] == FINDINGS[source]


def test_a_finding_names_its_place():
    (finding,) = translated("x = 1\nif x:\n    %nonsense a").findings
    assert (
        str(finding)
        == "NB013 cell 4, line 3: %nonsense: nbpipe does not know this magic; it is left out (write what it does as plain Python)"
    )
    assert finding.span.column == 4
    (finding,) = translated("%%time\n%%capture\nx = 1\n%nonsense").findings[1:]
    assert finding.span.line == 4


REQUIREMENTS = {
    "!pip install pandas": ["pandas"],
    "%pip install -q --upgrade 'pandas>=1.5,<3' scikit-learn==1.2": ["pandas>=1.5,<3", "scikit-learn==1.2"],
    "!pip3 install -U pip a[b,c] > /dev/null 2>&1": ["a[b,c]"],
    "!{sys.executable} -m pip install a": ["a"],
    "!sudo python3 -m pip install a": ["a"],
    "!pip install --index-url https://example.org a": ["a"],
    "!pip install a --index-url=https://example.org b": ["a", "b"],
    "%conda install -y -c conda-forge a=1.2 b": ["a==1.2", "b"],
    "!uv pip install a\n!pip install a b": ["a", "b"],
    "%uv add a": ["a"],
    "pip install a": ["a"],
    "if colab:\n    !pip install a": ["a"],
    "!pip install git+https://example.org/a ./b {c} d": ["d"],
    "!pip install a; rm -rf b": [],
    "!pip list": [],
    "%pip list": [],
}


@pytest.mark.parametrize("source", REQUIREMENTS)
def test_requirements(source):
    assert list(translated(source).requirements) == REQUIREMENTS[source]


def test_a_command_that_does_more_than_install_still_runs():
    assert "rm -rf b" in translated("!pip install a; rm -rf b").python


@given(st.text(string.printable))
def test_requirements_are_names_whatever_the_text(text):
    found, _ = installed_packages(text, read_table("magics")["install"])
    assert all(re.fullmatch(r"[A-Za-z0-9][\w.,\[\]=<>!~*+-]*", name) for name in found)


# ---------------------------------------------------------------- the table


ROWS = [
    pytest.param(name, row, id=f"{kind} {name} {row.pattern.pattern[:30]}")
    for kind in ("line", "cell")
    for name in dict.fromkeys(name for data in read_table("magics")[kind] for name in data["names"])
    for row in rows_for(kind, name)
]


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_row_is_python(name, row):
    values = dict.fromkeys(row.pattern.groupindex, "a") | {"magic": name, "argument": "a", "body": "b\n"}
    text = fill(row, values, lambda _: False)
    if text and not text.startswith("!"):
        assert syntax_problem(text + "\n    pass" if text.endswith(":") else text) is None
    for statement in row.imports:
        assert isinstance(ast.parse(statement).body[0], ast.Import | ast.ImportFrom)


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_only_code_stands_as_it_is(name, row):
    raw = {field for _, field, _, conversion in string.Formatter().parse(row.becomes) if field and not conversion}
    assert raw <= ({"code", "magic", "argument"} if row.becomes.startswith("!") else {"code"})


# ---------------------------------------------------------------- whatever the text


@given(TEXTS)
def test_any_text_keeps_its_lines_and_is_python(source):
    result = translated(source)
    assert result.python == "" or result.python.count("\n") == source.count("\n")
    assert syntax_problem(result.python) is None
    assert result.python or not result.imports or result.findings or not source.strip()


@given(TEXTS)
def test_python_stays_as_it_is(source):
    try:
        compile(source, "", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError):
        return
    if source.strip() and not rows_for("line", source.split()[0]):
        assert translated(source).python == source


@given(st.text().map(lambda text: text.replace("\r", "") + "\n"))
def test_block_is_the_text(text):
    literal = text_block(text)
    assert ast.literal_eval(literal) == text
    assert literal.count("\n") == text.count("\n")


@given(st.text(), st.text())
def test_no_text_becomes_code(name, body):
    body = body.replace("\r", "")
    result = translated(f"%%writefile {name}\n{body}")
    tree = ast.parse(result.python)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if calls:
        assert len(calls) == 2
        assert all(isinstance(node, ast.Constant | ast.JoinedStr) for call in calls for node in call.args)


def test_names_are_not_attributes():
    assert names_in("import a.b\nfor c in d(e=1):\n    f.g = ") >= {"a", "c", "d", "f"}
    assert not {"b", "g"} & names_in("import a.b\nf.g")
