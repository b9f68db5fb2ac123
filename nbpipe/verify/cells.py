"""Compare what a cell of the notebook showed with what the pipeline shows for it."""

import base64
import binascii
import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from nbpipe.model.plan import LeftOut
from nbpipe.model.verification import Status
from nbpipe.verify.grids import grids_in, table_differences
from nbpipe.verify.images import compare_images
from nbpipe.verify.options import VerifyOptions
from nbpipe.verify.outputs import Item, merged
from nbpipe.verify.scrub import Scrubber
from nbpipe.verify.statements import order_of
from nbpipe.verify.text import compare_texts
from nbpipe.verify.verdict import SAME, Verdict, together

_SVG = "image/svg+xml"
_MIME_ORDER = ("text/plain", "text/html")  # the first difference is told: where plain text shows it, that reads best
_SHOWN = 50

_View = Callable[[Sequence[Item]], Sequence[Item]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How cells are compared: the tolerances, and what to scrub from the texts of each of the three executions."""

    options: VerifyOptions
    expected: Scrubber
    again: Scrubber
    found: Scrubber
    pictures: bool = True  # else pictures need only be there

    def cell(self, expected: Sequence[Item], again: Sequence[Item], found: Sequence[Item], left_out: Sequence[LeftOut]) -> Verdict:
        """Compare the items of one cell.

        The pipeline may show a cell's outputs in the order of its statements instead of the notebook's (some in a stage, others in its report), and
        it need not show those of the statements that are left out.
        """
        verdict = self._ordered(expected, again, found)
        reasons = dict.fromkeys(reason for item in expected if (reason := _reason(item, left_out)))
        if verdict.fine or not reasons:
            return verdict
        kept, kept_again = ([item for item in items if not _reason(item, left_out)] for items in (expected, again))
        verdict = self._ordered(kept, kept_again, found)
        if not verdict.fine:
            return verdict
        others = f"; the cell's other outputs are {verdict.status.value}" if kept else ""
        return Verdict(Status.LEFT_OUT, "; ".join(reasons) + others)

    def _ordered(self, expected: Sequence[Item], again: Sequence[Item], found: Sequence[Item]) -> Verdict:
        shown = self._view(_as_shown, expected, again, found)
        if shown.fine:
            return shown
        sorted_by_statement = self._view(_by_statement, expected, again, found)
        return sorted_by_statement if sorted_by_statement.fine else shown

    def _view(self, view: _View, expected: Sequence[Item], again: Sequence[Item], found: Sequence[Item]) -> Verdict:
        left = _visible(view(expected), self.expected)
        noise = _visible(view(again), self.again)
        right = _visible(view(found), self.found)
        if [item.kind for item in left] != [item.kind for item in noise]:
            return Verdict(Status.NOISY, f"the notebook itself shows {len(left)} outputs, and then {len(noise)}")
        if [item.kind for item in left] != [item.kind for item in right]:
            return self._unequal(left, right)
        return together(self._item(*items) for items in zip(left, right, noise, strict=True))

    def _unequal(self, left: Sequence[Item], right: Sequence[Item]) -> Verdict:
        """Say what is missing, or too much."""
        if not right:
            return Verdict(Status.MISSING, f"the pipeline shows nothing; missing: {', '.join(map(_described, left))}")
        keys = [_key(item, self.expected) for item in left], [_key(item, self.found) for item in right]
        blocks = [code for code in difflib.SequenceMatcher(None, *keys, autojunk=False).get_opcodes() if code[0] != "equal"]
        missing = [item for _, first, last, _, _ in blocks for item in left[first:last]]
        added = [item for _, _, _, first, last in blocks for item in right[first:last]]
        told = [f"missing: {', '.join(map(_described, missing))}"] * bool(missing)
        told += [f"not in the notebook: {', '.join(map(_described, added))}"] * bool(added)
        return Verdict(Status.DIFFERENT if added else Status.MISSING, "; ".join(told))

    def _item(self, left: Item, right: Item, noise: Item) -> Verdict:
        if left.kind != "display":
            texts = [str(next(iter(item.data.values()))) for item in (left, right, noise)]
            return _told(left.kind, self._texts("stderr" if left.kind == "stderr" else "text", *texts))
        kinds = sorted(left.data, key=lambda kind: _MIME_ORDER.index(kind) if kind in _MIME_ORDER else len(_MIME_ORDER))
        if set(kinds) != set(right.data):
            shown = [", ".join(sorted(item.data)) or "nothing" for item in (left, right)]
            return Verdict(Status.DIFFERENT, f"shown as {shown[0]} in the notebook, as {shown[1]} in the pipeline")
        if set(kinds) != set(noise.data):
            return Verdict(Status.NOISY, "the notebook itself shows it in different forms")
        verdict = together(_told(kind, self._mime(kind, left.data[kind], right.data[kind], noise.data[kind])) for kind in kinds)
        return replace(verdict, lines=()) if verdict.tables else verdict  # the text of a table says it again

    def _mime(self, kind: str, left: object, right: object, noise: object) -> Verdict:
        if kind.startswith("image/") and kind != _SVG:
            return self._images(*map(_bytes, (left, right, noise)))
        if isinstance(left, str) and isinstance(right, str) and isinstance(noise, str):
            return self._texts({"text/html": "html", _SVG: "svg"}.get(kind, "text"), left, right, noise)
        return self._texts("html", *(json.dumps(data, indent=1, sort_keys=True) for data in (left, right, noise)))

    def _images(self, left: bytes, right: bytes, noise: bytes) -> Verdict:
        if not self.pictures:
            return SAME
        if not compare_images(left, noise, self.options.pixel_tolerance).fine:
            return Verdict(Status.NOISY, "the notebook itself draws another picture each time")
        return compare_images(left, right, self.options.pixel_tolerance)

    def _texts(self, form: str, left: str, right: str, noise: str) -> Verdict:
        if left == right == noise:
            return SAME
        scrubbed = (_scrubbed(form, left, self.expected), _scrubbed(form, right, self.found), _scrubbed(form, noise, self.again))
        verdict = compare_texts(*scrubbed, self.options.rtol, self.options.atol)
        if verdict.fine or form != "html":
            return verdict
        return replace(verdict, tables=table_differences(*map(grids_in, scrubbed)))


def _reason(item: Item, left_out: Sequence[LeftOut]) -> str:
    """Why the pipeline does not show the item; a statement whose own output is left out may still have made a figure."""
    return next((one.reason for one in left_out if one.statement == item.statement and not (one.output_only and item.late)), "")


def _as_shown(items: Sequence[Item]) -> Sequence[Item]:
    return merged(items, by=_same)


def _by_statement(items: Sequence[Item]) -> Sequence[Item]:
    """The items in the order of the statements that showed them; what nobody is known to have shown stays behind the item before it."""
    places = []
    place = (0, 0)
    for item in items:
        place = order_of(item.statement) if item.statement else place
        places.append(place)
    ordered = sorted(zip(places, items, strict=True), key=lambda pair: pair[0])
    return merged([item for _, item in ordered], by=_same)


def _same(item: Item) -> None:
    """Whoever showed it."""


def _visible(items: Iterable[Item], scrubber: Scrubber) -> list[Item]:
    """Without the streams of which nothing is left when they are scrubbed (progress bars)."""
    return [item for item in items if item.kind not in ("stdout", "stderr") or scrubber.text(item.text).strip()]


def _scrubbed(form: str, text: str, scrubber: Scrubber) -> str:
    forms = {"html": scrubber.html, "svg": scrubber.svg, "stderr": scrubber.stream, "text": scrubber.text}
    return forms[form](text)


def _bytes(data: object) -> bytes:
    try:
        return base64.b64decode(str(data))
    except binascii.Error:
        return str(data).encode()


def _told(what: str, verdict: Verdict) -> Verdict:
    return replace(verdict, detail=f"{what}: {verdict.detail}" if verdict.detail else "")


def _key(item: Item, scrubber: Scrubber) -> tuple[object, ...]:
    """The same for items that are the same."""
    return (
        item.kind,
        *(
            scrubber.html(data) if isinstance(data, str) and not kind.startswith("image/") else str(data)
            for kind, data in item.data.items()
        ),
    )


def _described(item: Item) -> str:
    """An item in a few words."""
    if any(kind.startswith("image/") for kind in item.data):
        return "a picture"
    if "<table" in str(item.data.get("text/html", "")):
        return "a table"
    text = " ".join(str(item.data.get("text/plain") or next(iter(item.data.values()), "")).split())
    return f"{item.kind} {text[:_SHOWN] + '…' * (len(text) > _SHOWN)!r}"
