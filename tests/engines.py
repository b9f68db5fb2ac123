"""How the tests drive the engines: an environment of its own for each, its commands, and where its values are afterwards."""

import fcntl
import hashlib
import json
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs
import uv
import yaml

from nbpipe.model.plan import Plan
from nbpipe.planning.artefacts import traffic
from nbpipe.targets import TARGETS
from nbpipe.verify.environment import INSIDE

Command = tuple[str, ...]
CACHE = Path(os.environ.get("NBPIPE_ENGINES") or platformdirs.user_cache_path("nbpipe") / "engines")


@dataclass(frozen=True)
class Engine:
    """An engine's own ways: commands that run a project of package `p` (the argument), also with one parameter changed.

    `before` are commands that make the folder ready, beside the target's own `checks`. `variables` are of the environment, `folders` too, below the project's. `needs` are requirements of the
    tests' own, `again` goes on after a run that failed. `collect` is code that stores what the engine keeps elsewhere where the package would have it.
    """

    run: Callable[[str], Command]
    change: Callable[[str, str, Any], Command]
    before: tuple[Command, ...] = ()
    collect: str = ""
    needs: tuple[str, ...] = ()
    again: Callable[[str], Command] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)


GIT = (("git", "init", "-q"), ("git", "add", "."), ("git", "-c", "user.name=t", "-c", "user.email=t@t.t", "commit", "-q", "-m", "all"))

# Programs that find what an engine keeps: `contents`, by file. They have `names`, of the artefacts, by file.
_METAFLOW = """
import metaflow
metaflow.namespace(None)
data = next(iter(metaflow.Metaflow())).latest_run["end"].task.data
contents = {file: getattr(data, name) for file, name in names.items()}
"""
_AIRFLOW = """
import pathlib
from PACKAGE.storage import PORTS, _read
(run,) = pathlib.Path("artifacts/airflow").iterdir()
contents = {file: _read(run / file, next(port.format for port in PORTS.values() if port.file == file)) for file in names}
"""
_PREFECT = """
import pathlib
from prefect.results import ResultRecord
from PACKAGE.graph import makes
contents = {}
for file in pathlib.Path(".prefect/storage/PACKAGE").glob("*/*"):
    made = ResultRecord.deserialize(file.read_bytes()).result
    files = makes(file.parent.name)
    contents |= dict(zip(files, (made,) if len(files) == 1 else made or ()))
"""
_KUBEFLOW = """
import pathlib
from PACKAGE.storage import PORTS, _read
contents = {}
for file, name in names.items():
    port = next(port for port in PORTS.values() if port.file == file)
    (found,) = pathlib.Path("artifacts/kubeflow").glob(f"*/{port.stage.replace('_', '-')}/{name}")
    contents[file] = _read(found, port.format)
"""
_FLYTE = """
import pathlib, diskcache
from flyteidl.core.literals_pb2 import LiteralMap
import workflow
from PACKAGE.graph import makes
from PACKAGE.pipeline import STAGES
from PACKAGE.storage import PORTS, _read
formats = {port.file: port.format for port in PORTS.values()}
contents = {}
with diskcache.Cache(".flyte-home/.flyte/local-cache") as cache:
    for stage in STAGES:
        (key,) = (key for key in cache if key.startswith(f"workflow.{stage}-"))
        made = LiteralMap.FromString(cache[key]).literals
        for file, name in zip(makes(stage), getattr(workflow, stage).python_interface.outputs):
            uri = made[name].scalar.blob.uri or made[name].scalar.structured_dataset.uri
            contents[file] = _read(pathlib.Path(uri), formats.get(file, "pickle"))
"""
_FLYTE2 = """
import pathlib
from PACKAGE.storage import PORTS, _read
contents = {}
for file in names:
    port = next(port for port in PORTS.values() if port.file == file)
    (found,) = pathlib.Path().glob(f"{port.stage}-*/{file}")
    contents[file] = _read(found, port.format)
"""
_PACHYDERM = """
import pathlib
from PACKAGE.storage import PORTS, _read
contents = {}
for file in names:
    port = next(port for port in PORTS.values() if port.file == file)
    repository = f"PACKAGE-{port.stage}".replace("_", "-")
    contents[file] = _read(pathlib.Path("artifacts/pachyderm", repository, "artifacts", file), port.format)
"""
_DATABRICKS = """
import pathlib
from PACKAGE.storage import PORTS, _read
contents = {}
for file in names:
    port = next(port for port in PORTS.values() if port.file == file)
    contents[file] = _read(pathlib.Path("artifacts/databricks/volume/runs/1", port.stage, "artifacts", file), port.format)
"""
_TFX = """
import pathlib
from PACKAGE.storage import PORTS, _read
contents = {}
for file in names:
    (found,) = pathlib.Path("artifacts/tfx/pipeline").glob(f"*/*/*/{file}")
    contents[file] = _read(found, next(port.format for port in PORTS.values() if port.file == file))
"""
_DAGSTER = """
import pathlib, pickle
contents = {file: pickle.loads(pathlib.Path("artifacts/dagster", name).read_bytes()) for file, name in names.items()}
"""

