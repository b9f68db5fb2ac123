"""Of what one tab asks for, the latest counts."""

import asyncio
import threading

from nbpipe.server import answers
from nbpipe.server.latest import Latest, Superseded
from tests.server.notebooks import request


async def test_of_one_tab_the_latest_is_done():
    latest, go, begun = Latest(at_a_time=1), threading.Event(), []

    def work(name):
        begun.append(name)
        go.wait(10)
        return name

    asked = [asyncio.create_task(latest.run(tab, lambda name=name: work(name))) for tab, name in ("a1", "a2", "b3", "a4")]
    await asyncio.sleep(0.1)
    go.set()
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert [done[0], type(done[1]), done[2], done[3]] == ["1", Superseded, "3", "4"]
    assert begun == ["1", "3", "4"]
    assert latest._newest == {}


async def test_the_server_says_so_and_stays_awake(ask, monkeypatch):
    go, proposal = threading.Event(), answers.proposal

    def slow(*arguments):
        go.wait(30)
        return proposal(*arguments)

    monkeypatch.setattr(answers, "proposal", slow)
    asked = [asyncio.create_task(ask("plan", body=request(tab=tab))) for tab in ("one", "two", "three", "three")]
    await asyncio.sleep(0.3)
    assert (await ask("version"))[0] == 200  # the analyses are not on the event loop
    go.set()
    assert [status for status, _ in await asyncio.gather(*asked)] == [200, 200, 409, 200]
