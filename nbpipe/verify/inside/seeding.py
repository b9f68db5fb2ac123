"""Start the global random streams alike in notebook and pipeline, so that even what is not seeded repeats."""

from __future__ import annotations

import importlib.util
import random
import sys
from typing import Any

SEED = 0


class _SeedAfterImport:
    """An import hook that seeds `numpy.random` as soon as somebody imports it: importing it ourselves would slow down every notebook."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Find `numpy.random` as everybody would, but seed it after its code ran."""
        if name != "numpy.random":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def execute_and_seed(module: Any) -> None:
            execute(module)
            module.seed(SEED)

        spec.loader.exec_module = execute_and_seed
        return spec


def install() -> None:
    """Seed `random` now, and `numpy.random` when it is imported."""
    random.seed(SEED)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(SEED)
    else:
        sys.meta_path.insert(0, _SeedAfterImport())
