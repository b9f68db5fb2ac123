"""What lies beside a notebook and counts, though no code names it."""

import json
import os
import pickle
import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from nbpipe import api
from nbpipe.notebook.around import own_sources
from nbpipe.verify.options import VerifyOptions

CELLS = [
    "import matplotlib\nimport pandas as pd",
    "frame = pd.DataFrame({'a': [1, 2]})",
    "print(matplotlib.rcParams['figure.dpi'], frame['a'].sum())",
]


def test_matplotlibs_own_settings_file(tmp_path):
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in CELLS]), tmp_path / "work.ipynb")
    (tmp_path / "matplotlibrc").write_text("figure.dpi: 213\n", encoding="utf-8")
    folder = tmp_path / "made"
    made = api.convert(tmp_path / "work.ipynb", folder).planned.plan
    (name,) = (stage.name for stage in made.stages)
    # a library that is loaded before the stage, as in a driver notebook, does not find the file by itself
    code = f"""
import matplotlib, pathlib, work.runner
for run in (work.runner.run_stage, work.runner.run_report):
    run({name!r}, {{}}, pathlib.Path("."))
print(matplotlib.rcParams["figure.dpi"])
"""
    environment = {**os.environ, "PYTHONPATH": "src"}
    shown = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["213.0", "3", "100.0"]


def test_a_module_beside_the_notebook_that_changes_the_session(tmp_path):
    cells = [
        "import pandas as pd\nimport numpy as np\nfrom sklearn.linear_model import LinearRegression",
        "frame = pd.DataFrame({'a': np.arange(50.0), 'b': np.arange(50.0) * 2})\nframe",
        "import our_style",
        "model = LinearRegression()\nmodel.fit(frame[['a']], frame['b'])",
        "from sklearn.metrics import r2_score\npredicted = model.predict(frame[['a']])\nprint(r2_score(frame['b'], predicted))\nour_style.rows(frame)",
    ]
    tags = [[], ["nbpipe:stage=load"], [], ["nbpipe:stage=train"], ["nbpipe:stage=judge"]]
    tagged = [new_code_cell(source, metadata={"tags": own}) for source, own in zip(cells, tags, strict=True)]
    nbformat.write(new_notebook(cells=tagged), tmp_path / "work.ipynb")
    (tmp_path / "our_style.py").write_text(
        "import pandas\npandas.options.display.max_rows = 4\n\ndef rows(frame):\n    return frame.head(20)\n", encoding="utf-8"
    )
    folder = tmp_path / "made"
    converted, verification = api.convert_verified(tmp_path / "work.ipynb", folder, "package", False, VerifyOptions(), lambda said: None)
    assert verification.passed
    first, *others = converted.planned.plan.stages
    assert len(others) == 2
    modules = [(folder / "src" / "work" / "stages" / f"{stage.name}.py").read_text(encoding="utf-8") for stage in (first, *others)]
    assert "our_style" not in modules[0]  # its frame was shown in full
    assert all("    import our_style\n" in module or "    import our_style  # noqa: F401\n" in module for module in modules[1:])


def test_a_module_beside_the_notebook_that_seeds_and_changes_options(tmp_path):
    cells = [
        "import random\nimport numpy as np\nnp.set_printoptions(precision=6)\nimport seeded\nfirst = [random.random(), seeded.draw()]",
        "from seeded import (\n    draw,\n)\nsecond = [*first, draw(), seeded.draw()]",
        "third = [*second, random.random()]\nprint(np.array([2 / 3]), np.array(third) > 0)",
    ]
    tags = [["nbpipe:stage=load"], ["nbpipe:stage=draw_more"], ["nbpipe:stage=show"]]
    tagged = [new_code_cell(source, metadata={"tags": own}) for source, own in zip(cells, tags, strict=True)]
    nbformat.write(new_notebook(cells=tagged), tmp_path / "work.ipynb")
    (tmp_path / "seeded.py").write_text(
        "import random\nimport numpy\nrandom.seed(7)\nnumpy.set_printoptions(precision=2)\n\ndef draw():\n    return random.random()\n",
        encoding="utf-8",
    )
    expected = subprocess.run(
        [sys.executable, "-c", "\n".join([*cells, "print(third)"])], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    folder = api.convert(tmp_path / "work.ipynb", tmp_path / "made").folder
    names = ("load", "draw_more", "show")
    one_process = "from work.runner import run_stage, run_report\n" + "\n".join(
        f"run_stage('{name}', {{}})\nrun_report('{name}', {{}})" for name in names
    )
    alone = [f"from work.runner import run_stage, run_report\nrun_stage('{name}', {{}})\nrun_report('{name}', {{}})" for name in names]
    for codes in ([one_process], alone):
        shown = [
            subprocess.run(
                [sys.executable, "-c", code],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": "src"},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for code in codes
        ]
        values = json.dumps(pickle.loads((folder / "artifacts" / "third.pkl").read_bytes()))  # noqa: S301 - made by this test
        assert "".join(shown) + values == expected.strip()


def test_a_module_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "own.py").write_text("import random\n\nrandom.seed(1)\n", encoding="utf-8-sig")
    assert dict(own_sources(tmp_path, ["import own"])) == {"own": "import random\n\nrandom.seed(1)\n"}
