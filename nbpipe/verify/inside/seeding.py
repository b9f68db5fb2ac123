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
            _seed_numpy(module)

        spec.loader.exec_module = execute_and_seed
        return spec


def install() -> None:
    """Seed `random` now, and `numpy.random` when it is imported."""
    random.seed(SEED)
    if "numpy.random" in sys.modules:
        _seed_numpy(sys.modules["numpy.random"])
    else:
        sys.meta_path.insert(0, _SeedAfterImport())


def _seed_numpy(module: Any) -> None:
    """Seed the global stream, and every generator that is made without a seed (seaborn makes one for each of its confidence intervals).

    These all start alike: a pipeline need not make them in the notebook's order, nor in one process.
    """
    module.seed(SEED)
    if hasattr(module, "bit_generator"):  # numpy 1.17, and from 1.19 on
        module.bit_generator.randbits = _no_entropy


def _no_entropy(bits: int) -> int:
    """Instead of random bits from the operating system."""
    return (1 << bits) // 3
