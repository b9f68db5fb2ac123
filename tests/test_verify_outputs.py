"""Outputs are scrubbed of what differs from run to run, then compared in order; what is left out on purpose is known by its statement."""

import base64
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from PIL import Image

from nbpipe.model.plan import LeftOut
from nbpipe.model.verification import Status
from nbpipe.verify.cells import Comparison
from nbpipe.verify.grids import grid_of_lines, grids_in, table_differences
from nbpipe.verify.images import compare_images
from nbpipe.verify.options import VerifyOptions
from nbpipe.verify.outputs import Item, merged, read_items
from nbpipe.verify.scrub import Scrubber
from nbpipe.verify.text import compare_texts
from nbpipe.verify.verdict import Verdict
from nbpipe.verify.warned import blocks, compare_cells

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC).timestamp()
SCRUBBER = Scrubber(("/scratch/run/tree/work", "/scratch/run/tree"), "churn", ((NOON, NOON + 60), (NOON + 3600, NOON + 3660)))

# text of the notebook, text of the pipeline: nothing but the run differs
ALIKE = {
    "addresses": ("<object at 0x7f3bb8a1c0d0>", "<object at 0x7f00aa11b2c0>"),
    "process ids": ("pid 1234 (PID: 77)", "pid 99 (PID: 8)"),
    "uuids": ("id=123e4567-e89b-12d3-a456-426614174000", "id=523e4567-e89b-12d3-a456-42661417400f"),
    "wall time": ("CPU times: user 2 ms, sys: 1 ms\nWall time: 3.1 s\nok", "CPU times: user 9 ms, total: 12 ms\nWall time: 12 s\nok"),
    "timeit": (
        "12.3 µs ± 210 ns per loop (mean ± std. dev. of 7 runs, 100,000 loops each)",
        "9.31 ms ± 2 µs per loop (mean ± std. dev. of 7 runs, 100,000 loops each)",
    ),
    "durations": ("took 3.21 seconds, 4ms a row", "took 2 seconds, 12.5ms a row"),
    "durations with exponents": ("took 3.1e-05 s", "took 0.1 s"),
    "time of the day": ("started 12:00:41", "started 13:00:05"),
    "minutes": ("at 12:00", "at 13:01"),
    "date": ("2026-03-04 12:00:59.123456", "2026-03-04 13:00:59.5"),
    "statsmodels": ("Date:  Wed, 04 Mar 2026\nTime:  12:00:05", "Date:  Wed, 04 Mar 2026\nTime:  13:00:15"),
    "scratch folders": ("reads /scratch/run/tree/work/x.csv", "reads /scratch/run/tree/x.csv"),
    "where classes live": ("<__main__.Model>", "<churn.classes.Model>"),
    "classes of stages": ("__main__.Model", "churn.stages.train_model.Model"),
    "cells": ("/tmp/ipykernel_123/456.py", "/scratch/run/tree/src/churn/stages/clean.py"),  # noqa: S108
    "old names of cells": ("<ipython-input-3-abcdef12>", "/tmp/ipykernel_4/5.py"),  # noqa: S108
    "colours": ("\x1b[31mred\x1b[0m", "red"),
    "overwritten lines": ("1 of 3\r2 of 3\r3 of 3", "3 of 3"),
    "backspaces": (" 1/10 [>...]\x08\x08\x08\x08 10/10 done", " 10/10 done"),
    "progress bars": ("  0%|          | 0/3 [00:00<?, ?it/s]\r100%|██████████| 3/3 [00:00<00:00, 12.10it/s]\nok", "ok"),
}

DIFFERENT = {
    "words": ("a dog", "a cat"),
    "numbers": ("accuracy 0.91", "accuracy 0.92"),
    "short hexadecimals": ("mask 0xff", "mask 0xfe"),
    "times that are data": ("opens 08:30", "opens 09:30"),
    "dates that are data": ("born 2001-02-03", "born 2001-02-04"),
    "other folders": ("reads /data/a.csv", "reads /data/b.csv"),
    "years": ("the 1980 census", "the 1990 census"),
    "other lines": ("a\nb", "a\nc"),
    "versions": ("v1.2.3", "v1.2.4"),
    "ratios": ("0.5:1", "0.6:1"),
}


