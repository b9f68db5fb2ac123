"""Airflow 3: stages as tasks of a DAG, what travels between them in a store."""

from collections.abc import Mapping
from typing import Any

from nbpipe.model.plan import Plan
from nbpipe.planning.naming import unique
from nbpipe.targets.base import Target

_KINDS: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


class Airflow(Target):
    """A DAG for Airflow 3."""

    name = "airflow"
    title = "Airflow 3 DAG"
    templates = ("_package", "_remote", "airflow")
    requires = ("apache-airflow>=3.0", "fsspec")
    imports = ("airflow", "fsspec")
    limits = "schedule or retries of its own (add them in the DAG)"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("airflow", "dags", "test", plan.package)

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The names of what the tasks give, and the parameters' types in JSON schema."""
        functions = [stage["function"] for stage in values["stages"]]
        return {
            "results": {stage.name: unique(f"after_{stage.name}", functions) for stage in plan.stages},
            "kinds": {
                parameter.name: _KINDS.get(type(parameter.default), ["null", "string", "number", "boolean"])
                for parameter in plan.parameters
            },
        }
