"""The random numbers of `random` and `numpy.random`: each random stage goes on where the one before it stopped."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from .storage import ARTIFACTS, replacing


def state_file(stage: str) -> str:
    """The file that keeps the state in which a random stage left the generators."""
    return f"random_state.{stage}.pkl"


def seed(number: int) -> None:
    """Start both generators afresh."""
    random.seed(number)
    if numpy_random := _numpy_random():
        numpy_random.seed(number)


def state() -> Any:
    """The state in which both generators are."""
    numpy_random = _numpy_random()
    return random.getstate(), numpy_random and numpy_random.get_state()


def go_on(state: Any) -> None:
    """Put both generators into a state."""
    python_state, numpy_state = state
    random.setstate(python_state)
    if numpy_state and (numpy_random := _numpy_random()):
        numpy_random.set_state(numpy_state)


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """Leave both generators as they are: a module that seeds them when it is imported is imported once more within."""
    before = state()
    try:
        yield
    finally:
        go_on(before)


def keep(stage: str, folder: Path) -> None:
    """Store the generators' state as this stage leaves it."""
    with replacing(folder / ARTIFACTS / state_file(stage)) as path:
        path.write_bytes(pickle.dumps(state()))


def go_on_from(stage: str, folder: Path) -> None:
    """Put the generators into the state in which this stage left them."""
    path = folder / ARTIFACTS / state_file(stage)
    if not path.is_file():
        raise FileNotFoundError(f"the random numbers' state is missing ({path}): run stage {stage!r} first")
    go_on(pickle.loads(path.read_bytes()))


def _numpy_random() -> Any:
    try:
        return import_module("numpy.random")
    except ImportError:
        return None
