"""The life of a model: from its notebook to production, through a market that turns, and back."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines import dependencies, environment

STORY = Path(__file__).parents[1] / "docs" / "story"
PROJECT = Path("project")

pytestmark = pytest.mark.usefixtures("empty_folder")


def bash(script, *paths, **variables):
    """Run a part of a script; returns what it printed."""
    surroundings = {**os.environ, "PATH": os.pathsep.join([*map(str, paths), os.environ["PATH"]]), **variables}
    result = subprocess.run(["bash", "-c", script], env=surroundings, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture
def tools():
    """A folder with the commands of an environment that has nbpipe."""
    folder = Path("tools").resolve()
    folder.mkdir()
    for name, words in (("nbpipe", "-m nbpipe"), ("python", "")):
        (folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        (folder / name).chmod(0o755)
    return folder


def test_the_page_has_the_scripts_commands():
    page = (STORY.parent / "story.md").read_text(encoding="utf-8")
    script = [
        line.strip().removesuffix(" &").removesuffix(" || test $? = 3")
        for line in (STORY / "story.sh").read_text(encoding="utf-8").splitlines()
    ]
    for line in "".join(page.split("```")[1::2]).split("\n"):
        assert line.strip() in script, line


def test_the_story_with_all_components(tools):
    """docs/story/story.sh, with the real libraries and a real server."""
    script = (STORY / "story.sh").read_text(encoding="utf-8").replace('"${BASH_SOURCE[0]}"', f'"{STORY}/story.sh"')
    begin, install, rest = script.partition("pip install -q -e project\n")
    assert install
    bash(begin, tools, PYTHONPATH=str(STORY.parents[1]))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    head = begin.partition("# The notebook becomes")[0]
    told = bash(head + rest, environment(dependencies(PROJECT)), PYTHONPATH=str((PROJECT / "src").resolve()), PORT=port)
    lines = [line for line in told.splitlines() if re.match(r"version|alarm|retrained|\d+ rows", line)]
    assert [re.sub(r" by [\d.]+|, run \w+| \(difference.*", "", line) for line in lines] == [
        "version 1 (production)",
        "version 1 answered, and was off",
        "300 rows are like those of the reference",
        "version 1 answered, and was off",
        "alarm: 1 of 2 columns have drifted: area",
        "alarm: 1 of 2 columns have drifted: area",
        "retrained; the new run is the reference",
        "version 1",
        "version 2 (production)",
        "version 2 answered, and was off",
        "version 1 (production)",
        "version 2",
        "version 1 answered, and was off",
    ]
    before, turned, retrained, back = (int(line.rpartition(" ")[2]) for line in lines if "off by" in line)
    assert max(before, retrained) < 4
    assert min(turned, back) > 50
    assert (PROJECT / "store" / "dashboard.html").is_file()


def test_the_story_with_what_every_notebook_has(tools):
    """The same with gate and monitoring only, which need no more libraries than the notebook."""

    def step(words):
        return bash(words, tools, PYTHONPATH=os.pathsep.join([str(STORY.parents[1]), str(PROJECT.resolve() / "src")]))

    def python(words):
        return step(f"cd project && python -m prices{words}").splitlines()

    step(f"cp {STORY}/prices.py . && python {STORY}/market.py before 600 0 > homes.csv")
    step("nbpipe convert prices.py -o project && nbpipe add gate project && nbpipe add monitoring project")
    assert python(".monitor learn") and not python(" run")
    assert python(".production promote") == ["version 1 is in production"]
    step(f"python {STORY}/market.py before 300 1 > before.csv && python {STORY}/market.py after 300 2 > after.csv")
    assert python(".monitor check ../before.csv") == ["300 rows are like those of the reference"]
    assert python(".monitor check ../after.csv || test $? = 3")[0].startswith("alarm: (prediction) has drifted")
    assert python(".monitor check ../after.csv --retrain || test $? = 3")[0].startswith("alarm: ")  # but there is nothing new to train on
    assert (PROJECT / "store" / "alarm.json").is_file()
    step(f"python {STORY}/market.py after 600 3 > project/data/homes.csv")
    assert python(".monitor check ../after.csv --retrain")[1] == "retrained; the new run is the reference"
    assert not (PROJECT / "store" / "alarm.json").exists()
    assert python(".production promote") == ["version 2 is in production"]
    assert python(".monitor check ../after.csv") == ["300 rows are like those of the reference"]
    assert python(".production rollback") == ["version 1 is in production"]
    page = Path(python(".monitor dashboard")[0]).read_text(encoding="utf-8")
    assert page.count("fine</span>") == 4  # learn, run, nothing new, retrained
    assert page.count("like the reference</span>") == 2
