"""What lies beside a notebook and counts, though no code names it."""

import os
import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from nbpipe import api
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
