"""How leaks are told: the way that the data took."""

from collections.abc import Sequence

from nbpipe.model.flow import Operation

_SHOWN = 5


def told(operation: Operation) -> str:
    """Return what an operation is called, and where it stands."""
    return f"`{operation.name.rpartition('.')[2] or operation.name}` ({operation.span})"


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
