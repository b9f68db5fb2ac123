"""What goes from stage to stage where each runs on a machine of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nbpipe.model.plan import Plan
from nbpipe.planning.artefacts import Artefact, traffic
from nbpipe.planning.naming import unique


@dataclass(frozen=True, slots=True)
class Handover:
    """For each stage what it, and its report, take from earlier ones, and what it makes. `stages` are the earlier ones that it needs something of; `archives` of the files that stages write are among them."""

    takes: Mapping[str, tuple[Artefact, ...]]
    makes: Mapping[str, tuple[Artefact, ...]]
    archives: tuple[Artefact, ...]
    stages: Mapping[str, tuple[str, ...]]


def handover(plan: Plan, stages: Iterable[Mapping[str, Any]], taken: Iterable[str] = ()) -> Handover:
    """Find it; `stages` are those that the templates get, and no archive has a name that is `taken`."""
    found = traffic(plan)
    stages = list(stages)
    names = {*taken, *(one.name for item in found.values() for one in item.makes), *(parameter.name for parameter in plan.parameters)}
    archives = {
        stage["name"]: Artefact(unique(f"files_of_{stage['name']}", names), stage["archive"], stage["name"], "pickle")
        for stage in stages
        if stage["archive"]
    }
    earlier: dict[str, set[str]] = {}
    takes, makes = {}, {}
    for stage in stages:
        name, traveling = stage["name"], found[stage["name"]]
        earlier[name] = set(stage["before"]).union(*(earlier[other] for other in stage["before"]))
        looked_at = (one for one in traveling.report_takes if one not in traveling.makes)
        files = (archive for other, archive in archives.items() if other in earlier[name])
        takes[name] = tuple(dict.fromkeys([*traveling.takes, *looked_at, *files]))
        makes[name] = (*traveling.makes, *([archives[name]] if name in archives else []))
    needed = {stage["name"]: {*stage["before"], *(one.stage for one in takes[stage["name"]])} for stage in stages}
    return Handover(
        takes, makes, tuple(archives.values()), {name: tuple(other for other in needed if other in found) for name, found in needed.items()}
    )
