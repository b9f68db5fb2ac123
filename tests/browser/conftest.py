"""JupyterLab with nbpipe, and a Chromium that looks at it. Skipped where one of them is missing."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

CHROMIUM = os.environ.get("NBPIPE_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
EXTENSION = Path(sys.prefix, "share", "jupyter", "labextensions", "nbpipe", "package.json")
TOKEN = "of-this-test"  # noqa: S105


@pytest.fixture(scope="package")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as driver:
        playwright.expect.set_options(timeout=20_000)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def lab(lab_process):
    """A JupyterLab: its address, and the folder of its notebooks."""
    return lab_process[:2]


@pytest.fixture(scope="package")
def lab_process(tmp_path_factory):
    """A JupyterLab: its address, the folder of its notebooks, and the process of its server."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
    if not EXTENSION.exists():
        pytest.skip("the JupyterLab extension is not installed: see the README")
    home = tmp_path_factory.mktemp("lab")
    work = home / "work"
    work.mkdir()
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    places = {"CONFIG_DIR": "config", "RUNTIME_DIR": "runtime"}
    variables = {f"JUPYTER_{name}": str(home / folder) for name, folder in places.items()}
    variables |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={work}",
        "--LabApp.expose_app_in_browser=True",
    ]
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env={**os.environ, **variables, "IPYTHONDIR": str(home / "ipython")},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/api/status?token={TOKEN}", server, home / "lab.log")
            yield address, work, server
        finally:
            server.terminate()
            server.wait(30)


def wait_for(address, server, log):
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(log.read_text(encoding="utf-8"))


@pytest.fixture
def page(browser):
    """A page of its own; an error in its console is a failure."""
    context = browser.new_context(viewport={"width": 1500, "height": 950})
    page = context.new_page()
    page.set_default_timeout(25_000)
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.expected_errors = []
    yield page
    context.close()
    assert [error for error in errors if not any(part in error for part in page.expected_errors)] == []


@pytest.fixture
def shoot(page):
    """Keep a picture for people to look at, in the folder that NBPIPE_PICTURES names."""
    folder = os.environ.get("NBPIPE_PICTURES")

    def shoot(name):
        if folder:
            page.screenshot(path=str(Path(folder, f"{name}.png")))

    return shoot
