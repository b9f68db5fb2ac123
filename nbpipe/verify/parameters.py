"""Other values for a notebook's parameters, in notebook and pipeline alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from nbpipe.model.plan import Parameter
from nbpipe.verify.baseline import Edit

Number = int | float
_SEEDS = ("seed", "random_state")


def changes(parameters: Iterable[Parameter]) -> dict[str, Number]:
    """A slightly different value for each numeric parameter that stands in the notebook."""
    return {
        parameter.name: _stepped(parameter.default)
        for parameter in parameters
        if isinstance(parameter.default, int | float) and not isinstance(parameter.default, bool) and parameter.spans
    }


def edits(parameters: Iterable[Parameter], values: Mapping[str, Number]) -> list[Edit]:
    """The replacements in the notebook that give parameters these values."""
    return [Edit(span, repr(values[parameter.name])) for parameter in parameters if parameter.name in values for span in parameter.spans]


def fewer(parameters: Sequence[Parameter], values: Mapping[str, Number], failed: int) -> Iterator[dict[str, Number]]:
    """Smaller and smaller sets of changes, to be tried when the notebook fails with these at the cell with index `failed`."""
    cells = {parameter.name: {span.cell for span in parameter.spans} for parameter in parameters}
    yield {name: value for name, value in values.items() if failed not in cells[name]}
    yield {name: value for name, value in values.items() if min(cells[name]) > failed or name.endswith(_SEEDS)}
    yield {name: value for name, value in values.items() if name.endswith(_SEEDS)}


def _stepped(value: Number) -> Number:
    """A small step that stays in the range from 0 to 1 where the value is in it."""
    if isinstance(value, int):
        return value + 1
    step = value * 1.1 or 0.1
    return value * 0.9 if 0 < value < 1 <= step else step
