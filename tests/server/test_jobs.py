"""Verifications as jobs: followed, cancelled, limited, found again."""

import asyncio
import json
import subprocess
import sys

import msgspec
import psutil
import pytest

from nbpipe.errors import ExitCode
from nbpipe.server.documents import State
from nbpipe.server.jobs import Job
from nbpipe.server.task import Task
from tests.server.notebooks import request

SLOW = {"one": "import time\nx = 1", "two": "time.sleep(60)", "three": "print(x)"}


async def follow(ask, view):
    """All that a job says, and how it ended; each question waits until there is something new."""
    said, since, questions = [], 0, 0
    while view["state"] in ("queued", "running"):
        _, view = await ask("jobs", view["id"], since=since, wait=20)
        said += view["messages"]
        since, questions = view["next"], questions + 1
    return said, view, questions


async def until(condition):
    for _ in range(600):
        if condition():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not happen")


@pytest.mark.slow
async def test_from_beginning_to_verdict(ask, jp_root_dir):
    status, view = await ask("jobs", body=request(folder="made"))
    assert (status, view["state"], view["folder"]) == (202, "queued", "made")
    said, view, questions = await follow(ask, view)
    assert (view["state"], view["error"]) == ("done", "")
    assert view["result"]["verification"]["passed"]
    assert said[0] == "converting"
    assert any("cell 2 of 4" in message for message in said)
    assert questions <= len(said) + 2
    assert (jp_root_dir / "made" / "plan.toml").is_file()
    _, again = await ask("jobs", path="work.ipynb")
    assert [(job["id"], job["state"], job["result"]) for job in again["jobs"]] == [(view["id"], "done", None)]
    assert (await ask("jobs", path="other.ipynb"))[1] == {"jobs": []}
    assert (await ask("jobs", view["id"]))[1]["result"] == view["result"]
    status, report = await ask("jobs", view["id"], "report")
    assert (status, report["html"][:15]) == (200, "<!DOCTYPE html>")
    assert 'id="verdict"' in report["html"]
    _, now = await ask("plan", body=request())
    assert now["digest"] == view["digest"]


@pytest.mark.slow
async def test_cancelling_ends_all_processes(ask, jp_web_app):
    _, view = await ask("jobs", body=request(SLOW, folder="made"))
    job = jp_web_app.settings["nbpipe_jobs"].find(view["id"])
    await until(lambda: any("cell 2" in message for message in job.messages))
    started = psutil.Process().children(recursive=True)
    assert len(started) >= 3  # the job, papermill, the kernel
    status, view = await ask("jobs", view["id"], method="DELETE")
    assert (status, view["state"]) == (200, "cancelled")
    await until(lambda: not any(process.is_running() for process in started))


@pytest.mark.slow
def test_the_work_ends_with_the_server(tmp_path):
    """However the server ended: the process notices that nobody is there to talk to."""
    task = Task(str(tmp_path / "work.ipynb"), json.dumps(request(SLOW)["notebook"]), str(tmp_path / "made"))
    with subprocess.Popen([sys.executable, "-P", "-m", "nbpipe.server.task"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(msgspec.json.encode(task) + b"\n")
        process.stdin.flush()
        while b"cell 2" not in (line := process.stdout.readline()):
            assert line
        started = psutil.Process(process.pid).children(recursive=True)
        process.stdin.close()
        assert process.wait(60) == ExitCode.INTERRUPTED
    _, alive = psutil.wait_procs(started, 30)  # they are told to end before the process is gone, and take their time
    assert not [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.slow
async def test_a_project_with_other_files_is_not_replaced(ask, jp_root_dir):
    (jp_root_dir / "made").mkdir()
    (jp_root_dir / "made" / "mine.txt").write_text("mine", encoding="utf-8")
    _, view = await ask("jobs", body=request(folder="made"))
    _, view, _ = await follow(ask, view)
    assert (view["state"], "mine.txt" in view["error"]) == ("failed", True)


async def test_limits(ask, jp_web_app):
    jobs = jp_web_app.settings["nbpipe_jobs"]
    bodies = [request(SLOW, folder=f"made{number}") for number in range(11)]
    answers = [await ask("jobs", body=body) for body in bodies[:10]]
    assert [status for status, _ in answers] == [202] * 10
    status, answer = await ask("jobs", body=bodies[10])
    assert (status, "10 verifications are under way" in answer["message"]) == (400, True)
    await ask("jobs", answers[9][1]["id"], method="DELETE")
    status, answer = await ask("jobs", body=bodies[0])
    assert (status, "made0 is under way" in answer["message"]) == (400, True)
    running = [jobs.find(view["id"]).state for _, view in answers]
    assert running.count(State.RUNNING) <= 2
    for _, view in answers:
        await ask("jobs", view["id"], method="DELETE")
    assert {jobs.find(view["id"]).state for _, view in answers} == {State.CANCELLED}


async def test_old_jobs_are_forgotten(jp_serverapp):
    jobs = jp_serverapp.web_app.settings["nbpipe_jobs"]
    ended = [Job("work.ipynb", "made", "", state=State.DONE) for _ in range(60)]
    jobs._jobs.update({job.id: job for job in ended})
    latest = Job("work.ipynb", "other", "")
    jobs.start(latest, None)
    await jobs.cancel(latest)
    assert jobs.find(ended[0].id) is None
    assert jobs.find(ended[-1].id) is ended[-1]
    assert len(list(jobs.of("work.ipynb"))) == 51


@pytest.mark.parametrize("query", [{"since": "x"}, {"wait": "soon"}])
async def test_questions_that_make_no_sense(ask, jp_web_app, query):
    job = Job("work.ipynb", "made", "", state=State.DONE)
    jp_web_app.settings["nbpipe_jobs"]._jobs[job.id] = job
    status, answer = await ask("jobs", job.id, **query)
    assert (status, "numbers" in answer["message"]) == (400, True)
