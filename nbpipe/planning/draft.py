"""A draft of the plan: which statements go where. People and the planner both make one; `interfaces` turns it into a plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from nbpipe.model.flow import Phase
from nbpipe.model.plan import Format, LeftOut, Operations, Parameter, Plan


@dataclass(frozen=True, slots=True)
class StageDraft:
    """One stage: its name and phase, the ids of its statements and of those of its report, whether code looks its variables up by name, and how it is run.

    `formats` says how values are stored, by variable: the others are pickled.
    """

    name: str
    phase: Phase
    statements: tuple[str, ...]
    report: tuple[str, ...] = ()
    title: str = ""
    by_name: bool = False
    operations: Operations = field(default_factory=Operations)
    formats: tuple[tuple[str, Format], ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """All stages, what is shared, what is left out, the parameters, the telling names of values (stage and variable → name), and when and in what it runs."""

    stages: tuple[StageDraft, ...]
    imports: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    port_names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    schedule: str = ""
    image: str = ""


def draft_of(plan: Plan) -> Draft:
    """Return what a plan says of the places of statements; what stages need from each other, and the names of it, follow anew."""
    shared = plan.shared
    return Draft(
        stages=tuple(
            StageDraft(
                name=stage.name,
                phase=stage.phase,
                statements=stage.statements,
                report=stage.report,
                title=stage.title,
                by_name=stage.by_name,
                operations=stage.operations,
                formats=stage.formats,
            )
            for stage in plan.stages
        ),
        imports=shared.imports,
        functions=shared.functions,
        classes=shared.classes,
        constants=shared.constants,
        settings=shared.settings,
        left_out=plan.left_out,
        parameters=plan.parameters,
        schedule=plan.schedule,
        image=plan.image,
    )


def filled(stages: Iterable[StageDraft]) -> tuple[StageDraft, ...]:
    """Drop empty stages; what is left of a stage that only shows something is its body."""
    whole = (stage if stage.statements else replace(stage, statements=stage.report, report=()) for stage in stages)
    return tuple(stage for stage in whole if stage.statements)
