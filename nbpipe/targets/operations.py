"""How a plan is to be run, and what a target cannot say of it."""

from collections.abc import Mapping

from nbpipe.model.finding import Finding
from nbpipe.model.plan import Operations, Plan
from nbpipe.planning.operations import NAMES, asked
from nbpipe.targets.base import Target


def unsaid(plan: Plan, target: Target) -> tuple[Finding, ...]:
    """What the plan says of how it is run and the target cannot: it is told, for the project goes without it."""
    of = {word: f" of {', '.join(stages)}" if stages else "" for word, stages in missing(plan, target).items()}
    return tuple(
        Finding(
            "NB602",
            f"the plan gives {word}{stages}, for which the target {target.name} has no place",
            fix="see to it where the project runs; `nbpipe targets` lists which targets have it",
        )
        for word, stages in of.items()
    )


def missing(plan: Plan, target: Target) -> Mapping[str, tuple[str, ...]]:
    """What of `asked` the target cannot say."""
    return {word: stages for word, stages in asked(plan).items() if word not in target.says}


def most(plan: Plan) -> Operations:
    """The most that any stage asks for."""
    every = [stage.operations for stage in plan.stages]
    return Operations(**{name: max((getattr(one, name) for one in every), default=0) for name in NAMES})


def quantities(operations: Operations) -> Mapping[str, str]:
    """The resources as Kubernetes names and writes them."""
    found = {
        "cpu": f"{operations.cpu}" if operations.cpu else "",
        "memory": f"{operations.memory}Mi" if operations.memory else "",
        "nvidia.com/gpu": f"{operations.gpu}" if operations.gpu else "",
    }
    return {name: text for name, text in found.items() if text}