@pytest.mark.parametrize("name", ALIKE)
def test_scrubbing_makes_alike(name: str) -> None:
    left, right = (SCRUBBER.text(text).strip() for text in ALIKE[name])
    assert left == right
    assert "/scratch" not in left


@pytest.mark.parametrize("name", DIFFERENT)
def test_scrubbing_leaves_what_matters(name: str) -> None:
    left, right = (SCRUBBER.text(text) for text in DIFFERENT[name])
    assert left != right


def test_warnings_are_alike_wherever_the_code_is() -> None:
    notebook = '/tmp/ipykernel_12/34.py:3: UserWarning: careful\n  df["a"] = 1\n/lib/pandas/core.py:10: FutureWarning: soon\n  warn(\nend\n'  # noqa: S108
    pipeline = '/scratch/run/tree/src/churn/stages/clean.py:14: UserWarning: careful\n  df["a"] = (1)\n/lib/pandas/core.py:10: FutureWarning: soon\n  warn(\nend\n'
    assert SCRUBBER.stream(notebook) == SCRUBBER.stream(pipeline) == "UserWarning: careful\nFutureWarning: soon\nend\n"


def test_made_up_ids_in_html_and_drawings() -> None:
    assert SCRUBBER.html('<p id="T_a1b2c_row0" class="sk-container-id-3">') == SCRUBBER.html(
        '<p id="T_99f00_row0" class="sk-container-id-7">'
    )
    one = '<svg id="p3f2a9c81b0"><use href="#p3f2a9c81b0"/><dc:date>2026</dc:date></svg>'
    other = '<svg id="pa00b1c2d3e"><use href="#pa00b1c2d3e"/><dc:date>2027</dc:date></svg>'
    assert SCRUBBER.svg(one) == SCRUBBER.svg(other)
    assert SCRUBBER.svg(one) != SCRUBBER.svg(other.replace('href="#pa00b1c2d3e"', 'href="#pa00b1c2d3f"'))


def test_scrubbing_large_texts_is_quick() -> None:
    blob = base64.b64encode(bytes(range(256)) * 8000).decode()
    began = datetime.now(UTC)
    SCRUBBER.html(f'<img src="data:image/png;base64,{blob}">')
    assert (datetime.now(UTC) - began).total_seconds() < 5


