"""The monitoring's report by Evidently, which has an environment of its own."""

import json
import random
import subprocess
from pathlib import Path

import pytest
import uv

SOURCE = (Path(__file__).parent / "cases" / "train_and_evaluate.py").read_text(encoding="utf-8").partition("\n# output\n")[0]
EVIL = "</script><script>alert('x')</script>"

pytestmark = [pytest.mark.engines, pytest.mark.usefixtures("empty_folder")]


def rows(count, mean, kind):
    numbers = random.Random(f"{count} {mean}")
    return {
        "size": [numbers.gauss(mean, 1) for _ in range(count)],
        "place": [numbers.choice(["north", "south", EVIL]) for _ in range(count)],
        "kind": [kind] * count,
        "age": [numbers.choice([None, 20.0, 30.0]) for _ in range(count)],
        "empty": [None] * count,
        EVIL: [numbers.choice([True, False]) for _ in range(count)],
        "(prediction)": [numbers.gauss(2 * mean, 1) for _ in range(count)],
    }


def test_evidently_reports_what_was_checked_and_runs_no_text_of_it(run):
    Path("model.py").write_text(SOURCE)
    assert run("convert", "model.py", "-o", "out")[0] == 0
    assert run("add", "monitoring", "out")[0] == 0
    command = [uv.find_uv_bin(), "run", "-q", "evidently_report.py"]
    before = subprocess.run(command, cwd="out", capture_output=True, text=True)
    assert (before.returncode, "reference.json is missing" in before.stderr) == (1, True), before.stderr

    for file, found in {"data/reference.json": rows(400, 0, 1.0), "store/checked.json": rows(100, 1, "new")}.items():
        Path("out", file).parent.mkdir(exist_ok=True)
        Path("out", file).write_text(json.dumps({"columns": found}))
    made = subprocess.run(command, cwd="out", capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    found = {
        name: float(rest.split()[-3].rstrip(",")) for name, _, rest in (line.partition(": ") for line in made.stdout.splitlines()) if rest
    }
    harmless = EVIL.replace("<", "‹")
    assert found.keys() == {"size", "place", "kind", "age", harmless, "(prediction)"}
    assert {name for name, chance in found.items() if chance < 0.05} == {"size", "kind", "(prediction)"}
    page = Path("out", "store", "evidently.html").read_text(encoding="utf-8")
    assert "\\u2039/script>" in page
    assert EVIL not in page
    assert json.loads(Path("out", "store", "evidently.json").read_text())
