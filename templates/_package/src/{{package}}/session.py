"""Settings of the session that a stage or report changes end with it, as if each ran in a process of its own."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

Restore = Callable[[], None]


class Session:
    """What the settings were; libraries are looked at once they are imported."""

    def __init__(self) -> None:
        self._undo: dict[str, Restore] = {}
        self._home, self._modules = Path.cwd(), frozenset(sys.modules)
        filters, environment, path = list(warnings.filters), dict(os.environ), list(sys.path)
        self._undo["session"] = lambda: _restore_python(filters, environment, path)

    def remember(self) -> None:
        """Remember the settings of libraries that have been imported since the last time, and the modules there are."""
        self._home, self._modules = Path.cwd(), frozenset(sys.modules)
        for name, snapshot in _LIBRARIES.items():
            if name in sys.modules and name not in self._undo:
                self._undo[name] = snapshot(sys.modules[name])

    def restore(self) -> None:
        """Bring everything back to what it was."""
        for undo in self._undo.values():
            undo()
        for name in sys.modules.keys() - self._modules:  # what importing the notebook's own modules changed, it is to change again
            if self._home in Path(getattr(sys.modules[name], "__file__", None) or "/").parents:
                del sys.modules[name]


@contextmanager
def session() -> Iterator[Session]:
    """Give a session that is restored at its end."""
    _show_deprecations()
    current = Session()
    try:
        yield current
    finally:
        current.restore()


def _show_deprecations() -> None:
    """Show the deprecation warnings of this package's code, as a notebook shows those of its cells; Python's own default is to hide them."""
    own = re.compile(rf"{re.escape(str(__package__))}\.")
    known = any(category is DeprecationWarning and module == own for _, _, category, module, _ in warnings.filters)
    if not known:  # adding one makes Python repeat warnings that it has shown
        warnings.filterwarnings("default", category=DeprecationWarning, module=own.pattern)


def _restore_python(filters: list[Any], environment: dict[str, str], path: list[str]) -> None:
    if list(warnings.filters) != filters:  # touching them makes Python repeat warnings that it has shown
        warnings.filters[:] = filters  # type: ignore[index]
    if dict(os.environ) != environment:
        os.environ.clear()
        os.environ.update(environment)
    sys.path[:] = path


def _matplotlib(matplotlib: Any) -> Restore:
    saved = {key: value for key, value in matplotlib.rcParams.items() if key not in ("backend", "interactive", "toolbar")}
    if Path("matplotlibrc").is_file():  # it counts where it lies in the current folder, but only at matplotlib's first import
        matplotlib.rc_file("matplotlibrc")

    def undo() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            changed = {key: value for key, value in saved.items() if matplotlib.rcParams[key] != value}
            matplotlib.rcParams.update(changed)

    return undo


def _pandas(pandas: Any) -> Restore:
    saved = {}
    for name in dir(pandas.options.display):
        with suppress(KeyError):  # a group of options, not one
            saved[f"display.{name}"] = pandas.get_option(f"display.{name}")

    def undo() -> None:
        for name, value in saved.items():
            if pandas.get_option(name) != value:
                pandas.set_option(name, value)

    return undo


def _numpy(numpy: Any) -> Restore:
    saved = numpy.get_printoptions()
    return lambda: numpy.set_printoptions(**saved)


_LIBRARIES: dict[str, Callable[[Any], Restore]] = {"matplotlib": _matplotlib, "pandas": _pandas, "numpy": _numpy}
