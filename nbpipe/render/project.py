"""From the plan and the modules made of it to a whole project."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

import nbpipe
from nbpipe import resources
from nbpipe.errors import PlanError
from nbpipe.model import codec
from nbpipe.model.finding import Severity
from nbpipe.model.flow import FlowGraph
from nbpipe.model.plan import Parameter, Plan, Stage
from nbpipe.model.project import Conversion, Origin, Project
from nbpipe.planning.artefacts import WORDS, Traffic, traffic
from nbpipe.planning.components import components, waits, with_added
from nbpipe.planning.naming import unique
from nbpipe.render.components import fill_in_components
from nbpipe.render.driver import driver_notebook
from nbpipe.render.filters import one_line
from nbpipe.render.layout import CONVERSION, GENERATED, OURS, place, place_workdir
from nbpipe.render.modules import own_code
from nbpipe.render.polish import polish
from nbpipe.render.provenance import follow
from nbpipe.render.requirements import imported, requirements, third_party
from nbpipe.render.sources import SYNCHRONOUS, Sources
from nbpipe.render.templates import fill_in
from nbpipe.render.wiring import Wiring, wire
from nbpipe.targets import Target
from nbpipe.targets.operations import unsaid, whole_files

RUNTIME = ("doit", "pyyaml")  # what the base project needs
_RUNTIME_MODULES = (
    "distributed",
    "doit",
    "fsspec",
    "numpy",
    "pandas",
    "ray",
    "yaml",
)  # what the templates import, some only where it is installed


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a project takes from around the notebook's code.

    `inputs` are the files that it reads, and its sibling modules: path relative to the notebook's folder → path on disk. `folders` are the
    folders, relative likewise, that it writes to and takes to exist. `versions` are those of the distributions in the environment that ran it, `python` that
    environment's Python (`3.10`), `installs` what its cells install. `files` go into the project as they are.
    """

    notebook_digest: str = ""
    title: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    python: str = "3.9"
    installs: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def build_project(plan: Plan, graph: FlowGraph, sources: Sources, around: Surroundings, target: Target) -> Project:
    """Put the modules into the target's project: everything but the writing."""
    whole = with_added(plan)
    _check_names(whole)
    if impossible := [finding for finding in target.check(whole) if finding.severity is Severity.ERROR]:
        raise PlanError("; ".join(str(finding) for finding in impossible))
    workdir = place_workdir(plan.notebook, (*around.inputs, *around.folders))
    copies = {place(workdir, file): disk for file, disk in around.inputs.items()}
    wiring = wire(whole, graph, tuple(around.inputs), waits(plan))
    added = fill_in_components(plan, whole, workdir)
    values = _values(whole, graph, sources, added, around, wiring, workdir, target)
    values |= target.context(whole, values)
    package = f"src/{plan.package}"
    modules = {f"{package}/{path}": text for path, text in sources.modules.items()}
    filled = fill_in(target, resources.templates(), values)
    if taken := sorted(modules.keys() & filled.keys() | added.keys() & (modules.keys() | filled.keys())):
        raise PlanError(f"{taken[0]} is a file of the project itself; give the stage or module another name in the plan")
    raw = {**filled, **modules, **added, "pipeline.ipynb": driver_notebook(plan, values["title"])}
    polished = polish(raw)
    provenance = follow(raw, polished, sources.provenance)
    conversion = Conversion(
        notebook=plan.notebook,
        notebook_digest=around.notebook_digest,
        plan=plan,
        provenance=provenance,
        workdir=workdir,
        inputs={file: place(workdir, file) for file in around.inputs},
        target=target.name,
        nbpipe=nbpipe.__version__,
    )
    files = {
        **around.files,
        **polished,
        **{f"{place(workdir, folder)}/.gitkeep": "" for folder in around.folders},
        f"{package}/origins.json": _origins(package, polished, provenance),
        CONVERSION: codec.to_json(conversion),
    }
    files[GENERATED] = json.dumps({path: text for path, text in files.items() if not path.startswith(OURS)}, indent=0) + "\n"
    found = (*sources.findings, *target.check(whole), *unsaid(plan, target), *whole_files(whole, graph, target))
    return Project(target.name, files, copies, provenance, target.command(whole), found)


def _check_names(plan: Plan) -> None:
    """Names become code and paths: whatever the plan says, they are Python names."""
    ports = [port for stage in plan.stages for port in (*stage.inputs, *stage.outputs, *stage.report_inputs)]
    names = [plan.package, *(stage.name for stage in plan.stages), *(parameter.name for parameter in plan.parameters)]
    for name in (*names, *(text for port in ports for text in (port.name, port.variable, port.stage, port.artefact or port.name))):
        if not name.isidentifier():
            raise PlanError(f"{name!r} cannot be a name in Python; change it in the plan")


