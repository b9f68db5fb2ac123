"""Airflow 3: stages as tasks of a DAG, what travels between them in a store."""

from collections.abc import Mapping
from typing import Any

from nbpipe.model.plan import Plan
from nbpipe.planning.naming import unique
from nbpipe.targets.base import Target
from nbpipe.targets.operations import quantities

_KINDS: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


class Airflow(Target):
    """A DAG for Airflow 3."""

    name = "airflow"
    title = "Airflow 3 DAG"
    templates = ("_package", "airflow")
    requires = ("apache-airflow>=3.3", "fsspec")  # with older ones the newest FastAPI and pydantic do not work together
    imports = ("airflow", "fsspec")
    limits = "going on after a failure in `airflow dags test`, which begins anew (a run of the scheduler goes on where its failed tasks are cleared)"
    says = ("retries", "timeout", "cpu", "memory", "gpu", "schedule", "image")

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("airflow", "dags", "test", plan.package)

    def checks(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        """The DAG is imported, and the database made."""
        return (("python", f"dags/{plan.package}_dag.py"), ("airflow", "db", "migrate"))

    def extras(self, plan: Plan) -> Mapping[str, str]:
        """What a DAG needs that says something of pods."""
        return {"apache-airflow-providers-cncf-kubernetes": "kubernetes"} if _on_pods(plan) else {}

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The names of what the tasks give, and the parameters' types in JSON schema."""
        pods = {stage.name: quantities(stage.operations) for stage in plan.stages}
        functions = [stage["function"] for stage in values["stages"]]
        return {
            "sweep_rows": unique("runs", [parameter.name for parameter in plan.parameters]),
            "pods": pods,
            "on_pods": _on_pods(plan),
            "results": {stage.name: unique(f"after_{stage.name}", functions) for stage in plan.stages},
            "kinds": {
                parameter.name: _KINDS.get(type(parameter.default), ["null", "string", "number", "boolean"])
                for parameter in plan.parameters
            },
        }


def _on_pods(plan: Plan) -> bool:
    """Whether a plan says something that holds for the pods of Kubernetes."""
    return bool(plan.image) or any(quantities(stage.operations) for stage in plan.stages)