TEXTS = {
    "same": ("a\nb\n", "a\nb", "a\nb", Status.SAME, ""),
    "last digits": ("mean 0.30000000000000004", "mean  0.3", "mean 0.30000000000000004", Status.CLOSE, "line 1"),
    "numbers": ("a\nx 1.5", "a\nx 1.6", "a\nx 1.5", Status.DIFFERENT, "line 2: 'x 1.5' != 'x 1.6'"),
    "words": ("x a 1", "x b 1", "x a 1", Status.DIFFERENT, "line 1: 'x a 1' != 'x b 1'"),
    "missing line": ("a\nb", "a", "a\nb", Status.DIFFERENT, "line 2 is missing: 'b'"),
    "added line": ("a", "a\nb", "a", Status.DIFFERENT, "line 2 is not in the notebook's: 'b'"),
    "noisy line": ("a\nt 1", "a\nt 3", "a\nt 2", Status.NOISY, "line 2 differs between two runs of the notebook itself: 't 1' != 't 2'"),
    "noise hides nothing else": ("a\nt 1", "b\nt 3", "a\nt 2", Status.DIFFERENT, "line 1: 'a' != 'b'"),
    "noisy length": ("a\nb", "a", "a", Status.NOISY, "2 lines and then 1"),
    "long line": ("x" * 100 + "1" + "y" * 100, "x" * 100 + "2" + "y" * 100, "x" * 100 + "1" + "y" * 100, Status.DIFFERENT, "…"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name: str) -> None:
    expected, found, again, status, detail = TEXTS[name]
    verdict = compare_texts(expected, found, again, 1e-9, 1e-12)
    assert verdict.status is status
    assert detail in verdict.detail
    assert len(verdict.detail) < 200


def picture(size: tuple[int, int] = (20, 10), pixel: int = 255, form: str = "PNG") -> bytes:
    image = Image.new("RGB", size, "white")
    image.putpixel((3, 4), (pixel, 255, 255))
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


def test_pictures() -> None:
    assert compare_images(picture(), picture(form="BMP"), 8).status is Status.SAME
    close = compare_images(picture(), picture(pixel=250), 8)
    assert (close.status, close.detail) == (Status.CLOSE, "no pixel differs by more than 5 of 255")
    far = compare_images(picture(), picture(pixel=0), 8)
    assert (far.status, far.detail) == (Status.DIFFERENT, "0.50% of the pixels differ")
    expected, found, difference = (Image.open(io.BytesIO(data)) for data in far.pictures)
    assert expected.getpixel((3, 4)) == (255, 255, 255, 255)
    assert found.getpixel((3, 4)) == (0, 255, 255, 255)
    assert (difference.getpixel((3, 4)), difference.getpixel((0, 0))) == (0, 255)


def test_pictures_of_other_sizes() -> None:
    verdict = compare_images(picture(), picture((30, 10)), 8)
    assert (verdict.status, verdict.detail) == (Status.DIFFERENT, "size 20×10 != 30×10 pixels")
    assert Image.open(io.BytesIO(verdict.pictures[2])).size == (30, 10)


def out(text: str, statement: str = "c1.s1", kind: str = "stdout") -> Item:
    return Item(kind, {"text": text}, statement)  # type: ignore[arg-type]


def shown(text: str, statement: str = "c1.s1") -> Item:
    return Item("display", {"text/plain": text}, statement)


def figure(pixel: int = 255, statement: str = "c1.s1", late: bool = False) -> Item:
    return Item("display", {"image/png": base64.b64encode(picture(pixel=pixel)).decode(), "text/plain": "<Figure>"}, statement, late)


def html(table: str) -> Item:
    return Item("display", {"text/html": f"<div>{table}</div>", "text/plain": re.sub("<[^>]*>", " ", table)}, "c1.s1")


def compare(expected: Sequence[Item], found: Sequence[Item], *left_out: LeftOut, again: Sequence[Item] | None = None) -> Verdict:
    comparison = Comparison(VerifyOptions(), Scrubber(), Scrubber(), Scrubber())
    return comparison.cell(merged(expected), merged(expected if again is None else again), merged(found), left_out)


GONE = LeftOut("c1.s1", "nothing uses it")
MUTE = LeftOut("c1.s1", "the repr of a drawing", output_only=True)


def test_cells_that_show_the_same() -> None:
    assert compare([out("a\n"), shown("1")], [out("a\n"), shown("1")]).status is Status.SAME


def test_a_stream_is_one_text_however_it_was_written() -> None:
    assert compare([out("a"), out("b\n", "c1.s2")], [out("ab\n")]).status is Status.SAME


def test_standard_error_may_come_at_another_place() -> None:
    assert compare([out("w", kind="stderr"), out("a")], [out("a"), out("w", kind="stderr")]).status is Status.SAME


def test_the_order_of_outputs_matters_within_a_statement() -> None:
    assert compare([out("a\n"), shown("1")], [shown("1"), out("a\n")]).status is Status.DIFFERENT


def test_what_stage_and_report_show_may_come_in_turn() -> None:
    notebook = [out("a\n", "c1.s1"), shown("1", "c1.s2"), out("b\n", "c1.s3")]
    pipeline = [out("b\n", "c1.s3"), out("a\n", "c1.s1"), shown("1", "c1.s2")]
    assert compare(notebook, pipeline).status is Status.SAME


def test_what_is_missing_is_named() -> None:
    assert compare([out("a\n"), figure()], []).detail == "the pipeline shows nothing; missing: stdout 'a', a picture"
    verdict = compare([out("a\n"), figure()], [out("a\n")])
    assert (verdict.status, verdict.detail) == (Status.MISSING, "missing: a picture")


def test_what_is_too_much_is_different() -> None:
    verdict = compare([out("a\n")], [out("a\n"), shown("1")])
    assert (verdict.status, verdict.detail) == (Status.DIFFERENT, "not in the notebook: display '1'")


def test_pictures_are_compared() -> None:
    verdict = compare([figure()], [figure(0)])
    assert (verdict.status, verdict.detail, len(verdict.pictures)) == (Status.DIFFERENT, "image/png: 0.50% of the pixels differ", 3)


def test_another_form_is_different() -> None:
    table = Item("display", {"text/plain": "1", "text/html": "<b>1</b>"}, "c1.s1")
    verdict = compare([table], [shown("1")])
    assert (verdict.status, verdict.detail) == (
        Status.DIFFERENT,
        "shown as text/html, text/plain in the notebook, as text/plain in the pipeline",
    )


TABLE = """<table><thead><tr style="x"><th></th><th>a</th><th colspan="2">b</th></tr></thead><tbody>
<tr><th rowspan="2">k</th><td>1</td><td>2</td><td>3</td></tr>
<tr><td>4</td><td>5 <b>five</b></td><td>6</td></tr></tbody></table>"""


def test_tables_are_laid_over_each_other() -> None:
    found = TABLE.replace("<td>6", "<td>7").replace("<th>a</th>", "<th>a</th><th>new</th>").replace("<td>1</td>", "<td>1</td><td>x</td>")
    verdict = compare([html(TABLE)], [html(found.replace("<td>4</td>", "<td>4</td><td>y</td>"))])
    assert (verdict.status, verdict.lines) == (Status.DIFFERENT, ())
    (table,) = verdict.tables
    assert [[entry.found for entry in row] for row in table.head] == [["", "a", "new", "b", ""]]
    assert [[(entry.expected, entry.found) for entry in row] for row in table.rows] == [
        [("k", "k"), ("1", "1"), (None, "x"), ("2", "2"), ("3", "3")],
        [("", ""), ("4", "4"), (None, "y"), ("5 five", "5 five"), ("6", "7")],
    ]


def test_rows_that_come_and_go_are_told_apart_from_those_that_change() -> None:
    left = "a,b\n1,x\n2,y\n3,z\n4,w"
    (table,) = table_differences(*([grid_of_lines(text, ",")] for text in (left, left.replace("2,y\n", "").replace("4,w", "4,v"), left)))
    assert [[(entry.expected, entry.found) for entry in row] for row in table.rows] == [
        [("2", None), ("y", None)],
        [("4", "4"), ("w", "v")],
    ]
    assert (table.same, table.more) == (2, 0)


def test_all_rows_of_long_tables_are_compared() -> None:
    rows = [f"{n},{n * 7 % 1000}" for n in range(9000)]
    other = ["0,-1", *rows[1:4000], "4000,-1", *rows[4001:-1], "8999,-1"]
    left, right = ("\n".join(["a,b", *lines]) for lines in (rows, other))
    (table,) = table_differences(*([grid_of_lines(text, ",")] for text in (left, right, left)))
    assert ([row[0].found for row in table.rows], table.same) == (["0", "4000", "8999"], 8997)
    less = "\n".join(["a,b", *rows[:4000], *rows[4001:]])
    (table,) = table_differences(*([grid_of_lines(text, ",")] for text in (left, less, left)))
    assert ([[entry.expected for entry in row] for row in table.rows], table.same) == ([["4000", "0"]], 8999)


def test_what_is_noisy_in_a_table_does_not_differ() -> None:
    (table,) = compare(
        [html(TABLE)], [html(TABLE.replace("<td>1", "<td>8").replace("<td>6", "<td>9"))], again=[html(TABLE.replace("<td>1", "<td>5"))]
    ).tables
    assert [[entry.found for entry in row if entry.differs] for row in table.rows] == [["9"]]


def test_texts_come_with_a_diff() -> None:
    verdict = compare([out("a\nb\nc\n"), out("same", "c1.s2", "stderr")], [out("a\nB\nc\nd\n"), out("same", "c1.s2", "stderr")])
    assert verdict.lines == ("--- notebook", "+++ pipeline", "@@ -1,3 +1,4 @@", " a", "-b", "+B", " c", "+d")
    assert not verdict.tables


def test_all_outputs_of_a_cell_that_differ_are_shown() -> None:
    verdict = compare([figure(), out("a\n"), figure(0)], [figure(0), out("b\n"), figure()])
    assert len(verdict.pictures) == 6
    assert "-a" in verdict.lines


def test_json_bundles() -> None:
    one, other = (Item("display", {"application/json": {"x": [1, value]}}, "c1.s1") for value in (2, 3))
    assert compare([one], [one]).status is Status.SAME
    assert compare([one], [other]).detail == "application/json: line 4: '  2' != '  3'"


def test_errors_are_compared() -> None:
    one, other = (Item("error", {"error": f"ValueError: {text}"}) for text in "ab")
    assert compare([one], [one]).status is Status.SAME
    assert compare([one], [other]).status is Status.DIFFERENT


def test_noise_is_neither_same_nor_different() -> None:
    assert compare([out("0.123\n")], [out("0.5\n")], again=[out("0.7\n")]).status is Status.NOISY
    assert compare([out("0.123\n")], [out("0.123\n")], again=[out("0.7\n")]).status is Status.NOISY
    assert compare([figure(0)], [figure(100)], again=[figure(200)]).status is Status.NOISY
    assert compare([out("a\n")], [out("b\n")], again=[out("a\n"), shown("1")]).status is Status.NOISY


def test_noise_in_one_output_does_not_hide_another() -> None:
    assert compare([out("0.1\n"), shown("x")], [out("0.2\n"), shown("y")], again=[out("0.3\n"), shown("x")]).status is Status.DIFFERENT


def test_what_is_left_out_on_purpose() -> None:
    assert compare([out("a\n")], [], GONE) == Verdict(Status.LEFT_OUT, "nothing uses it")
    verdict = compare([out("a\n"), shown("1", "c1.s2")], [shown("1", "c1.s2")], GONE)
    assert (verdict.status, verdict.detail) == (Status.LEFT_OUT, "nothing uses it; the cell's other outputs are same")


def test_leaving_out_explains_nothing_else() -> None:
    verdict = compare([out("a\n"), shown("1", "c1.s2")], [], GONE)
    assert (verdict.status, verdict.detail) == (Status.MISSING, "the pipeline shows nothing; missing: display '1'")
    assert compare([out("a\n"), shown("1", "c1.s2")], [shown("2", "c1.s2")], GONE).status is Status.DIFFERENT


def test_what_is_left_out_but_shown_all_the_same() -> None:
    assert compare([out("a\n")], [out("a\n")], GONE).status is Status.SAME


def test_a_hidden_repr_does_not_excuse_a_missing_figure() -> None:
    notebook = [shown("<Axes>"), figure(late=True)]
    assert compare(notebook, [figure(statement="c1.s9")], MUTE).status is Status.LEFT_OUT
    verdict = compare(notebook, [], MUTE)
    assert (verdict.status, verdict.detail) == (Status.MISSING, "the pipeline shows nothing; missing: a picture")
    assert compare(notebook, [], GONE).status is Status.LEFT_OUT


def test_progress_bars_are_no_output() -> None:
    bar = out("\r 50%|█████     | 1/2 [00:00<00:00, 9.1it/s]\r100%|██████████| 2/2 [00:00<00:00, 9.3it/s]\n", kind="stderr")
    assert compare([bar, shown("1")], [shown("1")]).status is Status.SAME


def test_marks_say_which_statement_wrote() -> None:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "\x1ec1.s1\x1fa\n\x1ec1.s2\x1fb"},
        {"output_type": "stream", "name": "stderr", "text": ["\x1ec1.s2\x1fcare", "ful\n"]},
        {"output_type": "stream", "name": "stdout", "text": "c\n"},
        {"output_type": "execute_result", "data": {"text/plain": ["1\n", "2"]}, "metadata": {"nbpipe": "c1.s3"}},
        {"output_type": "display_data", "data": {"image/png": "AAAA"}, "metadata": {"nbpipe": "c1.s1@end"}},
        {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []},
    ]
    assert merged(read_items(outputs)) == (
        Item("stdout", {"text": "a\n"}, "c1.s1"),
        Item("stdout", {"text": "bc\n"}, "c1.s2"),
        Item("display", {"text/plain": "1\n2"}, "c1.s3"),
        Item("display", {"image/png": "AAAA"}, "c1.s1", late=True),
        Item("error", {"error": "ValueError: no"}),
        Item("stderr", {"text": "careful\n"}, "c1.s2"),
    )


