"""What Flyte's own library makes of the words on how stages are run, and of a stage that fails on a cluster."""

import json

import pytest

from nbpipe.render.write import write
from tests.engines import ENGINES, dependencies, environment, execute
from tests.operated import ALL, IMAGE, SCHEDULE, operated_plan
from tests.sample_project import sample_project

_REGISTERED = """
import json
from collections import OrderedDict

import workflow
from flytekit.configuration import Image, ImageConfig, SerializationSettings
from flytekit.tools.translator import get_serializable

settings = SerializationSettings(image_config=ImageConfig(default_image=Image("default", "registry.example.com/other", "1")))
task = get_serializable(OrderedDict(), settings, workflow.load).template
plan = get_serializable(OrderedDict(), settings, workflow.scheduled).spec
resources = task.container.resources
found = {
    "retries": task.metadata.retries.retries,
    "timeout": task.metadata.timeout.total_seconds(),
    "image": task.container.image,
    "requests": sorted(one.value for one in resources.requests),
    "limits": sorted(one.value for one in resources.limits),
    "schedule": plan.entity_metadata.schedule.cron_schedule.schedule,
    "arguments": task.container.args,
}
print(json.dumps(found))
"""
_INPUTS = """
from pathlib import Path

from flytekit.core.context_manager import FlyteContextManager
from flytekit.core.type_engine import TypeEngine

given = TypeEngine.dict_to_literal_map(FlyteContextManager.current_context(), {"source": "nothing.csv"})
Path("inputs.pb").write_bytes(given.to_flyte_idl().SerializeToString())
"""
_ERROR = """
from pathlib import Path

from flyteidl.core.errors_pb2 import ErrorDocument

error = ErrorDocument.FromString(Path("made/error.pb").read_bytes()).error
print(error.kind == error.RECOVERABLE, "stage 'load' failed: FileNotFoundError" in error.message)
"""


@pytest.mark.engines
def test_clusters_are_told_how_stages_are_run_and_may_try_again(tmp_path):
    project, engine = tmp_path / "sample", ENGINES["flyte"]
    write(sample_project(tmp_path, operated_plan({"load": ALL}, SCHEDULE, IMAGE), target="flyte"), project)
    commands = environment(dependencies(project))
    told = execute(("python", "-c", _REGISTERED), project, commands, engine)
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout.splitlines()[-1])
    arguments = found.pop("arguments")
    resources = ["0.5", "1", "512Mi"]
    assert found == {
        "retries": 2,
        "timeout": 600,
        "image": IMAGE,
        "requests": resources,
        "limits": resources,
        "schedule": SCHEDULE,
    }
    assert execute(("python", "-c", _INPUTS), project, commands, engine).returncode == 0
    places = {"{{.input}}": "inputs.pb", "{{.outputPrefix}}": "made", "{{.rawOutputDataPrefix}}": "raw"}
    places |= {"{{.checkpointOutputPrefix}}": "checkpoint", "{{.prevCheckpointPrefix}}": '""'}
    command = tuple(places.get(argument, argument) for argument in arguments)
    execute(command, project, commands, engine)  # as on a cluster: its error is in a file
    result = execute(("python", "-c", _ERROR), project, commands, engine)
    assert result.stdout.split() == ["True", "True"], result.stderr
