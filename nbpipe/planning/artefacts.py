"""The files in which values travel from stage to stage."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nbpipe.model.plan import Format, Plan, Port, Stage
from nbpipe.planning.naming import unique

# What the templates of engines use by name; values and stages get other names there.
WORDS = frozenset(
    """
    Any call changes config context context_ dag dsl given goal input inputs local manager nodes np os parameters params pipeline re reports run run_id self
    show stages step task flow ti values workflow
    """.split()  # noqa: SIM905 - easier to read so
)
_SUFFIXES: Mapping[Format, str] = {"pickle": ".pkl", "parquet": ".parquet", "json": ".json"}


@dataclass(frozen=True, slots=True)
class Artefact:
    """What one file holds: a port's value, those of several that share objects, or, with no ports, the state of the random numbers.

    `name` is a name in Python, and no other artefact's, parameter's or stage's, and none that the templates use.
    """

    name: str
    file: str
    stage: str
    format: Format
    ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a stage needs from earlier stages, what it leaves to later ones, and what its report looks at. In the order of the package's `graph`.

    `mark` shows that the stage is done: the first of what it makes, or, where it makes nothing, a file that only engines write.
    """

    takes: tuple[Artefact, ...]
    makes: tuple[Artefact, ...]
    report_takes: tuple[Artefact, ...]
    mark: Artefact


def traffic(plan: Plan) -> Mapping[str, Traffic]:
    """The artefacts that each stage takes and makes."""
    grouped: dict[str, list[Port]] = {}
    for port in (port for stage in plan.stages for port in stage.outputs):
        grouped.setdefault(port.artefact or port.name, []).append(port)
    taken = {*WORDS, *(parameter.name for parameter in plan.parameters), *(stage.name for stage in plan.stages)}
    holder: dict[str, Artefact] = {}
    for file, ports in grouped.items():
        artefact = _artefact(file, ports, unique(file, taken | (grouped.keys() - {file})))
        holder |= {port.name: artefact for port in ports}
    taken |= {artefact.name for artefact in holder.values()}
    found = {}
    before: tuple[Artefact, ...] = ()
    for stage in plan.stages:
        state = (_random_state(stage, taken),) if stage.random else ()
        makes = (*_held(stage.outputs, holder), *state)
        found[stage.name] = Traffic(
            takes=(*_held(stage.inputs, holder), *(before if stage.random else ())),
            makes=makes,
            report_takes=_held(stage.report_inputs, holder),
            mark=makes[0] if makes else Artefact(unique(f"{stage.name}_done", taken), f"done.{stage.name}.json", stage.name, "json"),
        )
        before = state or before
    return found


def _artefact(stem: str, ports: list[Port], name: str) -> Artefact:
    form = ports[0].format if len(ports) == 1 else "pickle"
    return Artefact(name, stem + _SUFFIXES[form], ports[0].stage, form, tuple(port.name for port in ports))


def _random_state(stage: Stage, taken: set[str]) -> Artefact:
    name = unique(f"random_state_after_{stage.name}", taken)
    return Artefact(name, f"random_state.{stage.name}.pkl", stage.name, "pickle")


def _held(ports: Iterable[Port], holder: Mapping[str, Artefact]) -> tuple[Artefact, ...]:
    return tuple(dict.fromkeys(holder[port.name] for port in ports))
