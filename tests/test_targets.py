"""The targets: what they generate is clean, and, run by their own engines, gives the values that the plain run gives."""

import json
import re
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from nbpipe import api
from nbpipe.cli import main
from nbpipe.errors import PlanError
from nbpipe.model import codec
from nbpipe.model.plan import Parameter
from nbpipe.model.project import Conversion
from nbpipe.planning.artefacts import traffic
from nbpipe.render.write import write
from nbpipe.targets import TARGETS
from nbpipe.targets.names import plain
from tests.engines import ENGINES, collecting, dependencies, differing, environment, execute, preparations, unclean
from tests.sample_project import sample_plan, sample_project

ROOT = Path(__file__).parents[1]
CHANGED = {  # of each notebook a parameter, and another value for it
    "sample": ("limit", 12.5),
    "home_value": ("test_size", 0.3),
    "branches": ("n_estimators", 21),
    "captured_globals": ("test_size", 0.3),
    "levels": ("base", 5),
}
# Three stages, then two that each take of several, then two again.
LEVELS = """
# %% tags=["parameters"]
base = 2
# %% tags=["nbpipe:stage=one"]
a = [base, 2, 3]
a.append(base)
# %% tags=["nbpipe:stage=two"]
b = [value * base for value in (4, 5)]
b.sort()
# %% tags=["nbpipe:stage=three"]
c = {"factor": base}
c.update(more=1)
# %% tags=["nbpipe:stage=four"]
d = sum(a) * len(b)
# %% tags=["nbpipe:stage=five"]
e = sum(b) * c["factor"]
# %% tags=["nbpipe:stage=six"]
f = d + e
# %% tags=["nbpipe:stage=seven"]
g = d * e
# %% tags=["nbpipe:stage=six"]
print(f)
# %% tags=["nbpipe:stage=seven"]
print(g)
"""
# These are quick, in small environments: they run the sample whenever the tests run.
QUICK = frozenset({"package", "kedro", "dvc", "luigi", "metaflow", "dagster", "pachyderm", "snakemake", "hamilton"})
SMALL = frozenset({"sample", "levels"})  # they need the standard library


def on_demand(target: str, notebook: str = "sample") -> tuple[pytest.MarkDecorator, ...]:
    """The mark of what takes long, or needs much."""
    return () if target in QUICK and notebook in SMALL else (pytest.mark.engines,)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory):
    """Makes the project of a notebook for a target, once."""

    @cache
    def make(target: str, notebook: str) -> Path:
        folder = tmp_path_factory.mktemp(f"{target}_{notebook}") / notebook
        if notebook == "sample":
            write(sample_project(folder.parent, target=target), folder)
            draw = folder / "src" / "sample" / "stages" / "draw.py"  # else it would draw other numbers in each run
            draw.write_text(draw.read_text().replace("    drawn =", "    random.seed(5)\n    drawn =", 1))
        elif notebook == "levels":
            (source := folder.with_suffix(".py")).write_text(LEVELS)
            api.convert(source, folder, target=target)
        else:
            api.convert(ROOT / "notebooks" / f"{notebook}.ipynb", folder, target=target)
        return folder

    return make


@pytest.fixture(scope="session")
def ran(made, tmp_path_factory: pytest.TempPathFactory):
    """Runs the project of a notebook by an engine, once, and returns the folder in which its values are."""

    @cache
    def run(target: str, notebook: str, changed: bool, time: int = 1, arrow: bool = False) -> Path:
        folder = tmp_path_factory.mktemp(f"{target} ran {notebook}") / notebook  # blanks are in many paths, and escaped in URLs
        shutil.copytree(made(target, notebook), folder)
        engine, commands = ENGINES[target], commands_of(made, target, notebook, arrow)
        command = engine.change(notebook, *CHANGED[notebook]) if changed else engine.run(notebook)
        plan = codec.from_json(Conversion, (folder / ".nbpipe" / "conversion.json").read_text()).plan
        for each in (*preparations(target, plan), command, *([collecting(engine, plan)] if engine.collect else [])):
            result = execute(each, folder, commands, engine)
            assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-8000:]
        return folder

    return run


def commands_of(made, target: str, notebook: str, arrow: bool = False) -> Path:
    """The commands of an environment: the sample needs little but the engine, and all other notebooks have one.

    Where there is `arrow`, pandas keeps texts in it: so does the plain run that an engine that brings it is compared with.
    """
    together = [notebook] if notebook in SMALL else CHANGED.keys() - SMALL
    needed = (requirement for one in together for requirement in dependencies(made(target, one)))
    return environment([*needed, *ENGINES[target].needs, *(["pyarrow"] if arrow else [])])


