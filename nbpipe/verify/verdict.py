"""The outcome of one comparison, and how several become one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from nbpipe.model.verification import Status, TableDifference

_BADNESS = (Status.SAME, Status.CLOSE, Status.LEFT_OUT, Status.NOISY, Status.SKIPPED, Status.MISSING, Status.DIFFERENT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status, the sentence that explains it, and what shows it.

    `pictures` are what was expected, what was found, and the difference, as PNG; `lines` and `tables` are those of `Check`.
    """

    status: Status
    detail: str = ""
    pictures: tuple[bytes, ...] = ()
    lines: tuple[str, ...] = ()
    tables: tuple[TableDifference, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether nothing is wrong."""
        return self.status not in (Status.MISSING, Status.DIFFERENT)


SAME = Verdict(Status.SAME)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts, the first of equally bad ones; same where there are none."""
    return max(verdicts, key=lambda verdict: _BADNESS.index(verdict.status), default=SAME)


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts, with all that shows what differs in any of them."""
    verdicts = tuple(verdicts)
    wrong = [verdict for verdict in verdicts if not verdict.fine]
    return replace(
        worst(verdicts),
        pictures=tuple(chain.from_iterable(verdict.pictures for verdict in wrong)),
        lines=tuple(chain.from_iterable(verdict.lines for verdict in wrong)),
        tables=tuple(chain.from_iterable(verdict.tables for verdict in wrong)),
    )
