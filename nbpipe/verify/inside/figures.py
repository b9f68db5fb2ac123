"""Remember which statement made a matplotlib figure: Jupyter shows it only when the cell ends."""

from __future__ import annotations

import sys
import weakref
from typing import Any


class Origins:
    """Attributes the figures that are open to the statements after which they appeared."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, str]] = {}  # the figure's number -> its manager and the statement
        self._shown: list[str] = []  # the statements of the figures that are shown at the end of this cell

    def made_by(self, statement: str) -> None:
        """Whatever figure is new was made by the statement that has just been executed."""
        for number, manager in _open_figures():
            known = self._made.get(number)
            if known is None or known[0]() is not manager:
                self._made[number] = (weakref.ref(manager), statement)

    def at_end(self) -> None:
        """The cell has ended: its open figures are shown next, in the order of their making."""
        self._shown = [self._made[number][1] for number, _ in _open_figures()]

    def forget_end(self) -> None:
        """A new cell begins."""
        self._shown = []

    def next_shown(self) -> str:
        """The statement of the figure that is shown now, or nothing where the cell has not ended."""
        return self._shown.pop(0) if self._shown else ""


def _open_figures() -> list[tuple[int, Any]]:
    pylab = sys.modules.get("matplotlib._pylab_helpers")
    return list(pylab.Gcf.figs.items()) if pylab else []
