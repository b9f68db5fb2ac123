"""A notebook as it was read: cells, and their code as plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nbpipe.model.finding import Finding

CellKind = Literal["code", "markdown", "raw"]
Output = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    `index` counts all cells from 0. `python` is the code as plain Python with exactly as many lines as `source`: magics and shell
    lines are translated or blanked (see `nbpipe.notebook.magics`), so that a position in one is a position in the other; it is
    empty where the cell has no Python or does not parse (a finding says so). `imports` are the import statements
    that the translation needs (`import subprocess`). `hides_value` is true where the last expression must not be shown
    although it is an expression (a trailing `;`, or a translated magic that shows nothing).
    """

    index: int
    id: str
    kind: CellKind
    source: str
    python: str = ""
    tags: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()
    execution_count: int | None = None
    imports: tuple[str, ...] = ()
    hides_value: bool = False

    @property
    def number(self) -> int:
        """The cell's number as people count: from 1, over all cells."""
        return self.index + 1


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook: where it lies, its cells, the kernel it names, and what reading it found.

    `form` is the file's own form: `ipynb`, `percent`, `markdown` or `databricks`. `requirements` are the distributions that its cells
    install (`%pip install x`), `modules` the sources of the modules beside it that they import, by name.
    """

    path: str
    cells: tuple[Cell, ...]
    kernel: str | None = None
    form: Literal["ipynb", "percent", "markdown", "databricks"] = "ipynb"
    requirements: tuple[str, ...] = ()
    modules: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        """The cells that hold code, in order."""
        return tuple(cell for cell in self.cells if cell.kind == "code")
