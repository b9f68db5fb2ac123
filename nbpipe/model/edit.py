"""What people change about a proposed plan, in a form that stays true while the notebook is being edited.

Stages are named by a statement that they hold, and cells by their ids: names and numbers change as one types, these do not.
"""

from dataclasses import dataclass
from enum import StrEnum


class EditKind(StrEnum):
    """What an edit does."""

    NAME = "name"  # the stage that holds the place gets a name
    MOVE = "move"  # the place goes to the stage that holds the other place
    SPLIT = "split"  # the place and what follows it in its stage become a stage of their own
    MERGE = "merge"  # the stage that holds the place and the one that holds the other become one
    LEAVE_OUT = "leave out"  # the pipeline does not have the place
    NAME_PARAMETER = "name parameter"  # the parameter gets another name
    DROP_PARAMETER = "drop parameter"  # its literal stays in the code
    ADD_PARAMETER = "add parameter"  # the literals of this text in the place become a parameter


@dataclass(frozen=True, slots=True)
class Place:
    """A cell, by its id; or one statement of it, counted from 1."""

    cell: str
    statement: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: where, which other stage it is about, the new name, and which parameter or literal (as the code writes it) gets it."""

    kind: EditKind
    place: Place
    other: Place | None = None
    name: str = ""
    parameter: str = ""
    literal: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An edit, by its index, that cannot be obeyed, and why. `passing` says that the notebook has nothing to apply it to just now."""

    edit: int
    reasons: tuple[str, ...]
    passing: bool = False
