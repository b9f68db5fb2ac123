"""DVC: stages in `dvc.yaml`, with the files and parameters that they depend on."""

from nbpipe.model.plan import Plan
from nbpipe.targets.base import Target


class Dvc(Target):
    """A DVC project."""

    name = "dvc"
    title = "DVC pipeline"
    templates = ("_package", "dvc")
    requires = ("dvc>=3.50",)
    limits = "stages side by side (dvc repro runs one at a time)"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("dvc", "repro")

    def checks(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        """`dvc.yaml` is read."""
        return (("dvc", "stage", "list"),)
