"""Lineage: the events are what OpenLineage's own schema wants, and a version of the registry is made again."""

import json
import re
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


@pytest.fixture
def prices(run):
    """A project with lineage, made of a notebook that reads a file, and what adds components and then gives its commands."""
    rows = "".join(f"{n},{n % 7},{3 * n + n % 5}\n" for n in range(40))
    Path("homes.csv").write_text(f"rooms,age,price\n{rows}")
    source = re.sub(r"df = pd.DataFrame.*", 'df = pd.read_csv("homes.csv")', SCALED)
    Path("prices.py").write_text(source)
    assert run("convert", "prices.py", "-o", "out")[0] == 0
    project = Path("out")

    def ready(*components):
        for name in components:
            assert run("add", name, "out")[0] == 0
        commands = environment([*dependencies(project), "pytest"])
        return lambda *words: succeeds([str(commands / "python"), "-m", *words], project, commands, project)

    return ready


def change_everything(project):
    """Other data, another parameter, other code; the code's file and that of the data."""
    data = project / "data" / "homes.csv"
    data.write_text(f"{data.read_text()}40,5,120\n")
    edit(project / "params.yaml", "random_state: 42", "random_state: 7")
    code = next(file for file in (project / "src/prices/stages").glob("*.py") if "LinearRegression()" in file.read_text())
    edit(code, "LinearRegression()", "LinearRegression(positive=True)")
    return code.name


def test_events_are_valid_and_any_model_is_made_again(prices):
    project, in_project = Path("out"), prices("lineage")
    in_project("prices", "run")
    events = [json.loads(line) for line in (project / "store/lineage/events.jsonl").read_text().splitlines()]
    assert [problem for event in events for problem in problems(event)] == []
    told = {facet["_schemaURL"].rpartition("/")[2] for event in events for facet in facets(event)}
    assert told >= {"SourceCodeJobFacet", "SchemaDatasetFacet", "DatasetVersionDatasetFacet", "ExecutionParametersRunFacet"}
    code = change_everything(project)
    in_project("prices", "run")
    first, second = (line.split()[0] for line in in_project("prices.lineage", "show").splitlines())
    made = [line.strip() for line in in_project("prices.lineage", "made", first).splitlines()]
    (data,) = (line for line in made if line.startswith("data/homes.csv"))
    assert data.endswith("different now; it is kept")
    assert [line for line in made if "random_state" in line] == ["random_state = 42"]
    assert [line for line in made if line.endswith(": different now")] == [f"src/prices/stages/{code}: different now"]
    assert in_project("prices.lineage", "again", first).endswith("the model is the same, byte for byte\n")
    (copy,) = (project / "store/lineage/kept").glob(f"{data.split()[1]}*")
    copy.unlink()
    with pytest.raises(AssertionError, match=r"gone or changed, and not kept, is data/homes.csv \("):
        in_project("prices.lineage", "again", first)
    assert in_project("prices.lineage", "again", second).endswith("the model is the same, byte for byte\n")


def test_a_version_of_the_registry_is_made_again(prices):
    in_project = prices("gate", "tracking", "lineage")
    in_project("prices", "run")
    change_everything(Path("out"))
    assert "random_state = 42" in in_project("prices.lineage", "made", "1")
    assert in_project("prices.lineage", "again", "1").endswith("the model is the same, byte for byte\n")