_SAGEMAKER = str(Path(__file__).with_name("sagemaker_runtime.py"))
_FILE = "changed.yaml"


def _written(values: Any, command: str) -> Command:
    """A command that has these values in a file."""
    return ("sh", "-c", f"echo {shlex.quote(json.dumps(values))} > {_FILE} && {command}")


ENGINES: Mapping[str, Engine] = {
    "package": Engine(
        run=lambda p: ("python", "-m", p, "run"),
        change=lambda p, name, value: ("python", "-m", p, "run", "--set", f"{name}={value}"),
        again=lambda p: ("python", "-m", p, "run"),
    ),
    "kedro": Engine(
        run=lambda p: ("kedro", "run"),
        change=lambda p, name, value: ("kedro", "run", "--runner", "ParallelRunner", "--params", f"{name}={value}"),
        again=lambda p: ("kedro", "run", "--only-missing-outputs"),
        variables={"DO_NOT_TRACK": "1"},
    ),
    "dvc": Engine(
        run=lambda p: ("dvc", "repro"),
        change=lambda p, name, value: ("dvc", "exp", "run", "-S", f"{name}={value}"),
        before=GIT,
        again=lambda p: ("dvc", "repro"),
        variables={"DVC_NO_ANALYTICS": "1"},
    ),
    "airflow": Engine(
        run=lambda p: ("airflow", "dags", "test", p),
        change=lambda p, name, value: ("airflow", "dags", "test", p, "--conf", json.dumps({name: value})),
        collect=_AIRFLOW,
        variables={"AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1"},
        folders={"AIRFLOW_HOME": ".airflow", "AIRFLOW__CORE__DAGS_FOLDER": "dags"},
    ),
    "luigi": Engine(
        run=lambda p: ("luigi", "--module", f"{p}.tasks", "Pipeline", "--workers", "2"),
        change=lambda p, name, value: ("luigi", "--module", f"{p}.tasks", "Pipeline", f"--{name.replace('_', '-')}", str(value)),
        again=lambda p: ("luigi", "--module", f"{p}.tasks", "Pipeline", "--workers", "2"),
    ),
    "metaflow": Engine(
        run=lambda p: ("python", "flow.py", "run"),
        change=lambda p, name, value: ("python", "flow.py", "run", f"--{name}", str(value)),
        again=lambda p: ("python", "flow.py", "resume"),
        collect=_METAFLOW,
    ),
    "dagster": Engine(
        run=lambda p: ("dagster", "job", "execute", "-m", f"{p}.definitions", "-j", "pipeline"),
        change=lambda p, name, value: _written(
            {"resources": {"parameters": {"config": {name: value}}}}, f"dagster job execute -m {p}.definitions -j pipeline -c {_FILE}"
        ),
        before=(("mkdir", "-p", ".dagster"),),
        again=lambda p: ("python", "go_on.py"),
        collect=_DAGSTER,
        variables={"DAGSTER_DISABLE_TELEMETRY": "yes"},
        folders={"DAGSTER_HOME": ".dagster"},
    ),
    "prefect": Engine(
        run=lambda p: ("python", "flow.py"),
        change=lambda p, name, value: ("python", "-c", f"from flow import pipeline; pipeline({name}={value!r})"),
        again=lambda p: ("python", "flow.py"),
        collect=_PREFECT,
        variables={"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180", "DO_NOT_TRACK": "1"},
        folders={"PREFECT_HOME": ".prefect", "PREFECT_RESULTS_LOCAL_STORAGE_PATH": ".prefect/storage"},
    ),
    "hamilton": Engine(
        run=lambda p: ("python", "run.py"),
        change=lambda p, name, value: ("python", "run.py", f"{name}={value}"),
        again=lambda p: ("python", "run.py"),
        variables={"HAMILTON_TELEMETRY_ENABLED": "false"},
    ),
    "kubeflow": Engine(
        run=lambda p: ("python", "kubeflow/run_local.py"),
        change=lambda p, name, value: ("python", "kubeflow/run_local.py", f"{name}={value}"),
        again=lambda p: ("python", "kubeflow/run_local.py"),
        collect=_KUBEFLOW,
    ),
    "flyte": Engine(
        run=lambda p: ("pyflyte", "run", "workflow.py", "pipeline"),
        change=lambda p, name, value: ("pyflyte", "run", "workflow.py", "pipeline", f"--{name}", str(value)),
        again=lambda p: ("pyflyte", "run", "workflow.py", "pipeline"),
        collect=_FLYTE,
        folders={"HOME": ".flyte-home"},
    ),
    "flyte2": Engine(
        run=lambda p: ("flyte", "run", "--local", "workflow.py", "pipeline"),
        change=lambda p, name, value: ("flyte", "run", "--local", "workflow.py", "pipeline", f"--{name}", str(value)),
        collect=_FLYTE2,
        again=lambda p: ("flyte", "run", "--local", "workflow.py", "pipeline"),
        folders={"HOME": ".", "TMPDIR": "."},
    ),
    "pachyderm": Engine(
        run=lambda p: ("python", "pachyderm/run_local.py"),
        change=lambda p, name, value: ("python", "pachyderm/run_local.py", f"{name}={value}"),
        again=lambda p: ("python", "pachyderm/run_local.py"),
        collect=_PACHYDERM,
    ),
    "databricks": Engine(
        run=lambda p: ("python", "scripts/run_local.py"),
        change=lambda p, name, value: ("python", "scripts/run_local.py", f"{name}={value}"),
        again=lambda p: ("python", "scripts/run_local.py", "--repair"),
        collect=_DATABRICKS,
    ),
    "tfx": Engine(
        run=lambda p: ("python", "local_runner.py"),
        change=lambda p, name, value: ("python", "local_runner.py", f"{name}={value}"),
        again=lambda p: ("python", "local_runner.py"),
        collect=_TFX,
    ),
    "sagemaker": Engine(
        run=lambda p: ("python", _SAGEMAKER, p),
        change=lambda p, name, value: ("python", _SAGEMAKER, p, f"{name}={value}"),
        needs=("moto[iam,s3,sagemaker,server,sts]>=5",),
    ),
    "snakemake": Engine(
        run=lambda p: ("snakemake", "--cores", "2"),
        change=lambda p, name, value: ("snakemake", "--cores", "2", "--config", f"{name}={value}"),
        again=lambda p: ("snakemake", "--cores", "2"),
    ),
}


