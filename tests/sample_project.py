"""A project written by hand: two independent branches, ports that share objects, random numbers, a report, settings, a file handed on. Standard library only."""

import re
from pathlib import Path

from nbpipe.model.finding import Span
from nbpipe.model.flow import Edge, EdgeKind, Effects, FlowGraph, Phase, Statement, StatementKind
from nbpipe.model.plan import LeftOut, Parameter, Plan, Port, Shared, Stage
from nbpipe.model.project import Origin, Project
from nbpipe.render.project import Surroundings, build_project
from nbpipe.render.sources import Sources
from nbpipe.targets import TARGETS

LOAD = '''
"""Read the numbers."""
from __future__ import annotations
import csv, os

def load(source: str) -> list[float]:
    """Read the numbers."""
    with open(source) as f: #@c2.s1
        raw = [float(row[0]) for row in csv.reader(f)] #@c2.s1
    return raw
'''
LOAD = LOAD.replace("load(source", "load(*, source")

BRANCH = '''
"""One branch."""
from __future__ import annotations
import time
from sample.functions import scaled

def {name}(raw: list[float], *, pause: float) -> float:
    """One branch."""
    time.sleep(pause) #@{cell}.s1
    # how much
    # there is
    {name}_total = sum(scaled(raw, 2)); l = 1 #@{cell}.s2
    return {name}_total
'''

DRAW = '''
"""Draw some numbers, and keep them in two ways."""
from __future__ import annotations
import random
from typing import Any, NamedTuple

class DrawOutputs(NamedTuple):
    """What `draw` gives."""
    drawn: list[float]
    holder: dict[str, list[float]]

def draw(raw: list[float], *, limit: float) -> DrawOutputs:
    """Draw some numbers, and keep them in two ways."""
    drawn = [random.random() * limit for _ in raw] #@c5.s1
    holder = {"drawn": drawn} #@c5.s2
    return DrawOutputs(drawn, holder)
'''

JOIN = '''
"""Put all together."""
from __future__ import annotations
import decimal
import random

from sample.functions import scaled

def join(drawn: list[float], holder: dict[str, list[float]], left_total: float, right_total: float, *, limit: float) -> dict[str, float]:
    """Put all together."""
    holder["drawn"].append(1 / (limit - 99)) #@c6.s1
    score = {"sum": sum(scaled(drawn, 1)) + left_total + right_total, #@c6.s2
             "count": len(drawn), "next": random.random()} #@c6.s2
    with open("out/score.txt", "w") as f: #@c6.s3
        f.write(str(score["sum"])) #@c6.s3
    return score

def report(score: dict[str, float], *, limit: float) -> None:
    """Show the score."""
    print("score", sorted(score), limit, decimal.getcontext().prec) #@c7.s1
'''

LAST = '''
"""Read the file again."""
from __future__ import annotations

def last() -> str:
    """Read the file again."""
    text = open("out/score.txt").read() #@c8.s1
    return text
'''

FUNCTIONS = '''
"""Functions that the stages use."""
from __future__ import annotations
def scaled(values, factor): #@c1.s2
    return [value * factor for value in values] #@c1.s2
'''

SETTINGS = '''
"""Settings of the session."""
from __future__ import annotations
import decimal

def apply() -> None:
    """Put the settings in force."""
    decimal.getcontext().prec = 7 #@c1.s1
'''

MODULES = {
    "stages/load.py": LOAD,
    "stages/left.py": BRANCH.format(name="left", cell="c3"),
    "stages/right.py": BRANCH.format(name="right", cell="c4"),
    "stages/draw.py": DRAW,
    "stages/join.py": JOIN,
    "stages/last.py": LAST,
    "functions.py": FUNCTIONS,
    "settings.py": SETTINGS,
}
HOSTILE = 'A "title"\nwith \\ <script>alert(1)</script> | `code` ``` {{ 7*7 }} {% raw %} \'\'\' """ [x](y) # %%\x07 ]]> end'


def port(name: str, stage: str, variable: str = "", artefact: str = "", form: str = "pickle") -> Port:
    return Port(name, variable or name, stage, "c1.s1", artefact=artefact, format=form)  # type: ignore[arg-type]