def has_arrow(commands: Path) -> bool:
    """Say whether pyarrow is in an environment."""
    return any(commands.parent.glob("lib/python*/site-packages/pyarrow"))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("notebook", ["sample", "branches"])
def test_generated_project_is_clean(target: str, notebook: str, made) -> None:
    assert not unclean(made(target, notebook))


@pytest.mark.parametrize("target", TARGETS)
def test_stages_are_the_same_in_all_targets(target: str, made) -> None:
    plain, other = (made(name, "branches") / "src" / "branches" for name in ("package", target))
    for file in (*plain.glob("stages/*.py"), plain / "origins.json"):
        assert (other / file.relative_to(plain)).read_text() == file.read_text()


def test_each_target_is_driven_by_these_tests() -> None:
    assert ENGINES.keys() == TARGETS.keys()


@pytest.mark.parametrize(
    ("target", "parameter"),
    [
        ("kedro", Parameter("source_2", "${HOME}")),
        *((name, Parameter(word, 1)) for name, word in (("luigi", "output"), ("metaflow", "index"), ("dagster", "json"))),
    ],
)
def test_what_an_engine_cannot_express_is_an_error_before_anything_is_written(target: str, parameter: Parameter, tmp_path: Path) -> None:
    plan = sample_plan()
    with pytest.raises(PlanError, match=rf"NB601 .*{parameter.name}"):
        sample_project(tmp_path, replace(plan, parameters=(*plan.parameters, parameter)), target=target)


def test_values_have_names_of_their_own_in_engines() -> None:
    plan = sample_plan()
    names = {file.name for traveling in traffic(plan).values() for file in traveling.makes}
    assert names == {
        "raw_numbers",
        "left_total",
        "right_total",
        "draw_values",
        "random_state_after_draw",
        "score",
        "random_state_after_join",
        "text",
    }
    clash = traffic(replace(plan, parameters=(*plan.parameters, Parameter("score", 1))))["join"].makes[0]
    assert (clash.name != "score", clash.file) == (True, "score.json")
    assert {port for traveling in traffic(plan).values() for one in traveling.makes for port in one.ports} >= {"drawn", "holder"}


def test_plain_names_are_short_ascii_and_differ() -> None:
    given = ("shop-clean_data", "shop-clean-data", "Prévision-entraîner", "店-訓練", "店-評価", "a" * 60, "a" * 61)
    found = plain(given, 51)
    assert found[0] == "shop-clean-data"
    assert found[2] == "prevision-entrainer"
    assert len(set(found)) == len(given)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,50}", name) for name in found)
    assert plain(given, 51) == found


def test_targets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["targets", "--format", "json"])
    listed = json.loads(capsys.readouterr().out)
    assert (ended.value.code, listed["kind"], [target["name"] for target in listed["targets"]]) == (0, "targets", list(TARGETS))
    with pytest.raises(SystemExit):
        main(["targets"])
    told = capsys.readouterr().out
    assert all(f"{target.name}  {target.title}" in told for target in TARGETS.values())


@pytest.mark.parametrize(
    ("target", "notebook", "changed"),
    [
        pytest.param(
            target, notebook, changed, marks=on_demand(target, notebook), id=f"{target}-{notebook}-{'changed' if changed else 'as_it_is'}"
        )
        for target in TARGETS
        if target != "package"
        for notebook in CHANGED
        for changed in (False, True)
    ],
)
def test_engine_gives_the_values_of_the_plain_run(target: str, notebook: str, changed: bool, made, ran, tmp_path: Path) -> None:
    commands = commands_of(made, target, notebook)
    plain, again = (ran("package", notebook, changed, time, arrow=has_arrow(commands)) for time in (1, 2))
    found = ran(target, notebook, changed)
    plan = codec.from_json(Conversion, (found / ".nbpipe" / "conversion.json").read_text()).plan
    assert not differing(plan, plain, again, found, commands, tmp_path)


@pytest.mark.parametrize("target", [pytest.param(name, marks=on_demand(name)) for name in TARGETS])
def test_failing_stage_fails_the_run_and_is_named_with_its_cell(target: str, made, tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    shutil.copytree(made(target, "sample"), folder)
    engine, commands = ENGINES[target], commands_of(made, target, "sample")
    for command in preparations(target, sample_plan()):
        execute(command, folder, commands, engine)
    result = execute(engine.change("sample", "limit", 99.0), folder, commands, engine)  # the stage `join` divides by limit - 99
    told = " ".join((result.stdout + result.stderr).split())
    assert result.returncode != 0
    assert "stage 'join' failed: ZeroDivisionError" in told
    assert "which came from cell 6" in told
