"""The HTML report in a browser: hovering, clicking, keys, and that no request leaves the page."""

import os
import shutil
from pathlib import Path

import pytest

from nbpipe.model.finding import Finding, Severity, Span
from nbpipe.model.verification import Check, Level, Status, Verification
from nbpipe.report.html import html_report
from tests.test_reports import dossier, hostile

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = (
    os.environ.get("NBPIPE_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; NBPIPE_TEST_CHROMIUM names one")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open a report; what the page asks for, says and fails at is noted."""
    pages = []

    def open_it(one, **more):
        file = tmp_path / "report.html"
        file.write_text(html_report(one), encoding="utf-8")
        page = browser.new_page(viewport={"width": 1300, "height": 900}, **more)
        page.noted = []
        page.on(
            "request",
            lambda request: (
                page.noted.append(request.url) if request.url != file.as_uri() and not request.url.startswith("data:") else None
            ),
        )
        page.on("console", lambda message: page.noted.append(message.text))
        page.on("pageerror", lambda error: page.noted.append(str(error)))
        page.on("dialog", lambda dialog: (page.noted.append(dialog.message), dialog.dismiss()))
        page.goto(file.as_uri())
        pages.append(page)
        return page

    yield open_it
    for page in pages:
        page.close()


@pytest.fixture
def one():
    checks = (
        Check(Level.OUTPUT, "cell 8", Status.DIFFERENT, "text:\n- 1\n+ 2", 7, "train_model"),
        Check(Level.VALUE, "model", Status.SAME),
    )
    findings = (Finding("NB208", "a path", Severity.WARNING, Span(7, 1, 0, 1, 5), "mend it"),)
    return dossier(verification=Verification("prices.py", "out", checks), findings=findings)


def test_hovering_over_a_line_lights_up_what_became_of_it(opened, one):
    page = opened(one)
    page.locator("#notebook .line[data-s='c8.s2']").hover()
    joined = page.locator("#project .line.joined")
    assert joined.count() == 1
    assert joined.get_attribute("data-s") == "c8.s2"
    assert joined.evaluate(
        "line => { const [a, b] = [line, line.closest('.side')].map(x => x.getBoundingClientRect()); return a.top < b.bottom && a.bottom > b.top }"
    )
    page.locator("#project .line[data-s='c3.s1']").first.hover()
    assert {line.get_attribute("data-s") for line in page.locator(".line.joined").all()} == {"c3.s1"}
    page.locator("h1").hover()
    assert page.locator(".line.joined").count() == 0
    assert page.noted == []


def test_the_number_of_a_line_leads_to_the_other_side_by_mouse_and_by_keys(opened, one):
    page = opened(one)
    page.locator("#n-c8\\.s2 a.at").click()
    assert page.evaluate("document.activeElement.closest('.line').id") == "g-c8.s2"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.line').id") == "n-c8.s2"
    assert page.locator("#project .line.joined").count() == 1
    assert page.noted == []


def test_a_stage_in_the_picture_leads_to_its_module_and_the_picture_zooms(opened, one):
    page = opened(one)
    before = page.locator("#graph").get_attribute("viewBox")
    page.get_by_role("button", name="Larger").click()
    assert page.locator("#graph").get_attribute("viewBox") != before
    page.get_by_role("button", name="Whole").click()
    assert page.locator("#graph").get_attribute("viewBox") == before
    page.locator("#graph .box[aria-label^='stage train_model']").focus()
    assert page.locator(".wire.lit").count() == 2
    page.keyboard.press("Enter")
    number = [stage.name for stage in one.plan.stages].index("train_model") + 1
    assert page.evaluate("location.hash") == f"#stage-{number}"
    assert page.locator(f"#stage-{number} summary").inner_text() == "src/prices/stages/train_model.py"
    assert page.noted == []


def test_light_and_dark(opened, one):
    background = "getComputedStyle(document.body).backgroundColor"
    light, dark = opened(one, color_scheme="light"), opened(one, color_scheme="dark")
    assert light.evaluate(background) == "rgb(255, 255, 255)"
    assert dark.evaluate(background) == "rgb(13, 17, 23)"
    dark.get_by_role("button", name="Change colours").click()
    assert dark.evaluate(background) == "rgb(255, 255, 255)"
    dark.emulate_media(media="print")
    assert not dark.locator("nav").is_visible()
    assert dark.locator("#notebook").evaluate("side => getComputedStyle(side).overflow") == "visible"


def test_it_works_without_scripts_too(opened, one):
    page = opened(one, java_script_enabled=False)
    page.locator("#n-c8\\.s2 a.at").click()
    assert page.url.endswith("#g-c8.s2")


def test_nothing_of_a_hostile_notebook_runs(opened):
    page = opened(hostile())
    for line in page.locator("#notebook .line[data-s]").all()[:3]:
        line.hover()
    page.wait_for_timeout(200)
    assert page.noted == []
    assert page.evaluate("document.scripts.length") == 1
    assert not Path("/tmp/owned").exists()  # noqa: S108 (what a hostile cell would make)