def _values(
    plan: Plan,
    graph: FlowGraph,
    sources: Sources,
    added: Mapping[str, str],
    around: Surroundings,
    wiring: Wiring,
    workdir: str,
    target: Target,
) -> dict[str, Any]:
    """What the templates get. `added` are the components' files."""
    extras, notebook = target.extras(plan), PurePath(plan.notebook.replace("\\", "/")).name
    traveling = traffic(plan)
    package = f"src/{plan.package}/"
    new = {path.removeprefix(package): text for path, text in added.items() if path.startswith(package) and path.endswith(".py")}
    code = own_code(plan.package, {**sources.modules, **new}, around.inputs, workdir)
    chosen = {name: components()[name] for name in dict.fromkeys(one.component for one in plan.added)}
    component_of = {one.stage: one.component for one in plan.added}
    files = _files(plan, wiring, around.inputs, workdir)
    edges = _edges(plan, wiring)
    artefacts = [artefact for name in traveling for artefact in traveling[name].makes]
    taken = {*(stage.name for stage in plan.stages), *(one.name for one in artefacts), *(parameter.name for parameter in plan.parameters)}
    before = {name: tuple(plan.stages[edge["source"] - 1].name for edge in edges if edge["target"] == n) for n, name in _numbered(plan)}
    stages = [
        {
            **_stage(stage, wiring, traveling),
            "code": code[stage.name],
            "before": before[stage.name],
            "component": component_of.get(stage.name, ""),
            **files[stage.name],
        }
        for stage in plan.stages
    ]
    imports = {*sources.requirements}.union(*map(imported, sources.modules.values()))
    modules = third_party(imports, own=(plan.package, *_local_modules(around.inputs)))
    imports = imports.union(*(imported(text) for path, text in added.items() if path.endswith(".py")))
    needed = [requirement for component in chosen.values() for requirement in component.requires]
    formats = ["pyarrow"] if any(artefact.format == "parquet" for found in traveling.values() for artefact in found.makes) else []
    cells = {statement.id: statement.cell + 1 for statement in graph.statements}
    return {
        "package": plan.package,
        "distribution": (distribution := plan.package.replace("_", "-")),
        "notebook": one_line(notebook),
        "title": one_line(around.title) or plan.package.replace("_", " ").capitalize(),
        "python": around.python,
        "requirements": requirements(modules, (*around.installs, *RUNTIME, *target.requires, *extras, *formats), around.versions, needed),
        "untyped": sorted({*third_party(imports, own=(plan.package,)), *_RUNTIME_MODULES, *target.imports, *extras.values()}),
        "has_settings": "settings.py" in sources.modules,
        "needs_ipython": _needs_ipython(sources, around),
        "waits": any(f"@{SYNCHRONOUS}\n" in text for text in sources.modules.values()),
        "workdir": workdir,
        "schedule": plan.schedule,
        "image": plan.image,
        "image_name": plan.image or f"registry.example.com/{distribution}:0.1.0",
        "command": target.command(plan),
        "checks": target.checks(plan),
        "parameters_file": target.parameters_file,
        "ports": _ports(traveling),
        "artefacts": artefacts,
        "reports": {stage.name: unique(f"report_on_{stage.name}", taken) for stage in plan.stages if stage.report},
        "stages": stages,
        "edges": edges,
        "parameters": plan.parameters,
        "parameter_groups": _parameter_groups(plan.parameters, cells),
        "changed_parameter": _changed_parameter(plan),
        "components": list(chosen.values()),
        "observers": tuple(component.observer for component in chosen.values() if component.observer),
        "left_out": [{"cell": cells[item.statement], "reason": item.reason, "output_only": item.output_only} for item in plan.left_out],
    }


def _needs_ipython(sources: Sources, around: Surroundings) -> bool:
    """Say whether the code, or a module beside the notebook, asks for the IPython shell that it runs in."""
    beside = (Path(disk).read_text(encoding="utf-8", errors="replace") for file, disk in around.inputs.items() if file.endswith(".py"))
    return any("get_ipython" in text for text in (*sources.modules.values(), *beside))


def _stage(stage: Stage, wiring: Wiring, traveling: Mapping[str, Traffic]) -> dict[str, Any]:
    own = traveling[stage.name]
    report = {
        "inputs": {port.variable: port.name for port in stage.report_inputs},
        "takes": own.report_takes,
        "before": tuple(dict.fromkeys(one.stage for one in own.report_takes if one.stage != stage.name)),
        "parameters": stage.report_parameters,
    }
    return {
        "name": stage.name,
        "function": unique(stage.name, WORDS),
        "title": stage.title,
        "phase": stage.phase.value,
        "inputs": {port.variable: port.name for port in stage.inputs},
        "outputs": tuple(port.name for port in stage.outputs),
        "parameters": stage.parameters,
        "report": report if stage.report else None,
        "random": stage.random,
        "after": wiring.after[stage.name],
        "operations": stage.operations,
        "reads": wiring.reads[stage.name],
        "writes": wiring.writes[stage.name],
        "writes_more": stage.name in wiring.unnamed,
        "archive": f"files.{stage.name}.zip" if wiring.writes[stage.name] or stage.name in wiring.unnamed else "",
        "takes": own.takes,
        "makes": own.makes,
        "mark": own.mark,
        "follows": tuple(traveling[name].mark for name in wiring.after[stage.name] if traveling[name].mark not in own.takes),
    }


