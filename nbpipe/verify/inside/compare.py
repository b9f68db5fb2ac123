"""Compare stored values pair by pair, in an interpreter that has the libraries to load them."""

from __future__ import annotations

import filecmp
import json
import re
import sys
from pathlib import Path
from typing import Any

from . import loading, values

Request = dict  # as nbpipe.verify.stored writes it
SHOWN = 50  # places of differences that are told one by one


def main() -> None:
    """Read the request (`compare REQUEST.json ANSWER.json`), and write a verdict for each of its pairs."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.path.insert(0, request["source"])
    answers = [_verdict(pair, request) for pair in request["pairs"]]
    Path(sys.argv[2]).write_text(json.dumps(answers), encoding="utf-8")


def _verdict(pair: dict[str, Any], request: Request) -> dict[str, Any]:
    """The status of a pair, as `nbpipe.model.verification` names it, and a sentence."""
    try:
        return _compared(pair, request)
    except Exception as error:  # whatever a type's own code raises
        return {"status": "skipped", "detail": f"cannot be loaded or compared: {type(error).__name__}: {error}"}


def _compared(pair: dict[str, Any], request: Request) -> dict[str, Any]:
    noise = _noise(pair, request)
    everything = [found for found in _differences(pair["expected"], pair["found"], request) if _general(found.path) not in noise]
    for kind, status in ((values.DIFFERENT, "different"), (values.UNKNOWN, "skipped")):
        told = [found.message for found in everything if found.kind == kind]
        if told:
            more = f" (and {len(told) - 1} more places)" if len(told) > 1 else ""
            return {"status": status, "detail": told[0] + more, "lines": told[:SHOWN] if more else []}
    if noise:
        return {"status": "noisy", "detail": f"differs between two runs of the notebook itself: {noise[min(noise)]}"}
    if everything:
        return {"status": "close", "detail": everything[0].message}
    return {"status": "same", "detail": ""}


def _noise(pair: dict[str, Any], request: Request) -> dict[str, str]:
    """Where the notebook differs from itself: the path, and in which way."""
    again = pair["again"]
    if again is None or filecmp.cmp(pair["expected"]["path"], again["path"], shallow=False):
        return {}
    return {_general(found.path): found.message for found in _differences(pair["expected"], again, request)}


def _general(path: str) -> str:
    """The path for any position in a sequence: noise in one is noise in all."""
    return re.sub(r"\[\d+\]", "[]", path)


def _differences(expected: dict[str, str], found: dict[str, str], request: Request) -> list[values.Difference]:
    left, right = _load(expected, request), _load(found, request)
    return values.differences(left, right, request["rtol"], request["atol"], request["roots"])


def _load(place: dict[str, str], request: Request) -> Any:
    if "port" in place:
        return loading.load_port(place["port"], place["folder"], request["package"])
    return loading.load_file(place["path"], request["package"])
