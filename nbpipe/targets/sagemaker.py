"""SageMaker Pipelines: stages as steps, each a training job in a container."""

import re
from collections.abc import Mapping
from typing import Any

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.plan import Operations, Plan
from nbpipe.planning.naming import unique
from nbpipe.targets.base import Target
from nbpipe.targets.names import reserved

_KINDS: Mapping[type, str] = {bool: "ParameterBoolean", int: "ParameterInteger", float: "ParameterFloat", str: "ParameterString"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_MOST_RETRIES = 30

# Types of instances for training, smallest first: cores, GiB of memory, GPUs.
_INSTANCES: Mapping[str, tuple[int, int, int]] = {
    "ml.m5.large": (2, 8, 0),
    "ml.m5.xlarge": (4, 16, 0),
    "ml.m5.2xlarge": (8, 32, 0),
    "ml.m5.4xlarge": (16, 64, 0),
    "ml.m5.12xlarge": (48, 192, 0),
    "ml.m5.24xlarge": (96, 384, 0),
    "ml.g5.xlarge": (4, 16, 1),
    "ml.g5.2xlarge": (8, 32, 1),
    "ml.g5.4xlarge": (16, 64, 1),
    "ml.g5.8xlarge": (32, 128, 1),
    "ml.g5.16xlarge": (64, 256, 1),
    "ml.g5.12xlarge": (48, 192, 4),
    "ml.g5.24xlarge": (96, 384, 4),
    "ml.g5.48xlarge": (192, 768, 8),
}


class SageMaker(Target):
    """A pipeline for SageMaker Pipelines, by version 3 of its SDK."""

    name = "sagemaker"
    title = "SageMaker pipeline"
    templates = ("_package", "sagemaker")
    requires = ("sagemaker>=3.20", "fsspec", "s3fs")  # of older ones, not all parts are there
    imports = ("sagemaker", "fsspec")
    limits = "retries of a stage's own errors (only of SageMaker's), a cache of its steps (an execution that failed goes on by `retry-pipeline-execution`), or parameters that are empty"
    says = ("retries", "timeout", "cpu", "memory", "gpu", "image")

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("python", "run_pipeline.py")

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """Names that SageMaker does not take, more retries than it allows, resources that no instance has."""
        found = [
            f"the name {name} has letters that SageMaker does not take, or more than 64"
            for name in (*(stage.name for stage in plan.stages), *(parameter.name for parameter in plan.parameters), plan.package)
            if not _NAME.fullmatch(name)
        ]
        for stage in plan.stages:
            if stage.operations.retries > _MOST_RETRIES:
                found.append(f"SageMaker tries a step at most {_MOST_RETRIES} times again: {stage.name}")
            if not _instance(stage.operations):
                found.append(f"no instance that nbpipe knows has the cpu, memory and gpu of {stage.name}")
        impossible = tuple(Finding("NB601", message, Severity.ERROR, fix="change it in the plan") for message in found)
        return (*reserved(plan, "SageMaker", {"store", "execution", "run"}), *impossible)

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The kinds of the parameters, of which an empty one stays as it is, and the instances that have what the stages ask for."""
        kinds = {parameter.name: _KINDS.get(type(parameter.default)) for parameter in plan.parameters}
        taken = {*(stage["function"] for stage in values["stages"]), *kinds}
        return {
            "results": {stage.name: unique(f"after_{stage.name}", taken) for stage in plan.stages},
            "kinds": {name: kind for name, kind in kinds.items() if kind},
            "instances": {stage.name: _instance(stage.operations) for stage in plan.stages},
        }


def _instance(wanted: Operations) -> str:
    """The first instance that has it, or nothing."""
    for name, (cores, memory, gpus) in _INSTANCES.items():
        if wanted.cpu <= cores and wanted.memory <= memory * 1024 and wanted.gpu <= gpus:
            return name
    return ""
