"""Metaflow: stages as steps, what travels between them as artifacts."""

from collections.abc import Mapping, Sequence
from typing import Any

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.plan import Plan
from nbpipe.planning.naming import unique
from nbpipe.planning.operations import asked
from nbpipe.targets.base import Target
from nbpipe.targets.names import camel_case, parameter_types, reserved

_RESERVED = frozenset(
    """
    start end next input inputs index cmd foreach_stack script_name merge_artifacts name nbpipe_config config tag tags namespace max_workers
    max_num_splits max_log_size run_id_file decospecs with user_namespace help
    metaflow
    """.split()  # noqa: SIM905 - easier to read so
)
_MOST_RETRIES = 4


class Metaflow(Target):
    """A flow of Metaflow."""

    name = "metaflow"
    title = "Metaflow flow"
    templates = ("_package", "_values", "metaflow")
    requires = ("metaflow>=2.13",)
    imports = ("metaflow",)
    limits = "parameters named like one of its own options"
    says = ("retries", "timeout", "cpu", "memory", "gpu", "schedule")

    def command(self, plan: Plan) -> tuple[str, ...]:
        """The command line that runs the project."""
        return ("python", "flow.py", "run")

    def checks(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        """The graph of the steps is checked."""
        return (("python", "flow.py", "check"),)

    def check(self, plan: Plan) -> tuple[Finding, ...]:
        """Parameters whose names Metaflow has for itself, and more retries than it allows."""
        too_many = tuple(
            Finding(
                "NB601",
                f"Metaflow tries a step at most {_MOST_RETRIES} times again, not {stage.operations.retries}: {stage.name}",
                Severity.ERROR,
                fix="change `retries` in the plan",
            )
            for stage in plan.stages
            if stage.operations.retries > _MOST_RETRIES
        )
        return (*reserved(plan, "Metaflow", _RESERVED), *too_many)

    def context(self, plan: Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The steps: stages that can go side by side are branches, which a step of its own joins; where others part at once, that is one more."""
        taken = {*_RESERVED, *(artefact.name for artefact in values["artefacts"]), *(parameter.name for parameter in plan.parameters)}
        steps = {stage.name: unique(stage.name, taken) for stage in plan.stages}
        levels = _levels(values["stages"], {*taken, *steps.values()})
        return {
            "operated": bool(asked(plan).keys() & {*self.says}),
            "flow": camel_case([plan.package])[plan.package],
            "steps": steps,
            "levels": levels,
            "after": _after(levels, steps),
            "attributes": {artefact.name: f"self.{unique(artefact.name, _RESERVED)}" for artefact in values["artefacts"]},
            "kinds": parameter_types(plan, None),
        }


def _levels(stages: Sequence[Mapping[str, Any]], taken: set[str]) -> list[dict[str, Any]]:
    """The stages in the order in which they can go: those of one level, and their reports, need nothing of each other."""
    depth: dict[str, int] = {}
    for stage in stages:
        looked_at = stage["report"]["before"] if stage["report"] else ()
        depth[stage["name"]] = 1 + max((depth[name] for name in (*stage["before"], *looked_at)), default=-1)
    found = [[stage for stage in stages if depth[stage["name"]] == number] for number in sorted(set(depth.values()))]
    return [
        {
            "stages": level,
            "join": unique(f"join_{number}", taken) if len(level) > 1 else "",
            "part": unique(f"part_{number}", taken) if len(level) > 1 and len(following) > 1 else "",
        }
        for number, (level, following) in enumerate(zip(found, [*found[1:], []], strict=True), start=1)
    ]


def _after(levels: Sequence[Mapping[str, Any]], steps: Mapping[str, str]) -> dict[str, str]:
    """For each step the arguments of its `self.next`."""
    entries = [", ".join(f"self.{steps[stage['name']]}" for stage in level["stages"]) for level in levels] + ["self.end"]
    after = {"start": entries[0]}
    for level, following in zip(levels, entries[1:], strict=True):
        chain = [name for name in (level["join"], level["part"]) if name]
        goes = [*(f"self.{name}" for name in chain), following]
        after |= {stage["name"]: goes[0] for stage in level["stages"]} | dict(zip(chain, goes[1:], strict=True))
    return after
