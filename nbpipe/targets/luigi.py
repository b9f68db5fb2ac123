"""Luigi: stages as tasks."""

import math
from collections.abc import Mapping
from typing import Any

from nbpipe.model.finding import Finding
from nbpipe.model.plan import Operations, Plan
from nbpipe.targets.base import Target
from nbpipe.targets.names import camel_case, reserved
from nbpipe.targets.operations import most

_RESERVED = frozenset(
    """
    accepts_messages batch_param_names batchable bulk_complete clone complete deps disable_hard_timeout disable_window disabled event_handler
    from_str_params get_param_names get_param_values get_params get_task_family get_task_namespace initialized input max_batch_size
    no_unpicklable_properties on_failure on_success output owner_email param_args param_kwargs priority process_resources
    remove_event_handler requires resources retry_count run stage_key stage_name task_family task_id task_module task_namespace
    to_str_params trigger_event use_cmdline_section worker_timeout help local_scheduler lock module workers
    """.split()  # noqa: SIM905 - easier to read so
)
_KINDS: Mapping[type, str] = {bool: "BoolParameter", int: "IntParameter", float: "FloatParameter", str: "Parameter"}


class Luigi(Target):
    """Tasks of Luigi."""

    name = "luigi"
    title = "Luigi tasks"
    templates = ("_package", "luigi")
    requires = ("luigi>=3.6",)
    imports = ("luigi",)
    limits = "parameters named like an attribute of its tasks"
    says = ("retries", "timeout", "cpu", "memory", "gpu")

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("luigi", "--module", f"{plan.package}.tasks", _goal(plan), "--workers", "2")

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """Parameters whose names a task of Luigi has for itself."""
        return reserved(plan, "Luigi", _RESERVED)

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The names of the tasks' classes, and the kinds of the parameters."""
        return {
            "resources": {stage.name: _resources(stage.operations) for stage in plan.stages},
            "most": most(plan),
            "machine": _resources(most(plan)),
            "classes": camel_case([stage.name for stage in plan.stages]),
            "kinds": {parameter.name: _KINDS.get(type(parameter.default), "OptionalParameter") for parameter in plan.parameters},
            "goal": _goal(plan),
        }


def _resources(operations: Operations) -> Mapping[str, int]:
    """The resources, which Luigi counts in whole numbers."""
    found = {"cpu": math.ceil(operations.cpu), "memory_mib": operations.memory, "gpu": operations.gpu}
    return {name: number for name, number in found.items() if number}


def _goal(plan: Plan) -> str:
    """The class of the task that asks for all others."""
    stages = [stage.name for stage in plan.stages]
    return camel_case([*stages, "pipeline"])["pipeline"] if "pipeline" not in stages else camel_case([*stages, "all_of_it"])["all_of_it"]