WARNING = "/lib/seaborn/axis.py:12: FutureWarning: use {}\n  plot(\n"
SETTING = "/tmp/ipykernel_1/2.py:3: SettingWithCopyWarning: \nA value is set on a copy.\n\nSee the manual.\n  df['a'] = 1\n"  # noqa: S108


def test_warnings_are_told_apart_from_other_text() -> None:
    text = "before\n" + WARNING.format("x") + SETTING + "after\n/a.py:1: UserWarning: bare\n"
    assert [warning for warning, _ in blocks(text)] == [
        "",
        "FutureWarning: use x\n",
        "SettingWithCopyWarning: \nA value is set on a copy.\n\nSee the manual.\n",
        "",
        "UserWarning: bare\n",
    ]
    assert "".join(part for _, part in blocks(text)) == text


def warned(*texts: str) -> dict[int, tuple[Item, ...]]:
    return {cell: (out(text, f"c{cell + 1}.s1", "stderr"),) for cell, text in enumerate(texts) if text}


def verdicts(expected: dict[int, tuple[Item, ...]], found: dict[int, tuple[Item, ...]]) -> list[Status]:
    comparison = Comparison(VerifyOptions(), Scrubber(), Scrubber(), Scrubber())
    return [verdict.status for _, verdict in compare_cells(comparison, expected, expected, found, ())]


