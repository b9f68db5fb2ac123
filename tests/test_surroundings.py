"""What lies beside a notebook and counts, though no code names it."""

import os
import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from nbpipe import api

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
