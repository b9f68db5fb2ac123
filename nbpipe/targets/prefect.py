"""Prefect: stages as tasks of a flow."""

from nbpipe.model.plan import Plan
from nbpipe.targets.base import Target


class Prefect(Target):
    """A flow of Prefect 3."""

    name = "prefect"
    title = "Prefect flow"
    templates = ("_package", "_keys", "_values", "prefect")
    requires = ("prefect>=3.4", "fastapi<0.120")  # newer ones break Prefect's server
    imports = ("prefect",)
    says = ("retries", "timeout", "schedule", "image")
    limits = "stages side by side in one process (the working directory belongs to all of it)"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("python", "flow.py")
