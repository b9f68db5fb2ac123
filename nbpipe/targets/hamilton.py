"""Hamilton: stages as functions of a dataflow."""

from nbpipe.model.plan import Plan
from nbpipe.targets.base import Target


class Hamilton(Target):
    """A dataflow for Hamilton."""

    name = "hamilton"
    title = "Hamilton dataflow"
    templates = ("_package", "_keys", "_values", "hamilton")
    requires = ("apache-hamilton>=1.89",)
    imports = ("hamilton",)
    limits = "stages side by side"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("python", "run.py")
