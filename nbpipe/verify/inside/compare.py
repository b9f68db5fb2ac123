"""Compare stored values pair by pair, in an interpreter that has the libraries to load them."""

from __future__ import annotations

import filecmp
import json
import re
import sys

from . import loading, values


def main():
    """Read the request (`compare REQUEST.json ANSWER.json`), and write a verdict for each of its pairs."""
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    sys.path.insert(0, request["source"])
    answers = [_verdict(pair, request) for pair in request["pairs"]]
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(answers, file)


def _verdict(pair, request):
    """The status of a pair, as `nbpipe.model.verification` names it, and a sentence."""
    try:
        return _compared(pair, request)
    except Exception as error:  # whatever a type's own code raises
        return {"status": "skipped", "detail": "cannot be loaded or compared: %s: %s" % (type(error).__name__, error)}


def _compared(pair, request):
    noise = _noise(pair, request)
    everything = [found for found in _differences(pair["expected"], pair["found"], request) if _general(found.path) not in noise]
    for kind, status in ((values.DIFFERENT, "different"), (values.UNKNOWN, "skipped")):
        told = [found.message.lstrip(": ") for found in everything if found.kind == kind]
        if told:
            return {"status": status, "detail": told[0] + (" (and %d more places)" % (len(told) - 1) if len(told) > 1 else "")}
    if noise:
        return {"status": "noisy", "detail": "differs between two runs of the notebook itself: " + noise[min(noise)]}
    if everything:
        return {"status": "close", "detail": everything[0].message.lstrip(": ")}
    return {"status": "same", "detail": ""}


def _noise(pair, request):
    """Where the notebook differs from itself: the path, and in which way."""
    again = pair.get("again")
    if again is None or filecmp.cmp(pair["expected"]["path"], again["path"], shallow=False):
        return {}
    return {_general(found.path): found.message.lstrip(": ") for found in _differences(pair["expected"], again, request)}


def _general(path):
    """The path for any position in a sequence: noise in one is noise in all."""
    return re.sub(r"\[\d+\]", "[]", path)


def _differences(expected, found, request):
    left, right = _load(expected, request), _load(found, request)
    return values.differences(left, right, request["rtol"], request["atol"], request["roots"])


def _load(place, request):
    if "port" in place:
        return loading.load_port(place["port"], place["folder"], request["package"])
    return loading.load_file(place["path"], request["package"])
