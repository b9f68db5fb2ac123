"""Take out of a text what differs from run to run although nothing else does: addresses, process ids, paths, times, progress bars."""

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_BAR = re.compile(r"\d+%\|.*\|.*\[.*\]|\d+(?:it)? \[\d\d:\d\d.*\]|^\s*\[?(?:[#=>.█▏▎▍▌▋▊▉ -]{10,})\]?\s*\d+%")
_WARNING = re.compile(r"^\S[^\n]*?:\d+: (\w*(?:Warning|Error)): ?")
_WAIT = r"\d+(?:[.:]\d+)*(?:e-?\d+)?"
_UNIT = r"(?:ns|µs|μs|us|ms|msec|s|secs?|seconds?|min|mins|minutes?|h|hours?)"

# A text that stands in everything that the rule is about, the rule, and what takes its place: looking for the text first keeps megabytes of HTML quick.
_RULES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("ipykernel_", re.compile(r"(?:/[^\s:'\"<>]{0,200})?/ipykernel_\d+/\d+\.py"), "<code>"),
    ("<ipython-input-", re.compile(r"<ipython-input-\d+-\w+>"), "<code>"),
    ("<timed ", re.compile(r"<timed (?:exec|eval)>"), "<code>"),
    ("0x", re.compile(r"\b0x[0-9a-fA-F]{6,}"), "<address>"),
    ("", re.compile(r"\b([Pp][Ii][Dd]|[Pp]rocess)([ =:]+)\d+"), r"\1\2<pid>"),
    ("<Figure size", re.compile(r"<Figure size [\d.]+x[\d.]+ with"), "<Figure with"),  # the picture itself is compared
    ("-", re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "<uuid>"),
    (" time", re.compile(r"(?m)^(?:CPU times|Wall time): .*\n?"), ""),
    ("", re.compile(rf"\b{_WAIT} ?{_UNIT}\b(?: ±)?(?=[^\w]|$)"), "<time>"),
    ("each)", re.compile(r"\b\d+ loops? each|\b\d+ runs?, "), "<loops>"),
)
_HTML_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-f]{32}\b"), "<id>"),
    (re.compile(r"\bT_[0-9a-f]{5,}"), "T_<id>"),
    (re.compile(r"\bsk-([a-z-]*?)-?id-\d+"), r"sk-\1-<id>"),
    (re.compile(r"(?<=altair-viz-)[0-9a-f]+"), "<id>"),
)
_INSIDE = re.compile(r"\b\w+\.<locals>\.")  # what a class is called that stays in its stage
_EMBEDDED = re.compile(r"base64,[A-Za-z0-9+/=]{200,}")
_SVG_IDS = re.compile(r"(?:(?<=id=\")|(?<=url\(#)|(?<=href=\"#))([A-Za-z]*[0-9a-f]{9,})(?=[\")])")
_SVG_DATE = re.compile(r"<dc:date>.*?</dc:date>")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\b")
_DAY = 24 * 3600
_DAYS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y%m%d",
    "%a, %d %b %Y",
    "%a %b %d",
    "%d %b %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%a, %b %d, %Y",
)


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Scrubs the texts of one execution.

    `roots` are folders of this run, which become `<folder>`; `package` is the generated package, whose modules hold what a notebook has in `__main__`;
    `periods` are the times, in seconds since the epoch, at which the executions that are compared took place: a time of the day or a date within one is
    the clock's.
    """

    roots: Sequence[str] = ()
    package: str = ""
    periods: tuple[tuple[float, float], ...] = ()

    def text(self, text: str) -> str:
        """Scrub a plain text."""
        text = "\n".join(line for line in map(_last_state, _ANSI.sub("", text).split("\n")) if not _BAR.search(line))
        for root in self.roots:
            text = text.replace(root, "<folder>")
        if self.package:
            text = re.sub(rf"<folder>[^\s:'\"<>]*/{self.package}/[\w/]+\.py", "<code>", text)
            text = re.sub(rf"\b(?:__main__|{self.package}(?:\.\w+)*)\.(?=\w)", "", text)
            text = _INSIDE.sub("", text)
        for sign, pattern, replacement in _RULES:
            if sign in text:
                text = pattern.sub(replacement, text)
        return self._without_clock(text)

    def stream(self, text: str) -> str:
        """Scrub what was written to standard error: also the places in warnings, and the lines of code below them."""
        kept = []
        in_warning = False
        for line in self.text(text).split("\n"):
            plain = _WARNING.sub(r"\1: ", line)
            in_warning = in_warning or plain != line
            if in_warning and re.match(r"  \S", line):
                in_warning = False
            else:
                kept.append(plain)
        return "\n".join(kept)

    def html(self, text: str) -> str:
        """Scrub HTML; what is embedded in it (pictures) need only be the same."""
        text = self.text(_EMBEDDED.sub(lambda found: f"base64 {zlib.crc32(found.group().encode())}", text))
        for pattern, replacement in _HTML_RULES:
            text = pattern.sub(replacement, text)
        return text

    def svg(self, text: str) -> str:
        """Scrub a drawing: its made-up ids become numbers, in the order of their appearance."""
        numbers: dict[str, str] = {}

        def number(found: re.Match[str]) -> str:
            return numbers.setdefault(found.group(1), f"id{len(numbers)}")

        return _SVG_DATE.sub("", _SVG_IDS.sub(number, text))

    def _without_clock(self, text: str) -> str:
        for day in _days(self.periods):
            text = text.replace(day, "<date>")
        return _CLOCK.sub(_hide(self.periods), text) if self.periods else text


@cache
def _days(periods: tuple[tuple[float, float], ...]) -> frozenset[str]:
    """The days of the periods, in the forms in which they are usually written."""
    moments = [datetime.fromtimestamp(moment, UTC) for period in periods for moment in period]
    return frozenset(f"{moment:{form}}" for moment in moments for form in _DAYS)


def _hide(periods: Sequence[tuple[float, float]]) -> Callable[[re.Match[str]], str]:
    """Replace a time of the day that lies within one of the periods, to a second (or a minute, where it has no seconds)."""

    def hidden(found: re.Match[str]) -> str:
        hours, minutes, seconds = (int(part) if part else None for part in found.groups())
        time = (hours or 0) * 3600 + (minutes or 0) * 60 + (seconds or 0)
        slack = 1 if seconds is not None else 60
        for began, ended in periods:
            if (time - int(began) % _DAY + slack) % _DAY <= ended - began + slack + 1:
                return "<time>"
        return found.group()

    return hidden


def _last_state(line: str) -> str:
    """What is left of a line that was written over: after a carriage return, or backspaces."""
    states = [state for state in re.split(r"\r|\x08+", line) if state]
    return states[-1] if states else ""
