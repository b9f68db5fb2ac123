"""The outcome of one comparison, and how several become one."""

from collections.abc import Iterable
from dataclasses import dataclass

from nbpipe.model.verification import Status

_BADNESS = (Status.SAME, Status.CLOSE, Status.LEFT_OUT, Status.NOISY, Status.SKIPPED, Status.MISSING, Status.DIFFERENT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status, the sentence that explains it, and pictures: what was expected, what was found, and the difference, as PNG."""

    status: Status
    detail: str = ""
    pictures: tuple[bytes, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether nothing is wrong."""
        return self.status not in (Status.MISSING, Status.DIFFERENT)


SAME = Verdict(Status.SAME)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts, the first of equally bad ones; same where there are none."""
    return max(verdicts, key=lambda verdict: _BADNESS.index(verdict.status), default=SAME)
