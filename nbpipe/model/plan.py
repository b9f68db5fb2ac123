"""The plan: which statement goes where. People edit it as `plan.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, get_args

from nbpipe.model.finding import Finding, Span
from nbpipe.model.flow import Phase

Literals = str | int | float | bool | None
Format = Literal["pickle", "parquet", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True, slots=True)
class Port:
    """A value that travels from one stage to others.

    `name` is the value's telling name, unique in the pipeline (`cleaned_df`); `variable` is what notebook and stage code call it (`df`).
    Ports with the same `artefact` share objects and travel in one file, so that they still share them afterwards.
    `point` is the id of the statement after which the notebook's variable has the port's value.
    """

    name: str
    variable: str
    stage: str
    point: str
    type: str = "Any"
    format: Format = "pickle"
    artefact: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A literal that people tune.

    `stages` are the stages whose functions take it, `spans` where the literal stands in the notebook.
    """

    name: str
    default: Literals
    stages: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    origin: str = ""  # the statement's id


@dataclass(frozen=True, slots=True)
class Operations:
    """How a stage is to be run: zero leaves it to the engine.

    `retries` is how often it is tried again, `timeout` in seconds, for each try; `cpu` are cores, `memory` is in MiB, `gpu` how many devices.
    """

    retries: int = 0
    timeout: int = 0
    cpu: float = 0
    memory: int = 0
    gpu: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: a function with named inputs, outputs and parameters, and the report beside it.

    `statements` make the function, `report` the report function (it runs after the stage, on `report_inputs`). `repeated` are cheap
    statements of earlier cells that are executed again at its start, instead of passing their values. `inputs` and `report_inputs` name ports of
    earlier stages (or of this one, for the report). `by_name` says that its variables are globals of its module, because code looks them up by name.
    """

    name: str
    phase: Phase
    title: str = ""
    statements: tuple[str, ...] = ()
    report: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    report_repeated: tuple[str, ...] = ()
    inputs: tuple[Port, ...] = ()
    report_inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    parameters: tuple[str, ...] = ()
    report_parameters: tuple[str, ...] = ()
    random: bool = False  # it draws from (or seeds) the global random stream, which is carried from stage to stage
    by_name: bool = False
    operations: Operations = Operations()

    @property
    def formats(self) -> tuple[tuple[str, Format], ...]:
        """How its values are stored, by variable, where they are not pickled."""
        return tuple((port.variable, port.format) for port in self.outputs if port.format != "pickle")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A statement, or only what it displays, that the pipeline does not have, on purpose."""

    statement: str
    reason: str
    output_only: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """Statements hoisted out of the stages into modules of their own."""

    imports: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


SHARED = tuple(field.name for field in fields(Shared))


@dataclass(frozen=True, slots=True)
class Added:
    """A stage of a ready-made component, named `stage`, behind the notebook's stage `after`. `inputs` are ports by argument."""

    component: str
    stage: str
    after: str
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every statement in exactly one place: a stage, its report, a shared module, a parameter, or left out.

    `stages` are the notebook's own; what people `added` to them comes in when the project is built (`planning.components.with_added`).
    `schedule` says in cron's five fields when it runs, `image` is the name of the container image in which it does; both may be empty.
    """

    notebook: str
    package: str
    stages: tuple[Stage, ...]
    parameters: tuple[Parameter, ...] = ()
    shared: Shared = Shared()
    left_out: tuple[LeftOut, ...] = ()
    added: tuple[Added, ...] = ()
    findings: tuple[Finding, ...] = ()
    schedule: str = ""
    image: str = ""
