"""Names as engines want them."""

from collections.abc import Collection, Iterable, Mapping

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.plan import Plan
from nbpipe.planning.naming import unique

_TAKEN = frozenset({"Any", "ClassVar", "StageTask"})  # what the templates use themselves


def camel_case(names: Iterable[str]) -> Mapping[str, str]:
    """A class name for each name, no two the same."""
    found: dict[str, str] = {}
    for name in names:
        words = [word[:1].upper() + word[1:] for word in name.split("_") if word]
        found[name] = unique("".join(words) or "Stage", {*_TAKEN, *found.values()})
    return found


def reserved(plan: Plan, engine: str, names: Collection[str]) -> tuple[Finding, ...]:
    """The parameters that an engine has no room for, as findings that forbid the conversion."""
    return tuple(
        Finding(
            "NB601",
            f"{engine} has a use of its own for the name of the parameter {parameter.name}",
            Severity.ERROR,
            fix="rename it in the plan",
        )
        for parameter in plan.parameters
        if parameter.name in names
    )
