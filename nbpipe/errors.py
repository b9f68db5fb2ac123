"""Errors for bad input: each says what is wrong, where, and what to do.

What nbpipe cannot express is never an exception but a `Finding`. Any other exception that leaves nbpipe is a bug in it.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended; of several notebooks, the greatest counts."""

    FINE = 0
    DIFFERS = 1
    BAD_INPUT = 2
    BUG = 3
    INTERRUPTED = 130


class NbpipeError(Exception):
    """A sentence for the person who called nbpipe: what, where, what to do."""


class NotebookError(NbpipeError):
    """The file is not a notebook that nbpipe can read."""


class PlanError(NbpipeError):
    """The plan asks for something that a dependence, or its own form, forbids."""


class WriteError(NbpipeError):
    """The output folder cannot be written; nothing was changed."""


class VerifyError(NbpipeError):
    """The notebook or the project cannot be executed at all (no kernel, no interpreter, no project)."""
