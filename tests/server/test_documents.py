"""The answers have the form that the panel's types are made from."""

import json
import os
from pathlib import Path

import msgspec
import pytest

from nbpipe.model.codec import to_json
from nbpipe.server import documents
from tests.server.notebooks import request

SCHEMA = Path(__file__).parents[2] / "nbpipe" / "labextension" / "documents.schema.json"
KINDS = (
    documents.PlanRequest,
    documents.RemarksRequest,
    documents.ProjectRequest,
    documents.Proposal,
    documents.Remarks,
    documents.Code,
    documents.ConversionDocument,
    documents.JobView,
    documents.JobList,
    documents.Report,
    documents.Version,
)


def schema():
    """The types as JSON schema. All that is answered has all its keys; of what is sent, those with a default may be missing."""
    _, definitions = msgspec.json.schema_components(KINDS, ref_template="#/definitions/{name}")
    for name, definition in definitions.items():
        if "properties" in definition and not name.endswith("Request") and name not in ("Edit", "Place"):
            definition["required"] = list(definition["properties"])
        for part in definition.get("properties", {}).values():
            part.pop("default", None)
    return {"title": "Documents", "type": "object", "definitions": definitions, "additionalProperties": False}


def test_the_panels_types_are_those_of_the_model():
    text = to_json(schema())
    if os.environ.get("NBPIPE_UPDATE_CASES"):
        SCHEMA.write_text(text, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("route", "body", "kind"),
    [
        ("plan", request(), documents.Proposal),
        ("remarks", request(folder="made"), documents.Remarks),
        ("code", request(folder="made"), documents.Code),
        ("convert", request(folder="made"), documents.ConversionDocument),
        ("version", None, documents.Version),
    ],
)
async def test_the_answers_are_of_these_types(ask, route, body, kind):
    """Neither a key too many nor one too few."""
    status, answer = await ask(route, body=body)
    assert status == 200
    assert json.loads(msgspec.json.encode(msgspec.convert(answer, kind))) == answer
