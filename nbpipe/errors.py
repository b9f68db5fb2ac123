"""Errors for bad input: each says what is wrong, where, and what to do.

What nbpipe cannot express is never an exception but a `Finding`. Any other exception that leaves nbpipe is a bug in it.
"""


class NbpipeError(Exception):
    """A sentence for the person who called nbpipe: what, where, what to do."""

    exit_code = 2


class NotebookError(NbpipeError):
    """The file is not a notebook that nbpipe can read."""


class PlanError(NbpipeError):
    """The plan asks for something that a dependence, or its own form, forbids."""


class WriteError(NbpipeError):
    """The output folder cannot be written; nothing was changed."""


class VerifyError(NbpipeError):
    """The notebook or the project cannot be executed at all (no kernel, no interpreter, no project)."""
