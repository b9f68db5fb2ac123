"""What Pachyderm's and Databricks' own libraries make of the words on how stages are run: the rest needs their clusters."""

import json

import pytest

from nbpipe.render.write import write
from tests.engines import ENGINES, dependencies, environment, execute
from tests.operated import ALL, IMAGE, SCHEDULE, operated_plan
from tests.sample_project import sample_project

_PACHYDERM = """
import json, runpy, yaml
read = runpy.run_path("pachyderm/run_local.py")["read"]
specifications = yaml.safe_load(open("pachyderm/pipelines.yaml"))
pipelines = [read(one) for one in specifications]
load = pipelines[0]
specifications[0]["datumTrys"] = specifications[0].pop("datumTries")
try:
    read(specifications[0])
except ValueError as error:
    print(json.dumps({
        "retries": load.datum_tries - 1,
        "timeout": load.datum_timeout.total_seconds(),
        "requests": [load.resource_requests.cpu, load.resource_requests.memory],
        "limits": [load.resource_limits.cpu, load.resource_limits.memory, load.resource_limits.gpu.number],
        "image": load.transform.image,
        "schedules": [part.cron.spec for one in pipelines for part in one.input.cross if part.cron.spec],
        "unknown": "/datumTrys" in str(error),
    }))
"""
_DATABRICKS = """
import json, runpy
job = runpy.run_path("scripts/run_local.py")["read"]()
load = job.tasks[0]
print(json.dumps({
    "retries": load.max_retries,
    "timeout": load.timeout_seconds,
    "after a timeout": load.retry_on_timeout,
    "schedule": [job.schedule.quartz_cron_expression, job.schedule.timezone_id],
}))
"""


@pytest.mark.engines
@pytest.mark.parametrize(
    ("target", "program", "expected"),
    [
        (
            "pachyderm",
            _PACHYDERM,
            {
                "retries": 2,
                "timeout": 600.0,
                "requests": [0.5, "512Mi"],
                "limits": [0.5, "512Mi", 1],
                "image": IMAGE,
                "schedules": [SCHEDULE],
                "unknown": True,
            },
        ),
        (
            "databricks",
            _DATABRICKS,
            {"retries": 2, "timeout": 600, "after a timeout": True, "schedule": ["0 30 6 ? * 2-6", "UTC"]},
        ),
    ],
)
def test_the_engines_library_understands_it(target, program, expected, tmp_path):
    project = tmp_path / "sample"
    write(sample_project(tmp_path, operated_plan({"load": ALL}, SCHEDULE, IMAGE), target=target), project)
    result = execute(("python", "-c", program), project, environment(dependencies(project)), ENGINES[target])
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == expected
