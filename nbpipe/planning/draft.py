"""A draft of the plan: which statements go where. People and the planner both make one; `interfaces` turns it into a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbpipe.model.flow import Phase
from nbpipe.model.plan import LeftOut, Operations, Parameter


@dataclass(frozen=True, slots=True)
class StageDraft:
    """One stage: its name and phase, the ids of its statements and of those of its report, whether code looks its variables up by name, and how it is run."""

    name: str
    phase: Phase
    statements: tuple[str, ...]
    report: tuple[str, ...] = ()
    title: str = ""
    by_name: bool = False
    operations: Operations = field(default_factory=Operations)


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
