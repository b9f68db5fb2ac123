"""Lineage: the events are what OpenLineage's own schema wants, and a version of the registry is made again."""

import json
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource

from tests.engines import dependencies, environment
from tests.test_components import SCALED, edit, succeeds

SCHEMAS = Path(__file__).parent / "schemas" / "openlineage"

pytestmark = [pytest.mark.engines, pytest.mark.usefixtures("empty_folder")]


def facets(part):
    """All facets in an event, wherever."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "facets" or name.endswith("Facets"):
                yield from value.values()
            else:
                yield from facets(value)
    elif isinstance(part, list):
        for value in part:
            yield from facets(value)


def problems(event):
    """What OpenLineage's schemas, of the event and of each of its facets, object to."""
    known = [json.loads(file.read_text(encoding="utf-8")) for file in SCHEMAS.glob("*.json")]
    registry = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in known)
    for part in (event, *facets(event)):
        url = part.get("schemaURL") or part["_schemaURL"]
        checker = jsonschema.Draft202012Validator({"$ref": url}, registry=registry, format_checker=jsonschema.FormatChecker())
        yield from (f"{url}: {error.message}" for error in checker.iter_errors(part))


def test_events_are_valid_and_any_version_is_made_again(run):
    Path("prices.py").write_text(
        SCALED.replace('pd.DataFrame({"rooms": range(40)', 'pd.read_csv("homes.csv") if True else pd.DataFrame({"rooms": range(40)')
    )
    rows = [f"{n},{n % 7},{3 * n + n % 5}" for n in range(40)]
    Path("homes.csv").write_text("\n".join(["rooms,age,price", *rows, ""]))
    assert run("convert", "prices.py", "-o", "out")[0] == 0
    for name in ("gate", "tracking", "lineage"):
        assert run("add", name, "out")[0] == 0
    project = Path("out")
    commands = environment([*dependencies(project), "pytest"])

    def in_project(*words):
        return succeeds([str(commands / "python"), "-m", *words], project, commands, project)

    in_project("prices", "run")
    events = project / "store" / "lineage" / "events.jsonl"
    known = [json.loads(line) for line in events.read_text().splitlines()]
    assert [problem for event in known for problem in problems(event)] == []
    assert {url.rpartition("/")[2] for event in known for facet in facets(event) for url in [facet["_schemaURL"]]} >= {
        "SourceCodeJobFacet",
        "SchemaDatasetFacet",
        "DatasetVersionDatasetFacet",
        "ExecutionParametersRunFacet",
    }
    (file,) = project.glob("data/**/homes.csv")
    file.write_text("\n".join(["rooms,age,price", *rows, "40,5,120", ""]))
    edit(project / "params.yaml", "random_state: 42", "random_state: 7")
    source = next(file for file in (project / "src/prices/stages").glob("*.py") if "LinearRegression()" in file.read_text())
    edit(source, "LinearRegression()", "LinearRegression(positive=True)")
    in_project("prices", "run")
    told = in_project("prices.lineage", "made", "1").splitlines()
    assert [line.strip() for line in told if "different now" in line or "random_state" in line] == [
        next(line.strip() for line in told if "homes.csv" in line and line.endswith("different now; it is kept")),
        "random_state = 42",
        f"src/prices/stages/{source.name}: different now",
    ]
    for version in ("1", "2", ""):
        assert in_project("prices.lineage", "again", *version).endswith("the model is the same, byte for byte\n")
    assert "random_state = 7" in in_project("prices.lineage", "made", "2")
    kept = project / "store" / "lineage" / "kept"
    for copy in kept.iterdir():
        if copy.read_bytes().startswith(b"rooms,age,price"):
            copy.unlink()
    with pytest.raises(AssertionError, match=r"gone or changed, and not kept, is data/homes.csv \("):
        in_project("prices.lineage", "again", "1")
    in_project("prices.lineage", "again", "2")  # its data are there
    in_project("pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/test_lineage.py", "tests/test_tracking.py")
