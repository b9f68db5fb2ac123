"""The button in a real JupyterLab: what a person does, in their order."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from nbpipe import api
from tests.browser.conftest import TOKEN

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
pytestmark = pytest.mark.browser

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
BUTTON = '.jp-NotebookPanel-toolbar [data-command="nbpipe:open"]'
MINUTES = 600_000


def go(page, address, notebook, reset=True):
    page.goto(f"{address}/lab/tree/{notebook}?token={TOKEN}{'&reset' if reset else ''}")
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate("() => window.jupyterapp.restored.then(() => true)")  # keys pressed earlier are lost
    page.locator(BUTTON).wait_for()
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()


CELLS = (
    ("load", "import pandas as pd\n\ndf = pd.read_csv('data.csv')"),
    ("load", "df.head()"),
    ("clean", "df = df.dropna()"),
    ("clean", "df['double'] = df['price'] * 2\nlen(df)"),
    ("summarize", "totals = df.groupby('kind')['double'].sum()"),
    ("summarize", "best = totals[totals > 120]\nprint(best)"),
    ("save", "best.to_csv('best.csv')"),
)


@pytest.fixture
def notebook(lab):
    """A notebook with its data, in a folder of its own on the server; its cells' tags say which stages there are."""
    folder = lab[1] / "work"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    rows = [f"{'abc'[n % 3]},{n if n % 4 else ''}" for n in range(24)]
    (folder / "data.csv").write_text("\n".join(["kind,price", *rows]), encoding="utf-8")
    write(folder / "sales.ipynb", [source for _, source in CELLS], [[f"nbpipe:stage={stage}"] for stage, _ in CELLS])
    return "work/sales.ipynb"


@pytest.mark.slow
def test_from_the_button_to_the_verdict(page, lab, notebook, shoot):
    address, work = lab
    before = nbformat.read(work / notebook, 4)
    first, *_, last = (stage.name for stage in api.plan(work / notebook).plan.stages)
    go(page, address, notebook)
    page.locator(BUTTON).click()
    panel = page.locator(".nbp-Pipeline")
    stages = panel.locator(".nbp-Stage")
    expect(panel.get_by_role("button", name=last, exact=True)).to_be_visible()
    expect(page.locator(f'.jp-Cell[data-nbpipe-stage="1 {first}"]').first).to_be_attached()
    shoot("1-stages")

    # Rename a stage, by keyboard.
    panel.get_by_role("button", name=first, exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.type("read all")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="read_all", exact=True)).to_be_visible()
    expect(page.locator('.jp-Cell[data-nbpipe-stage="1 read_all"]').first).to_be_attached()

    # Drag the first cell of the second stage to the first stage.
    row = stages.nth(1).locator(".nbp-Row").first
    number = row.locator("b").inner_text()
    moved = stages.nth(0).locator("b", has_text=re.compile(f"^{number}$"))
    expect(moved).to_have_count(0)
    row.drag_to(stages.nth(0).locator("header"))
    expect(moved).to_have_count(1)

    # A move that a dependence forbids says which.
    panel.get_by_role("combobox", name=f"Where cell {number} goes").select_option(label=f"Move to {last}")
    expect(panel.get_by_role("alert")).to_contain_text(f"which is in the later stage {last}")
    expect(moved).to_have_count(1)
    shoot("2-forbidden")

    # Take the move back.
    panel.get_by_role("button", name="Undo").click()
    expect(moved).to_have_count(0)

    # See the code, in colours.
    panel.locator("summary", has_text="Code").click()
    listing = panel.locator(".nbp-Listing")
    expect(listing).to_contain_text("def read_all(", timeout=60_000)
    assert listing.locator(".cm-line span[class]").count() > 10
    listing.scroll_into_view_if_needed()
    shoot("3-code")

    # The plan is what the command line reads.
    panel.locator("summary", has_text="Plan").click()
    panel.get_by_role("button", name="Save beside the notebook").click()
    expect(panel.get_by_text("Saved as work/sales.plan.toml.")).to_be_visible()
    assert 'name = "read_all"' in (work / "work" / "sales.plan.toml").read_text(encoding="utf-8")

    # Verify, and watch.
    panel.get_by_role("button", name="Write and verify").click()
    run = panel.locator(".nbp-Run [role=status]")
    expect(run).to_contain_text("cell", timeout=120_000)
    shoot("4-running")
    page.reload()
    page.locator(".nbp-Run [role=status]", has_text="It computes the same.").wait_for(timeout=MINUTES)
    assert (work / "work" / "sales" / "src" / "sales" / "stages" / "read_all.py").is_file()

    # After the reload the work is still there, and the cells carry the verdict.
    expect(page.locator(".nbp-Stage").first).to_contain_text("read_all")
    expect(page.locator('.jp-Cell[data-nbpipe-verdict="same"]').first).to_be_attached()
    shoot("5-verdict")
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    page.locator(".nbp-Run").scroll_into_view_if_needed()
    shoot("6-dark")
    assert nbformat.read(work / notebook, 4).cells == before.cells  # JupyterLab itself saves, and updates the kernel's version


