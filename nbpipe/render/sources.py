"""The Python modules made of a plan, before a project is built around them."""

from collections.abc import Mapping
from dataclasses import dataclass

from nbpipe.model.finding import Finding
from nbpipe.model.project import Origin

SYNCHRONOUS = "synchronous"  # the decorator of functions that await, in the template `waiting.py`
SAME_RANDOM_NUMBERS = "same_random_numbers"  # within it random numbers are not drawn or seeded, in the template `randomness.py`


@dataclass(frozen=True, slots=True)
class Sources:
    """The modules that hold the notebook's own code.

    `modules` are complete texts by their path in the package (`stages/clean.py`, `functions.py`). `provenance` names files relative to the
    project, and lines as they are in `modules`. `requirements` are the top-level names of what they import (`sklearn`).
    An import that is there for its effect ends in `# noqa: F401`; any other unused one is removed when the modules are polished.
    """

    modules: Mapping[str, str]
    provenance: tuple[Origin, ...] = ()
    requirements: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
