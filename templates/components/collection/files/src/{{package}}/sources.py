"""Rows out of databases and services."""

from __future__ import annotations

from collections.abc import Iterator
from string import Template
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import sqlalchemy
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

TRIES = 5
LONGEST = 30.0  # seconds between two tries


class Unavailable(OSError):
    """A database or service does not answer, or not as it should."""


def rows_from_sql(url: str, query: str, since: Any) -> Iterator[dict[str, Any]]:
    """The rows of a query, which may ask for `:since`."""
    engine = sqlalchemy.create_engine(url)
    wanted = sqlalchemy.text(query)
    values = {"since": since} if ":since" in query else {}
    try:
        with engine.connect() as connection:
            yield from (dict(row) for row in connection.execute(wanted, values).mappings())
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise Unavailable(f"{engine.url.render_as_string(hide_password=True)}: {error}") from error
    finally:
        engine.dispose()


def rows_from_http(source: dict[str, Any], since: Any) -> Iterator[dict[str, Any]]:
    """The rows of all pages of a service."""
    parameters = {name: Template(str(text)).safe_substitute(since=since) for name, text in source.get("parameters", {}).items()}
    address, seen = str(source["http"]), set()
    with httpx.Client(headers=source.get("headers"), timeout=source.get("timeout", 30)) as client:
        while address and address not in seen:
            seen.add(address)
            answer = _page(client, address, parameters)
            items = _within(answer, source.get("items", ""))
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise Unavailable(f"{address}: there is no list of rows at {source.get('items') or 'the top'!r} of the answer")
            yield from items
            further = _within(answer, source["next"]) if source.get("next") else None
            address, parameters = urljoin(address, further) if further else "", {}  # its address has them
            if address and urlsplit(address).netloc != urlsplit(str(source["http"])).netloc:
                raise Unavailable(f"the next page is at another place, {address}: what is in the headers is not sent there")


def _page(client: httpx.Client, address: str, parameters: dict[str, str]) -> Any:
    """One answer; a service that is not there, or has too much to do, is asked again, later and later."""
    tries = Retrying(
        stop=stop_after_attempt(TRIES),
        wait=lambda state: max(_asked_to_wait(state), wait_random_exponential(multiplier=0.5, max=LONGEST)(state)),
        retry=retry_if_exception(_may_pass),
        reraise=True,
    )
    try:
        for attempt in tries:
            with attempt:
                answer = client.get(address, params=parameters or None)
                answer.raise_for_status()
        return answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(f"{address}: {error}") from error


def _may_pass(error: BaseException) -> bool:
    """Whether it may be better later: no answer, too many requests, or a failure of the service's own."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in (408, 425, 429) or error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)


def _asked_to_wait(state: Any) -> float:
    """The seconds that the service itself asked for."""
    error = state.outcome.exception()
    text = error.response.headers.get("Retry-After", "") if isinstance(error, httpx.HTTPStatusError) else ""
    return min(float(text), LONGEST) if text.isdigit() else 0.0


def _within(answer: Any, path: str) -> Any:
    """What is at `data.items` of an answer."""
    for name in path.split(".") if path else ():
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer
