"""The sample project with words on how it is run, and with a stage that fails as often as it is told to, and counts."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from nbpipe.model.plan import Operations, Plan
from nbpipe.render.write import write
from tests.sample_project import sample_plan, sample_project

ALL = Operations(retries=2, timeout=600, cpu=0.5, memory=512, gpu=1)
SCHEDULE, IMAGE = "30 6 * * 1-5", "registry.example.com/team/model:1.0"
_COUNT = """
    import os
    from pathlib import Path
    with Path(os.environ["TRIES"], "{stage}").open("a") as tries:
        tries.write("x")
"""
_FAIL = """
    if Path(os.environ["TRIES"], "{stage}").stat().st_size <= int(os.environ["FAILURES"]):
        raise OSError("not yet")
"""


def operated_plan(operations: Mapping[str, Operations], schedule: str = "", image: str = "") -> Plan:
    """The sample's plan, with these words on its stages."""
    plan = sample_plan()
    stages = tuple(replace(stage, operations=operations.get(stage.name, Operations())) for stage in plan.stages)
    return replace(plan, stages=stages, schedule=schedule, image=image)


def counting_project(folder: Path, target: str, operations: Mapping[str, Operations]) -> Path:
    """A project whose stages `load`, `left` and `join` count in `$TRIES` how often they begin; `left` fails the first `$FAILURES` times."""
    folder.mkdir(exist_ok=True)
    project = folder / "sample"
    write(sample_project(folder, operated_plan(operations), target=target), project)
    counted = (
        ("load", "    with open(source)", _COUNT),
        ("left", "    time.sleep", _COUNT + _FAIL),
        ("join", '    holder["drawn"]', _COUNT),
    )
    for stage, first, code in counted:
        file = project / "src" / "sample" / "stages" / f"{stage}.py"
        text = file.read_text()
        assert first in text
        file.write_text(text.replace(first, code.lstrip("\n").format(stage=stage) + first, 1))
    return project
