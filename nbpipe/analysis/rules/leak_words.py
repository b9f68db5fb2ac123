"""How leaks are told: the way that the data took."""

from collections.abc import Sequence

from nbpipe.model.flow import Operation

_SHOWN = 5
_OWN = {
    "store": "put into a table or object",
    "[rows]": "some rows",
    "[columns]": "some columns",
    "operator": "computed with",
    "container": "put together",
    "item": "taken out",
}


def told(operation: Operation) -> str:
    """Return what an operation is called, and where it stands."""
    name = operation.name.rpartition(".")[2]
    return f"{_OWN.get(operation.name, f'`{name}`')} ({operation.span})"


def way(operations: Sequence[Operation]) -> str:
    """Return the steps of the way, one for each place; of a long way the beginning and the end."""
    steps = [
        operation
        for position, operation in enumerate(operations)
        if not position or operation.span.cell != operations[position - 1].span.cell
    ]
    texts = [told(operation) for operation in steps]
    if len(texts) > _SHOWN:
        texts = [*texts[:2], "...", *texts[-2:]]
    return " -> ".join(texts)
