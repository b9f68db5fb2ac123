"""How a plan is to be run, and what a target cannot say of it."""

from collections.abc import Mapping

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import FlowGraph, Statement
from nbpipe.model.plan import Operations, Plan
from nbpipe.planning.operations import NAMES, asked
from nbpipe.targets.base import Target

_IN_PARTS = frozenset({"chunksize", "iterator", "nrows"})


def unsaid(plan: Plan, target: Target) -> tuple[Finding, ...]:
    """What the plan says of how it is run and the target cannot: it is told, for the project goes without it."""
    of = {word: f" of {', '.join(stages)}" if stages else "" for word, stages in missing(plan, target).items()}
    return tuple(
        Finding(
            "NB602",
            f"the plan gives {word}{stages}, for which the target {target.name} has no place",
            fix="see to it where the project runs; `nbpipe targets` lists which targets have it",
        )
        for word, stages in of.items()
    )


def missing(plan: Plan, target: Target) -> Mapping[str, tuple[str, ...]]:
    """What of `asked` the target cannot say."""
    return {word: stages for word, stages in asked(plan).items() if word not in target.says}


def whole_files(plan: Plan, graph: FlowGraph, target: Target) -> tuple[Finding, ...]:
    """The stages that read whole files with pandas: an engine gives them a machine each, but no stage more than one."""
    if not target.requires:
        return ()
    reading = {one.id: f"cell {one.cell + 1}" for one in graph.statements if _reads_whole_files(one)}
    found = {
        stage.name: ", ".join(dict.fromkeys(reading[one] for one in stage.statements if one in reading))
        for stage in plan.stages
        if not stage.operations.memory and not reading.keys().isdisjoint(stage.statements)
    }
    if not found:
        return ()
    names = ", ".join(f"{name} ({cells})" for name, cells in found.items())
    message = f"read whole files with pandas, for which one machine must have the memory: {names}"
    advice = "say how much in the plan (`memory`), or read less: `usecols`, `dtype`, `nrows`, `chunksize`; stages stay pandas"
    return (Finding("NB603", message, Severity.NOTE, fix=advice),)


def _reads_whole_files(statement: Statement) -> bool:
    """Say whether a statement reads all of a file, for all that its arguments say."""
    given = ({name for name, _ in (*one.constants, *one.inputs)} for one in statement.operations if one.name.startswith("pandas.read_"))
    return any(names.isdisjoint(_IN_PARTS) for names in given)


def most(plan: Plan) -> Operations:
    """The most that any stage asks for."""
    every = [stage.operations for stage in plan.stages]
    return Operations(**{name: max((getattr(one, name) for one in every), default=0) for name in NAMES})


def quantities(operations: Operations) -> Mapping[str, str]:
    """The resources as Kubernetes names and writes them."""
    found = {
        "cpu": f"{operations.cpu}" if operations.cpu else "",
        "memory": f"{operations.memory}Mi" if operations.memory else "",
        "nvidia.com/gpu": f"{operations.gpu}" if operations.gpu else "",
    }
    return {name: text for name, text in found.items() if text}
