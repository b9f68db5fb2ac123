"""What an update did to a project, and how far notebook, plan and project have drifted apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from nbpipe.render.merge import Fate
from nbpipe.report.text import plain

_STYLES = {Fate.CONFLICT: "bold red", Fate.LEFT_OVER: "yellow", Fate.STAYS_DELETED: "yellow", Fate.MERGED: "cyan", Fate.KEPT: "cyan"}
_ADVICE = {
    Fate.CONFLICT: "look for <<<<<<< in it; where there is none, your file stays, or stays away, as it is",
    Fate.LEFT_OVER: "the notebook no longer leads to this file: move your edits, and delete it",
    Fate.RENAMED: "with your edits, as its stage was",
}


@dataclass(frozen=True, slots=True)
class Drift:
    """How far notebook, plan and project have drifted apart since the conversion."""

    notebook: bool
    plan: bool
    edited: tuple[str, ...]

    @property
    def word(self) -> str:
        """The state in a word: whether the project is what the notebook and the plan ask for."""
        return "stale" if self.notebook or self.plan else "edited" if self.edited else "current"


def update_report(fates: Mapping[str, Fate], plan: Sequence[str] = ()) -> RenderableType:
    """The files that are not as they were, those that need a person first; then what there is to say about the plan."""
    order = [Fate.CONFLICT, Fate.LEFT_OVER, Fate.STAYS_DELETED, Fate.MERGED, Fate.KEPT, Fate.UPDATED, Fate.NEW, Fate.RENAMED, Fate.REMOVED]
    rows = sorted(fates.items(), key=lambda row: (order.index(row[1]), row[0]))
    lines = [Text.assemble(plain(fate.value, _STYLES.get(fate, "")), ": ", plain(path), _advice(fate)) for path, fate in rows]
    lines += [Text.assemble(plain("plan", "bold"), ": ", plain(sentence)) for sentence in plan]
    return Group(*lines) if lines else plain("nothing to update")


def _advice(fate: Fate) -> Text:
    return plain(f" ({_ADVICE[fate]})" if fate in _ADVICE else "", "dim")


def drift_report(drift: Drift) -> RenderableType:
    """The word, and what it comes from."""
    parts: Sequence[str] = [
        f"the notebook has {'' if drift.notebook else 'not '}changed",
        f"the plan was {'' if drift.plan else 'not '}edited",
        f"{len(drift.edited)} other files of the project were edited{': ' if drift.edited else ''}{', '.join(drift.edited[:5])}",
    ]
    return Text.assemble(plain(drift.word, "bold"), ": ", plain("; ".join(parts)))
