"""Each route: what it answers, and whom and what it refuses."""

import asyncio
import json

import pytest

import nbpipe
from nbpipe import updating
from nbpipe.report.data import FORMAT
from nbpipe.server import handlers
from nbpipe.verify.options import VerifyOptions
from tests.server.notebooks import notebook, request

FOLDER = {"folder": "made"}
NO_JOB = "0" * 32
ROUTES = [
    ("GET", "version", None),
    ("POST", "analyze", request()),
    ("POST", "plan", request()),
    ("POST", "remarks", request(**FOLDER)),
    ("POST", "code", request(**FOLDER)),
    ("POST", "convert", request(**FOLDER)),
    ("GET", "jobs?path=work.ipynb", None),
    ("POST", "jobs", request(**FOLDER)),
    ("GET", f"jobs/{NO_JOB}", None),
    ("DELETE", f"jobs/{NO_JOB}", None),
    ("GET", f"jobs/{NO_JOB}/report", None),
]
POSTS = [(path, body) for method, path, body in ROUTES if method == "POST"]


@pytest.fixture
def raw(http_server_client, jp_serverapp, jp_base_url):
    """Requests that carry only what the test gives them: no token is added."""

    async def raw(method, path, body=None, headers=None):
        text = json.dumps(body) if body is not None else None
        return await http_server_client.fetch(
            f"{jp_base_url}{path}", method=method, body=text, headers=headers, raise_error=False, follow_redirects=False
        )

    return raw


def test_every_route_is_tested_here():
    assert {path.split("?")[0].replace(NO_JOB, "([0-9a-f]{32})") for _, path, _ in ROUTES} == {route for route, _ in handlers.ROUTES}


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_without_the_token_it_is_refused(raw, method, path, body):
    assert (await raw(method, f"nbpipe/{path}", body)).code == 403


@pytest.mark.parametrize(("method", "path", "body"), [route for route in ROUTES if route[0] != "GET"])
async def test_a_foreign_page_is_refused(raw, jp_serverapp, method, path, body):
    """It rides on the browser's login cookie, and does not know the XSRF token; the panel does."""
    cookies = {}

    def keep(answer):
        cookies.update(cookie.split(";")[0].split("=", 1) for cookie in answer.headers.get_list("Set-Cookie"))
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}

    headers = keep(await raw("GET", "login"))
    headers = keep(await raw("GET", f"login?token={jp_serverapp.identity_provider.token}", headers=headers))
    refused = await raw(method, f"nbpipe/{path}", body, headers)
    assert refused.code == 403
    assert b"_xsrf" in refused.body
    with_token = await raw(method, f"nbpipe/{path}", body, {**headers, "X-XSRFToken": cookies["_xsrf"]})
    assert with_token.code == (404 if NO_JOB in path else 202 if path == "jobs" else 200)


@pytest.mark.parametrize(
    "path", ["../outside.ipynb", "/../../etc/passwd", "a/../../b.ipynb", "", ".", "a\0b.ipynb", ".hidden/a.ipynb"], ids=repr
)
@pytest.mark.parametrize(("route", "body"), POSTS)
async def test_paths_stay_inside_and_in_sight(ask, jp_root_dir, route, body, path):
    jp_root_dir.joinpath(".hidden").mkdir()
    before = sorted(jp_root_dir.parent.rglob("*"))
    status, answer = await ask(route, body={**body, "path": path})
    assert status == 400
    assert "server" in answer["message"]
    if "folder" in body:
        status, answer = await ask(route, body={**body, "folder": path.removesuffix(".ipynb")})
        assert status == 400
        assert "server" in answer["message"]
    assert [file for file in jp_root_dir.parent.rglob("*") if file not in before and "made" in file.parts] == []


@pytest.mark.parametrize("route", ["code", "convert", "jobs", "remarks"])
async def test_no_link_leads_out(ask, jp_root_dir, tmp_path, route):
    tmp_path.joinpath("elsewhere").mkdir()
    jp_root_dir.joinpath("link").symlink_to(tmp_path / "elsewhere")
    status, answer = await ask(route, body=request(folder="link/made"))
    assert (status, "leads out" in answer["message"]) == (400, True)
    assert not any(tmp_path.joinpath("elsewhere").iterdir())


