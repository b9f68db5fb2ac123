"""The labelling functions: each looks at a row, and gives the place in CLASSES of the label that it has, or ABSTAIN. They are yours to write:

    from snorkel.labeling import labeling_function

    CLASSES = ["large", "small"]

    @labeling_function()
    def many_rooms(row):
        return CLASSES.index("large") if row["rooms"] > 5 else ABSTAIN
"""

from __future__ import annotations

from typing import Any

ABSTAIN = -1
CLASSES: list[Any] = []  # the labels, as they are in the data