def test_a_warning_may_be_shown_in_another_cell() -> None:
    x, y = WARNING.format("x"), WARNING.format("y")
    assert verdicts(warned(x, y), warned(x, y)) == [Status.SAME, Status.SAME]
    assert verdicts(warned(x, y), warned(y, x)) == [Status.CLOSE, Status.CLOSE]
    assert verdicts(warned(x, x), warned("", x)) == [Status.CLOSE, Status.SAME]


def test_a_warning_that_is_nowhere_is_missing() -> None:
    x, y = WARNING.format("x"), WARNING.format("y")
    assert verdicts(warned(x, y), warned(x)) == [Status.SAME, Status.MISSING]
    assert verdicts(warned(x), warned(x, y)) == [Status.SAME, Status.DIFFERENT]


def test_a_warning_elsewhere_hides_no_other_text() -> None:
    x = WARNING.format("x")
    assert verdicts(warned(x + "trouble\n", x), warned("", x)) == [Status.MISSING, Status.SAME]


def test_a_table_whose_span_is_a_number_without_end_is_read() -> None:
    (grid,) = grids_in(f'<table><tr><td colspan="{"9" * 5000}">a</td></tr></table>')
    assert grid.rows[0][0] == "a"
    assert len(grid.rows[0]) <= 1000


def test_odd_tables_are_read() -> None:
    assert grids_in("<table><tr><td>a</td></tr></table><![odd[x]]>") == []  # Python's parser gives up there
    held = "<table><tr><td>a</td><td rowspan=2>b</td></tr><tr><td>c</td></tr><tr><td>d</td><td>e</td></tr></table>"
    assert [grid.rows for grid in grids_in(held)] == [[["a", "b"], ["c", ""], ["d", "e"]]]
    inner = "<table><tr><td>x<table><tr><td>in</td></tr></table>after</td></tr></table>"
    assert [grid.rows for grid in grids_in(inner)] == [[["xinafter"]]]
    headed = "<table><thead><tr><th>x</th></tr></thead><tr><td>1</td></tr></table><table><tr><td>2</td></tr></table>"
    assert [grid.heads for grid in grids_in(headed)] == [1, 0]
