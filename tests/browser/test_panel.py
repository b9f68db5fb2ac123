"""The button in a real JupyterLab: what a person does, in their order."""

import shutil
from pathlib import Path

import pytest

from tests.browser.conftest import TOKEN

pytestmark = pytest.mark.browser
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
BUTTON = '.jp-NotebookPanel-toolbar [data-command="nbpipe:open"]'


def go(page, address, notebook, reset=True):
    page.goto(f"{address}/lab/tree/{notebook}?token={TOKEN}{'&reset' if reset else ''}")
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate("() => window.jupyterapp.restored.then(() => true)")  # keys pressed earlier are lost
    page.locator(BUTTON).wait_for()
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()


@pytest.fixture
def notebook(lab):
    """The example with its data, in a folder of its own on the server."""
    folder = lab[1] / "churn"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copytree(NOTEBOOKS / "data", folder / "data")
    shutil.copy(NOTEBOOKS / "customer_churn.ipynb", folder)
    return "churn/customer_churn.ipynb"


@pytest.mark.slow
def test_from_the_button_to_the_verdict(page, lab, notebook, shoot):
    from playwright.sync_api import expect  # noqa: PLC0415 - may be missing

    address, work = lab
    before = (work / notebook).read_bytes()
    go(page, address, notebook)
    page.locator(BUTTON).click()
    panel = page.locator(".nbp-Pipeline")
    stages = panel.locator(".nbp-Stage")
    expect(stages).to_have_count(5)
    shoot("1-stages")

    # The cells carry the stages' marks.
    expect(page.locator('.jp-Cell[data-nbpipe-stage="1 load_data"]').first).to_be_attached()

    # Rename a stage.
    panel.get_by_role("button", name="load_data", exact=True).click()
    panel.get_by_role("textbox", name="Name of the stage").fill("read customers")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="read_customers", exact=True)).to_be_visible()
    expect(page.locator('.jp-Cell[data-nbpipe-stage="1 read_customers"]').first).to_be_attached()