def environment(requirements: Iterable[str]) -> Path:
    """An environment with these requirements, made where none is in the cache: the folder of its commands."""
    wanted = sorted(set(requirements))
    folder = CACHE / hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()[:16]
    CACHE.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests that run side by side wait for the one that makes it
        if not (folder / "complete").exists():
            _uv("venv", "-q", "--clear", "--seed", "-p", sys.executable, str(folder))
            _uv("pip", "install", "-q", "-p", str(folder / "bin" / "python"), *wanted)
            (folder / "complete").write_text("\n".join(wanted))
    return folder / "bin"


def _uv(*arguments: str) -> None:
    subprocess.run([uv.find_uv_bin(), *arguments], check=True)


def preparations(target: str, plan: Plan) -> tuple[Command, ...]:
    """What is done in a project's folder before it runs."""
    return (*ENGINES[target].before, *TARGETS[target].checks(plan))


def unclean(project: Path) -> str:
    """What ruff, mypy and readers of YAML and TOML object to in a project."""
    found = []
    for command in (("ruff", "check", "--no-cache"), ("ruff", "format", "--check", "--no-cache"), ("mypy", "--cache-dir=/dev/null", ".")):
        result = subprocess.run([sys.executable, "-m", *command], cwd=project, capture_output=True, text=True)
        found += [result.stdout + result.stderr] if result.returncode else []
    for file in (*project.rglob("*.yml"), *project.rglob("*.yaml")):
        found += [] if yaml.safe_load(file.read_text()) else [f"{file} is empty"]
    tomllib.loads((project / "pyproject.toml").read_text())
    return "\n".join(found)


