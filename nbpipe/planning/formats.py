"""How values are stored, as `plan.toml` says it, where they are not pickled."""

from collections.abc import Iterator, Mapping

from nbpipe.errors import PlanError
from nbpipe.model.plan import FORMATS, Format, Plan, Port
from nbpipe.planning.draft import Draft

_FRAME = "pandas.DataFrame"


def read_formats(table: Mapping[str, object], where: str) -> tuple[tuple[str, Format], ...]:
    """How a stage's values are stored, by variable. Raises PlanError."""
    found: dict[str, Format] = {}
    for variable, word in table.items():
        known = next((form for form in FORMATS if form == word), None)
        if known is None:
            raise PlanError(f"{where}: the format of `{variable}` is {word!r}, but must be one of {', '.join(FORMATS)}.")
        found[variable] = known
    return tuple(found.items())


def misplaced_formats(draft: Draft, plan: Plan) -> list[str]:
    """Say which formats that a draft asks for the plan's values cannot have."""
    ports = {stage.name: {port.variable: port for port in stage.outputs} for stage in plan.stages}
    return [
        message
        for stage in draft.stages
        for variable, form in stage.formats
        for message in _misplaced(variable, form, stage.name, ports[stage.name])
    ]


def _misplaced(variable: str, form: Format, stage: str, ports: Mapping[str, Port]) -> Iterator[str]:
    port = ports.get(variable)
    if port is None:
        yield f"stage `{stage}` has a format for `{variable}`, which it does not give to others"
        return
    together = [f"`{other.variable}`" for other in ports.values() if other.artefact == port.artefact and other is not port]
    if together and form != "pickle":
        yield f"`{variable}` of stage `{stage}` shares objects with {', '.join(together)}: only pickle keeps that"
    if form == "parquet" and port.type not in (_FRAME, "Any"):
        yield f"`{variable}` of stage `{stage}` is a {port.type}, and Parquet has only frames"
