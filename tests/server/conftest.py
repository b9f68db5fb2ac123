"""A Jupyter server with nbpipe. The fixtures are imported, not loaded as a plugin: they are for this folder only."""

import json

import pytest
from pytest_jupyter.jupyter_core import *  # noqa: F403
from pytest_jupyter.jupyter_server import *  # noqa: F403
from pytest_jupyter.pytest_tornasync import *  # noqa: F403


@pytest.fixture
def jp_server_config():
    return {"ServerApp": {"jpserver_extensions": {"nbpipe.server": True}, "allow_unauthenticated_access": False}}


@pytest.fixture
def ask(jp_fetch):
    """Ask a route, and return the status and the document of the answer."""

    async def ask(*route, body=None, method=None, **params):
        text = None if body is None else body if isinstance(body, str | bytes) else json.dumps(body)
        answer = await jp_fetch(
            "nbpipe",
            *route,
            method=method or ("GET" if body is None else "POST"),
            body=text,
            params=params,
            raise_error=False,
            request_timeout=120,
        )
        return answer.code, json.loads(answer.body)

    return ask


@pytest.fixture(autouse=True)
def no_job_is_left(jp_serverapp, jp_asyncio_loop):
    """End what a test has begun."""
    yield
    jobs = jp_serverapp.web_app.settings["nbpipe_jobs"]
    for job in list(jobs._jobs.values()):
        jp_asyncio_loop.run_until_complete(jobs.cancel(job))