def collecting(engine: Engine, plan: Plan) -> Command:
    """The command that stores what an engine keeps where the package would have it."""
    names = {artefact.file: artefact.name for traveling in traffic(plan).values() for artefact in traveling.makes if artefact.ports}
    store = f"from {plan.package}.storage import PORTS, save, unpack\nfrom pathlib import Path\nsave(unpack(contents, PORTS), Path())\n"
    return ("python", "-c", f"names = {names!r}\n{engine.collect.replace('PACKAGE', plan.package)}{store}")


def dependencies(project: Path) -> list[str]:
    """What a project says that it needs."""
    return list(tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"])


def execute(command: Command, project: Path, commands: Path, engine: Engine) -> subprocess.CompletedProcess[str]:
    """Run a command in a project, as if its environment were active and the project installed in it."""
    surroundings = {
        **os.environ,
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(project / "src"),
        "PYTHONDONTWRITEBYTECODE": "",  # else all that an engine imports would be compiled in each run
        "PYTHONHASHSEED": "0",
        "USER": "tester",
        **engine.variables,
        **{name: str(project / folder) for name, folder in engine.folders.items()},
    }
    program = commands / command[0]
    return subprocess.run(
        [str(program) if program.exists() else command[0], *command[1:]], cwd=project, env=surroundings, capture_output=True, text=True
    )


def differing(plan: Plan, plain: Path, again: Path, found: Path, commands: Path, scratch: Path) -> dict[str, str]:
    """The ports whose values in a folder are not those of a plain run, with what verify's own comparison says of them.

    What differs `again` in a second plain run (durations in a model) is no difference.
    """
    files = {port: artefact.file for traveling in traffic(plan).values() for artefact in traveling.makes for port in artefact.ports}

    def place(port: str, folder: Path) -> dict[str, str]:
        return {"port": port, "folder": str(folder), "path": str(folder / "artifacts" / files[port])}

    request = {
        "pairs": [{"expected": place(port, plain), "found": place(port, found), "again": place(port, again)} for port in files],
        "package": plan.package,
        "source": str(plain / "src"),
        "roots": [str(plain), str(again), str(found)],
        "rtol": 0.0,
        "atol": 0.0,
    }
    (scratch / "request.json").write_text(json.dumps(request))
    command = [str(commands / "python"), str(INSIDE), "compare", str(scratch / "request.json"), str(scratch / "answer.json")]
    subprocess.run(command, check=True)
    answers = json.loads((scratch / "answer.json").read_text())
    wrong = [(port, answer["detail"]) for port, answer in zip(files, answers, strict=True) if answer["status"] not in ("same", "noisy")]
    return dict(wrong)
