"""What cells showed, item by item, with the statement that showed it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from nbpipe.model.notebook import Output
from nbpipe.verify.execution import Execution
from nbpipe.verify.provenance import Provenance

_MARK = re.compile("\x1e([^\x1f]*)\x1f")  # as inside/marks.py writes it
_KEY = "nbpipe"
_END = "@end"  # as inside/statements.py writes it
_LIVE = "application/vnd.jupyter.widget-view+json"  # a widget lives only in its kernel; its text form is compared

Kind = Literal["stdout", "stderr", "display", "error"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was shown: a piece of a stream, or a bundle of MIME types.

    `statement` is the one that showed it, empty where that is not known. A figure that is shown at the end of its cell (`late`) has the statement that made it.
    """

    kind: Kind
    data: Mapping[str, Any]
    statement: str = ""
    late: bool = False

    @property
    def text(self) -> str:
        """The text of a stream's piece."""
        return str(self.data.get("text", ""))


def of_notebook(execution: Execution) -> dict[int, tuple[Item, ...]]:
    """The items of each cell of an executed notebook."""
    found = {}
    for cell, outputs in enumerate(execution.outputs):
        items = read_items(outputs)
        if items:
            found[cell] = merged(items)
    return found


def of_pipeline(execution: Execution, provenance: Provenance) -> dict[int, tuple[Item, ...]]:
    """The items of an executed driver notebook, each at the cell of the notebook that its code came from."""
    found: dict[int, list[Item]] = {}
    for outputs in execution.outputs:
        for item in read_items(outputs):
            origin = provenance.origin(item.statement) if item.statement else None
            if origin:  # else the driver notebook or the runner itself showed it
                found.setdefault(origin.cell, []).append(replace(item, statement=origin.statement))
    return {cell: merged(items) for cell, items in found.items()}


def read_items(outputs: Iterable[Output]) -> Sequence[Item]:
    """The items in a cell's outputs; streams are cut where their marks say that another statement wrote on."""
    items: list[Item] = []
    last: dict[str, str] = {}  # the statement that wrote last to each stream
    for output in outputs:
        if output["output_type"] == "stream":
            name: Kind = "stderr" if output["name"] == "stderr" else "stdout"
            first, *rest = _MARK.split(_joined(output["text"]))
            pieces = [(last.get(name, ""), first), *zip(rest[::2], rest[1::2], strict=True)]
            last[name] = pieces[-1][0]
            items += [Item(name, {"text": text}, statement) for statement, text in pieces if text]
        elif output["output_type"] == "error":
            items.append(Item("error", {"error": f"{output['ename']}: {output['evalue']}"}))
        else:
            bundle = {kind: _joined(value) for kind, value in output["data"].items() if kind != _LIVE}
            statement = str(output.get("metadata", {}).get(_KEY, ""))
            items.append(Item("display", bundle, statement.removesuffix(_END), statement.endswith(_END)))
    return items


def merged(items: Iterable[Item], by: Callable[[Item], Any] = lambda item: item.statement) -> tuple[Item, ...]:
    """The items with neighbouring pieces of one stream put together; standard error, whose place among the others depends on chance, comes last."""
    result: list[Item] = []
    for item in sorted(items, key=lambda item: item.kind == "stderr"):
        if result and item.kind in ("stdout", "stderr") and result[-1].kind == item.kind and by(result[-1]) == by(item):
            result[-1] = replace(item, data={"text": result[-1].text + item.text})
        else:
            result.append(item)
    return tuple(result)


def _joined(value: Any) -> Any:
    """A text that the notebook format may keep as a list of lines."""
    return "".join(value) if isinstance(value, list) and all(isinstance(line, str) for line in value) else value
