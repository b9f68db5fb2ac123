"""What a target is: the engine, or the lack of one, that a project is made for."""

from collections.abc import Mapping
from typing import Any, ClassVar

from nbpipe.model.finding import Finding
from nbpipe.model.plan import Plan


class Target:
    """One kind of project. The stages' code is the same in all: a target only adds or replaces files around it.

    `templates` are folders of `templates/`, each laid over the ones before it. `requires` are the distributions that the target's own files need,
    beside those of the base project; `imports` the modules of theirs that they import. `limits` says in a phrase what the target cannot do, `says` names
    what it can say of how a plan is run (the fields of `Operations`, `schedule`, `image`).
    `parameters_file` is where the project keeps its parameters. `command` runs the project from its folder.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    templates: ClassVar[tuple[str, ...]] = ("_package",)
    requires: ClassVar[tuple[str, ...]] = ()
    imports: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = ""
    says: ClassVar[tuple[str, ...]] = ()
    parameters_file: ClassVar[str] = "params.yaml"

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("python", "-m", plan.package, "run")

    def checks(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        """The command lines by which the engine looks the project over, or makes ready what it needs, before it is run."""
        return ()

    def extras(self, plan: Plan) -> Mapping[str, str]:
        """The requirements that only some plans have, beside what the target `requires`, each with the module that is imported."""
        return {}

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """What this target cannot express of the plan."""
        return ()

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Values for the target's own templates, beside the `values` that all templates get."""
        return {}
