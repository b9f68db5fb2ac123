"""How the tests start a program of their own that serves others, and wait until it does."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

_PATIENCE = 900  # seconds: one that makes its database first takes its time on a slow machine


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(command: Sequence[str], address: str, folder: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Start a server in a folder, go on when its address answers, and end it; what it wrote is in `server.log` there."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **variables}, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait(address, process, folder / "server.log")
            yield
        finally:
            os.killpg(process.pid, 15)  # with the workers that it started
            process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = build_opener(ProxyHandler({}))
    for _ in range(2 * _PATIENCE):
        try:
            opener.open(address, timeout=60).close()
            return
        except HTTPError:
            return  # an answer, too
        except (URLError, OSError):
            if process.poll() is not None:
                raise RuntimeError(log.read_text()[-4000:]) from None
            time.sleep(0.5)
    raise TimeoutError(f"{address}: {log.read_text()[-4000:]}")
