"""Values in an object store: workers that share nothing else, each a process in a folder of its own, make what the plain run makes."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from nbpipe.model import codec
from nbpipe.model.project import Conversion
from nbpipe.render.write import write
from tests.engines import ENGINES, collecting, dependencies, differing, environment, execute, preparations
from tests.object_store import BUCKET, CLIENT, SERVER, object_store
from tests.sample_project import sample_project

STORE = f"s3://{BUCKET}/runs/one"
_FETCH = "import fsspec; fsspec.filesystem('s3').get({source!r}, {folder!r}, recursive=True)"


@pytest.fixture(scope="module")
def store():
    with object_store(environment(SERVER)) as variables:
        yield replace(ENGINES["package"], variables=variables)


def copies(folder: Path, *names: str, target: str = "package") -> list[Path]:
    """The project, in several folders."""
    folder.mkdir(exist_ok=True)
    made = sample_project(folder, target=target)
    write(made, folder / "first")
    draw = folder / "first" / "src" / "sample" / "stages" / "draw.py"  # else it would draw other numbers in each run
    draw.write_text(draw.read_text().replace("    drawn =", "    random.seed(5)\n    drawn =", 1))
    return [Path(shutil.copytree(folder / "first", folder / name)) for name in names]


@pytest.mark.engines
def test_workers_that_share_only_a_store(store, tmp_path):
    plain, again, one, other, third = copies(tmp_path, "plain", "again", "one", "other", "third")
    commands = environment([*dependencies(plain), *CLIENT])

    def run(project: Path, *arguments: str, fails: bool = False) -> str:
        result = execute(("python", *arguments), project, commands, store)
        assert (result.returncode != 0) == fails, result.stdout + result.stderr
        return result.stderr

    for project in (plain, again):
        run(project, "-m", "sample", "run")
    assert "run stage 'load' first" in run(one, "-m", "sample", "stage", "left", "--store", STORE, fails=True)
    run(one, "-m", "sample", "run", "--to", "left", "--store", STORE)
    run(other, "-m", "sample", "stage", "right", "--store", STORE)
    run(other, "-m", "sample", "run", "--only", "draw", "--store", STORE)
    run(one, "-m", "sample", "run", "--from", "join", "--store", STORE)  # `last` reads a file that `join` writes
    assert not list((one / "artifacts").glob("*.pkl"))
    journal = json.loads((one / "artifacts" / "run.json").read_text())
    assert (journal["success"], journal["ports"]["score"]["file"]) == (True, f"{STORE}/score.json")
    run(third, "-c", _FETCH.format(source=f"{STORE}/", folder="artifacts/"))
    plan = codec.from_json(Conversion, (plain / ".nbpipe" / "conversion.json").read_text()).plan
    assert not differing(plan, plain, again, third, commands, tmp_path)


@pytest.mark.engines
@pytest.mark.parametrize(
    ("target", "folder"), [("kedro", "artifacts/"), ("dagster", "artifacts/dagster/"), ("airflow", "artifacts/airflow/")]
)
def test_an_engine_keeps_its_values_in_a_store(target, folder, store, tmp_path):
    plain, again = copies(tmp_path / "package", "plain", "again")
    (found,) = copies(tmp_path / target, "sample", target=target)
    commands, root = environment([*dependencies(found), *CLIENT]), f"s3://{BUCKET}/{target}"
    engine = replace(ENGINES[target], variables={**ENGINES[target].variables, **store.variables, "PIPELINE_STORE": root})
    if target == "kedro":
        (found / "conf" / "local" / "globals.yml").write_text(f"store: {root}\n")
    plan = codec.from_json(Conversion, (found / ".nbpipe" / "conversion.json").read_text()).plan
    fetched = ("python", "-c", _FETCH.format(source=f"{root}/", folder=folder))
    for command in (*preparations(target, plan), engine.run("sample")):
        result = execute(command, found, commands, engine)
        assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-6000:]
    assert not [file for file in (found / "artifacts").rglob("*") if file.is_file()]
    for command in (fetched, *([collecting(engine, plan)] if engine.collect else [])):
        result = execute(command, found, commands, engine)
        assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-6000:]
    for project in (plain, again):
        execute(ENGINES["package"].run("sample"), project, commands, ENGINES["package"])
    assert not differing(plan, plain, again, found, commands, tmp_path)


@pytest.mark.engines
def test_a_flow_that_failed_is_resumed_on_a_machine_that_shares_only_its_datastore(store, tmp_path):
    plain, again = copies(tmp_path / "package", "plain", "again")
    one, other = copies(tmp_path / "metaflow", "one", "other", target="metaflow")
    commands = environment([*dependencies(one), "boto3"])
    datastore = {
        "METAFLOW_DEFAULT_DATASTORE": "s3",
        "METAFLOW_DATASTORE_SYSROOT_S3": f"s3://{BUCKET}/metaflow",
        "METAFLOW_S3_ENDPOINT_URL": store.variables["AWS_ENDPOINT_URL"],
    }
    engine = replace(ENGINES["metaflow"], variables={**store.variables, **datastore})
    plan = codec.from_json(Conversion, (one / ".nbpipe" / "conversion.json").read_text()).plan
    failed = execute(("python", "flow.py", "run", "--limit", "99.0", "--run-id-file", "run"), one, commands, engine)
    assert "stage 'join' failed: ZeroDivisionError" in failed.stdout + failed.stderr
    for project in (plain, again, other):
        code = project / "src" / "sample" / "stages" / "join.py"
        code.write_text(code.read_text().replace("limit - 99", "limit - 98"))
    resumed = execute(("python", "flow.py", "resume", "--origin-run-id", (one / "run").read_text()), other, commands, engine)
    told = resumed.stdout + resumed.stderr
    assert resumed.returncode == 0, told[-6000:]
    assert set(re.findall(r"/(\w+)/\d+ \(pid \d+\)\] Task is starting", told)) == {"join", "last", "end"}
    assert not [file for project in (one, other) for file in project.rglob("*.pkl")]
    result = execute(collecting(engine, plan), other, commands, engine)
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-6000:]
    for project in (plain, again):
        execute(ENGINES["package"].change("sample", "limit", 99.0), project, commands, ENGINES["package"])
    assert not differing(plan, plain, again, other, commands, tmp_path)
