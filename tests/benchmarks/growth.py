"""How the processor time of analysis, planning and rendering grows with the notebook: python -m tests.benchmarks.growth [CELLS ...]."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from nbpipe import api
from nbpipe.render.code import render_code
from nbpipe.render.project import Surroundings, build_project
from nbpipe.targets import TARGETS

SIZES = (100, 1000, 10_000)
SECTION = (
    "# Load part {n}",
    'df = pd.read_csv("part_{n}.csv")\ndf.head()',
    'df["total"] = df["price"] * df["count"]\ndf = df.dropna(subset=["total"])',
    'df["total"].describe()',
    "limit_{n} = {n}\nprint(len(df), limit_{n})",
    'plt.hist(df["total"])\nplt.title("Part {n}")\nplt.show()',
    'def scaled_{n}(column):\n    return column / column.max()\n\ndf["scaled"] = scaled_{n}(df["total"])',
    'parts.append(df["scaled"].mean())\nX_{n} = df[["scaled", "count"]]',
    'model_{n} = LinearRegression().fit(X_{n}, df["price"])',
    'for name in X_{n}.columns:\n    print(name, model_{n}.score(X_{n}, df["price"]))',
)
IMPORTS = "import pandas as pd\nimport matplotlib.pyplot as plt\nfrom sklearn.linear_model import LinearRegression\nparts = []"


def notebook(cells: int) -> str:
    """A notebook of so many cells, as JSON."""
    return json.dumps(
        {"cells": [_code(IMPORTS), *_cells(cells - 2), _code("print(parts)")], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    )


def _cells(count: int) -> Iterator[Mapping[str, object]]:
    for index in range(count):
        section, step = divmod(index, len(SECTION))
        text = SECTION[step].replace("{n}", str(section))
        yield {"cell_type": "markdown", "source": text, "metadata": {}} if step == 0 else _code(text)


def _code(source: str) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}


def _seconds() -> float:
    """The processor time so far, that of ruff included: other programs do not disturb it."""
    return sum(os.times()[:4])


def measure(cells: int) -> dict[str, float]:
    """The seconds of processor time that each step takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.ipynb")
        path.write_text(notebook(cells))
        times = [_seconds()]
        api.analyze(path)
        times.append(_seconds())
        planned = api.plan(path)
        times.append(_seconds())
        sources = render_code(planned.plan, planned.graph, planned.notebook)
        times.append(_seconds())
        build_project(planned.plan, planned.graph, sources, Surroundings(), TARGETS["package"])
        times.append(_seconds())
    analysis, both, code, project = (after - before for before, after in zip(times, times[1:], strict=False))
    return {"analyze": analysis, "plan": both - analysis, "code": code, "project": project}


def main() -> None:
    """Measure, and print a table."""
    table = Table("cells", "analyze", "plan", "code", "project", "total", "per cell")
    for cells in [int(size) for size in sys.argv[1:]] or SIZES:
        seconds = measure(cells)
        total = sum(seconds.values())
        table.add_row(str(cells), *(f"{value:.2f} s" for value in (*seconds.values(), total)), f"{total / cells * 1000:.1f} ms")
    Console().print(table)


if __name__ == "__main__":
    main()