@pytest.mark.parametrize(("route", "body"), POSTS)
async def test_too_much_is_refused(ask, monkeypatch, route, body):
    monkeypatch.setattr(handlers, "LARGEST", 1000)
    status, _ = await ask(route, body={**body, "notebook": notebook({"big": "x = '" + "-" * 1000 + "'"})})
    assert status == 413


@pytest.mark.parametrize("body", ["not json", "[]", "{}", '{"path": 3}', '{"path": "a.ipynb", "notebook": 3}', b"\xff"], ids=repr)
@pytest.mark.parametrize("route", [route for route, _ in POSTS])
async def test_a_wrong_form_is_answered_with_a_sentence(ask, route, body):
    status, answer = await ask(route, body=body)
    assert (status, answer["message"][:12]) == (400, "The request ")


@pytest.mark.parametrize(("route", "body"), POSTS)
async def test_what_is_no_notebook_is_answered_with_a_sentence(ask, route, body):
    status, answer = await ask(route, body={**body, "notebook": {"cells": 3}})
    assert (status, "not a notebook" in answer["message"]) == (400, True)


async def test_version(ask):
    status, answer = await ask("version")
    assert (status, answer["nbpipe"], answer["format"]) == (200, nbpipe.__version__, FORMAT)
    assert answer["targets"]["package"] == "Python package"


async def test_analyze(ask):
    status, answer = await ask("analyze", body=request())
    assert (status, answer["kind"], len(answer["cells"])) == (200, "analysis", 4)


async def test_remarks(ask):
    """All that is noticed, the rules' findings included, and the plan as the command line writes it."""
    cells = {"load": "import numpy as np\nrows = np.random.rand(9)", "save": "np.save('/home/me/rows.npy', rows)"}
    edits = [{"kind": "name", "place": {"cell": "save"}, "name": "keep"}]
    status, answer = await ask("remarks", body=request(cells, edits=edits, **FOLDER))
    assert (status, 'name = "keep"' in answer["text"]) == (200, True)
    assert {finding["span"]["cell"] for finding in answer["findings"] if finding["severity"] != "note"} == {0, 1}
    _, plan = await ask("plan", body=request(cells, edits=edits))
    assert plan["digest"] == answer["digest"]


async def test_components_of_the_project_are_kept_and_told(ask, jp_root_dir):
    """People add them on the command line; the panel's plan, its code and what it writes have them too."""
    jp_root_dir.joinpath("work.ipynb").write_text(json.dumps(notebook()), encoding="utf-8")
    _, made = await ask("convert", body=request(**FOLDER))
    after = next(stage["name"] for stage in made["plan"]["stages"] if stage["outputs"])
    updating.add(jp_root_dir / "made", "contracts", after, {}, None, VerifyOptions())
    status, answer = await ask("remarks", body=request(**FOLDER))
    assert (status, answer["misfit"]) == (200, "")
    (added,) = answer["added"]
    assert (added["component"], added["after"]) == ("contracts", after)
    assert 'component = "contracts"' in answer["text"]
    _, code = await ask("code", body=request(**FOLDER))
    assert any(name.endswith("contracts.py") for name in code["files"])
    assert code["on_disk"] == {}
    _, elsewhere = await ask("remarks", body=request(folder="other"))
    assert elsewhere["added"] == []


async def test_two_notebooks_at_once(ask):
    """Each question is answered about its own notebook, whichever tab asks."""
    bodies = [
        {**request({"one": f"value = {number}", "two": f"print('tab', value, {number})"}, tab=f"tab {number}"), "path": f"n{number}.ipynb"}
        for number in range(6)
    ]
    answers = await asyncio.gather(*(ask("plan", body=body) for body in bodies))
    assert [status for status, _ in answers] == [200] * 6
    assert [answer["statements"][1]["glimpse"] for _, answer in answers] == [f"print('tab', value, {number})" for number in range(6)]
    assert [answer["plan"]["package"] for _, answer in answers] == [f"n{number}" for number in range(6)]


async def test_an_unknown_target_is_refused(ask):
    status, answer = await ask("convert", body=request(folder="made", target="nowhere"))
    assert (status, "no target 'nowhere'" in answer["message"]) == (400, True)


@pytest.mark.parametrize("more", [(), ("report",)])
async def test_no_such_job(ask, more):
    status, answer = await ask("jobs", NO_JOB, *more)
    assert (status, "no such job" in answer["message"]) == (404, True)