def test_it_follows_what_is_typed(page, lab):
    """Unsaved edits count; what does not parse leaves the last plan; the page is not blocked."""
    address, work = lab
    write(work / "long.ipynb", ["v0 = [0]", *(f"v{n} = v{n - 1} + [{n}]\nprint(v{n})" for n in range(1, 120))])
    go(page, address, "long.ipynb")
    page.locator(BUTTON).click()
    panel = page.locator(".nbp-Pipeline")
    expect(panel.locator(".nbp-Stage").first).to_be_visible()
    expect(page.locator(".jp-Cell[data-nbpipe-stage]").first).to_be_attached()
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nprint(v0, ")
    expect(panel.locator(".nbp-Row").first).to_be_visible()
    page.keyboard.type("'new')")
    expect(panel.get_by_role("button", name="print(v0, 'new')")).to_be_visible()
    assert "'new'" not in (work / "long.ipynb").read_text(encoding="utf-8")


def test_a_server_that_refuses_is_heard(page, lab, notebook):
    address, _ = lab
    page.route("**/nbpipe/plan*", lambda route: route.fulfill(status=400, body=json.dumps({"message": "It rains."})))
    go(page, address, notebook)
    page.locator(BUTTON).click()
    expect(page.locator(".nbp-Pipeline").get_by_role("alert")).to_have_text("It rains.")
    page.expected_errors = ["400"]


@pytest.mark.slow
def test_the_time_from_a_keystroke_to_the_plan(page, lab):
    """Prints what a person waits at 120 cells, and what the page is blocked for by it; fails only where it is far off."""
    address, work = lab
    first, second = (nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4) for name in ("messy_exploration", "time_series"))
    first.cells = [*first.cells, *second.cells][:120]
    nbformat.write(first, work / "timed.ipynb")
    go(page, address, "timed.ipynb")
    page.locator(BUTTON).click()
    expect(page.locator(".nbp-Stage").first).to_be_visible()
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+End")
    page.evaluate(WATCH)
    for number in range(40):
        page.keyboard.type(str(number % 10))
        page.wait_for_function("count => window.watched.shown.length > count", arg=number)
        page.wait_for_timeout(100)
    seen = page.evaluate("window.watched")
    waits = sorted(seen["shown"])
    asked = sorted(seen["asked"])
    blocked = sorted(seen["blocked"])
    print(
        f"\nkeystroke to plan: median {waits[20]:.0f} ms, 95th percentile {waits[37]:.0f} ms (of it {DELAY} ms are waited for more keystrokes)"
    )
    print(f"request: median {asked[20]:.0f} ms, 95th percentile {asked[37]:.0f} ms; tasks over 50 ms: {len(blocked)}, {blocked[-3:]} ms")
    assert waits[20] < DELAY + 2000


DELAY = 250
WATCH = """() => {
  const watched = (window.watched = { key: 0, shown: [], asked: [], blocked: [] });
  document.addEventListener('keydown', () => { watched.key = performance.now(); }, true);
  const panel = document.querySelector('.nbp-Pipeline');
  new MutationObserver(() => watched.shown.push(performance.now() - watched.key)).observe(panel, { attributeFilter: ['data-digest'] });
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      if (entry.name.includes('/nbpipe/plan')) watched.asked.push(entry.duration);
    }
  }).observe({ type: 'resource' });
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) watched.blocked.push(Math.round(entry.duration));
  }).observe({ type: 'longtask' });
}"""


def write(path, sources, tags=()):
    """A notebook of code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for cell, tagged in zip(cells, tags, strict=False):
        cell.metadata["tags"] = tagged
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