RAW = port("raw_numbers", "load", "raw")
LEFT, RIGHT = port("left_total", "left"), port("right_total", "right")
DRAWN, HOLDER = port("drawn", "draw", artefact="draw_values"), port("holder", "draw", artefact="draw_values")
SCORE, TEXT = port("score", "join", form="json"), port("text", "last")


def sample_plan(title: str = "Join it", notebook: str = "notebooks/sample.ipynb", default: str = "numbers.csv") -> Plan:
    return Plan(
        notebook=notebook,
        package="sample",
        stages=(
            Stage("load", Phase.COLLECTION, "Load", statements=("c2.s1",), outputs=(RAW,), parameters=("source",)),
            Stage("left", Phase.FEATURES, "Left", statements=("c3.s1", "c3.s2"), inputs=(RAW,), outputs=(LEFT,), parameters=("pause",)),
            Stage("right", Phase.FEATURES, "Right", statements=("c4.s1", "c4.s2"), inputs=(RAW,), outputs=(RIGHT,), parameters=("pause",)),
            Stage(
                "draw",
                Phase.TRAINING,
                statements=("c5.s1", "c5.s2"),
                inputs=(RAW,),
                outputs=(DRAWN, HOLDER),
                parameters=("limit",),
                random=True,
            ),
            Stage(
                "join",
                Phase.EVALUATION,
                title,
                statements=("c6.s1", "c6.s2", "c6.s3"),
                report=("c7.s1",),
                inputs=(DRAWN, HOLDER, LEFT, RIGHT),
                report_inputs=(SCORE,),
                outputs=(SCORE,),
                parameters=("limit",),
                report_parameters=("limit",),
                random=True,
            ),
            Stage("last", Phase.EVALUATION, "Last", statements=("c8.s1",), outputs=(TEXT,)),
        ),
        parameters=(
            Parameter("source", default, ("load",), origin="c2.s1"),
            Parameter("pause", 0.0, ("left", "right"), origin="c3.s1"),
            Parameter("limit", 10.0, ("draw", "join"), origin="c5.s1"),
        ),
        shared=Shared(functions=("c1.s2",), settings=("c1.s1",)),
        left_out=(LeftOut("c9.s1", f"nothing uses it: {title}"),),
    )


def _statement(name: str, files_read: tuple[str, ...] = (), files_written: tuple[str, ...] = ()) -> Statement:
    cell = int(name[1:].split(".")[0]) - 1
    return Statement(name, Span(cell), "…", StatementKind.OTHER, Effects(files_read=files_read, files_written=files_written))


def sample_graph() -> FlowGraph:
    plain = ("c1.s1", "c1.s2", "c3.s1", "c3.s2", "c4.s1", "c4.s2", "c5.s1", "c5.s2", "c6.s1", "c6.s2", "c7.s1", "c9.s1")
    files = (
        _statement("c2.s1", files_read=("?",)),
        _statement("c6.s3", files_written=("out/score.txt",)),
        _statement("c8.s1", files_read=("out/score.txt",)),
    )
    return FlowGraph((*map(_statement, plain), *files), (Edge("c6.s3", "c8.s1", "out/score.txt", EdgeKind.FILE),))


def sample_sources() -> Sources:
    """The modules, with the origins that their lines are marked with."""
    modules, provenance = {}, []
    for path, marked in MODULES.items():
        lines = []
        for number, line in enumerate(marked.strip().splitlines(), 1):
            code, _, origin = line.partition(" #@")
            lines.append(code)
            if origin:
                provenance.append(Origin(f"src/sample/{path}", number, int(re.sub(r"\D.*", "", origin[1:])) - 1, origin))
        modules[path] = "\n".join(lines) + "\n"
    return Sources(modules, tuple(provenance), ("csv", "decimal", "random", "time"))


def sample_project(data: Path, plan: Plan | None = None, title: str = "A sample", target: str = "package") -> Project:
    """The project; its data file is made in `data`."""
    file = data / "numbers.csv"
    if not file.exists():
        file.write_text("1\n2\n3.5\n")
    around = Surroundings("0" * 64, title, {"numbers.csv": str(file)}, ("out",), {"doit": "0.37.0"}, files={"plan.toml": "# the plan\n"})
    return build_project(plan or sample_plan(), sample_graph(), sample_sources(), around, TARGETS[target])