def _files(plan: Plan, wiring: Wiring, inputs: Mapping[str, str], workdir: str) -> dict[str, dict[str, Any]]:
    """The files other than artefacts that each stage needs as they are for good, and those that it makes so for later ones: their paths in the project."""
    last = {file: stage.name for stage in plan.stages for file in wiring.writes[stage.name] if file not in inputs}
    given = {file for file in inputs if not any(file in written for written in wiring.writes.values())}
    needs: dict[str, list[str]] = {}
    written: set[str] = set()
    for stage in plan.stages:
        final = {file for file in written if file not in inputs and last[file] in needs}
        needs[stage.name] = [file for file in wiring.reads[stage.name] if file in given or file in final]
        written |= {*wiring.writes[stage.name]}
    read = dict.fromkeys(file for needed in needs.values() for file in needed)
    return {
        name: {
            "needs": tuple(place(workdir, file) for file in needed),
            "hands": tuple(place(workdir, file) for file in read if last.get(file) == name),
        }
        for name, needed in needs.items()
    }


def _ports(traveling: Mapping[str, Traffic]) -> list[dict[str, str]]:
    """The ports with their files; several in one file are pickled together."""
    return [
        {"name": port, "stage": name, "file": artefact.file, "format": artefact.format}
        for name, found in traveling.items()
        for artefact in found.makes
        for port in artefact.ports
    ]


def _edges(plan: Plan, wiring: Wiring) -> list[dict[str, Any]]:
    """The arrows between the stages, by their numbers from 1, with the ports that travel along them."""
    number = {name: index for index, name in _numbered(plan)}
    found = []
    last_random = None
    for stage in plan.stages:
        sources = {port.stage for port in stage.inputs} | {
            *wiring.after[stage.name],
            *([last_random] if stage.random and last_random else []),
        }
        for source in sorted(sources, key=number.__getitem__):
            label = ", ".join(port.name for port in stage.inputs if port.stage == source)
            found.append({"source": number[source], "target": number[stage.name], "label": label})
        last_random = stage.name if stage.random else last_random
    return found


def _numbered(plan: Plan) -> Iterable[tuple[int, str]]:
    return enumerate((stage.name for stage in plan.stages), 1)


def _parameter_groups(parameters: Iterable[Parameter], cells: Mapping[str, int]) -> list[dict[str, Any]]:
    """The parameters by the stages that take them."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for parameter in parameters:
        entry = {"name": parameter.name, "default": parameter.default, "cell": cells.get(parameter.origin)}
        groups.setdefault(parameter.stages, []).append(entry)
    return [{"title": ", ".join(stages) or "reports", "parameters": entries} for stages, entries in groups.items()]


def _changed_parameter(plan: Plan) -> dict[str, Any] | None:
    """A parameter, with another value for it, on which the tests show what a change reaches; fractions bear it best."""
    taken = {name for stage in plan.stages for name in stage.parameters}
    numbers = [parameter for parameter in plan.parameters if parameter.name in taken and type(parameter.default) in (int, float)]
    for parameter in sorted(numbers, key=lambda parameter: isinstance(parameter.default, int)):
        default = parameter.default
        return {"name": parameter.name, "value": round(default * 0.9 or 0.1, 12) if isinstance(default, float) else int(default or 0) + 1}
    return None


def _local_modules(inputs: Iterable[str]) -> Iterable[str]:
    """The names of modules among the notebook's own files."""
    return (re.split(r"[./]", file)[0] for file in inputs if file.endswith(".py"))


def _origins(package: str, files: Mapping[str, str], provenance: Iterable[Origin]) -> str:
    """The cell (from 1) of each run of lines, for the runner's messages; the digest says whether a file is still the one meant."""
    found: dict[str, dict[str, Any]] = {}
    for origin in provenance:
        entry = found.setdefault(origin.file, {"sha256": hashlib.sha256(files[origin.file].encode()).hexdigest(), "lines": []})
        runs = entry["lines"]
        if runs and runs[-1][1:] == [origin.line - 1, origin.cell + 1]:
            runs[-1][1] = origin.line
        else:
            runs.append([origin.line, origin.line, origin.cell + 1])
    rows = ",\n".join(f"{json.dumps(file.removeprefix(package + '/'))}: {json.dumps(entry)}" for file, entry in sorted(found.items()))
    return "{\n" + rows + "\n}\n"
