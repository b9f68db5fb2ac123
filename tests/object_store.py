"""A server of our own that answers as S3 does: moto's, in a process and an environment of its own."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

SERVER = ("moto[s3,server]>=5",)
CLIENT = ("fsspec", "s3fs")
BUCKET = "values"


@contextmanager
def object_store(commands: Path) -> Iterator[Mapping[str, str]]:
    """The environment variables with which a client finds the server, and in it a bucket. `commands` is the folder of an environment that has moto."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    variables = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    command = [str(commands / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(url)
            program = f"import boto3; boto3.client('s3').create_bucket(Bucket={BUCKET!r})"
            subprocess.run([str(commands / "python"), "-c", program], env={**os.environ, **variables}, check=True)
            yield variables
        finally:
            server.terminate()


def _wait(url: str) -> None:
    for _ in range(240):
        try:
            urlopen(f"{url}/moto-api/", timeout=5).close()  # noqa: S310 - our own
            return
        except (URLError, OSError):
            time.sleep(0.5)
    raise TimeoutError(url)
