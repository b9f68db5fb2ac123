"""Names and values as engines want them."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping

from nbpipe.model.finding import Finding, Severity
from nbpipe.model.plan import Literals, Plan
from nbpipe.planning.naming import unique

_DIGEST = 6  # letters of a digest that tells shortened names apart
_TAKEN = frozenset({"Any", "ClassVar", "StageTask"})  # what the templates use themselves
_TYPES: Mapping[type, str] = {bool: "bool", int: "int", float: "float", str: "str"}


def camel_case(names: Iterable[str]) -> Mapping[str, str]:
    """A class name for each name, no two the same."""
    found: dict[str, str] = {}
    for name in names:
        words = [word[:1].upper() + word[1:] for word in name.split("_") if word]
        found[name] = unique("".join(words) or "Stage", {*_TAKEN, *found.values()})
    return found


def names_apart(names: Iterable[str], taken: set[str], spell: Callable[[str], str] = str) -> dict[str, str]:
    """For each name one, spelled so and without underscores around it, that is not `taken`; from then on it is."""
    found = {}
    for name in names:
        found[name] = unique(spell(name).strip("_") or "value", taken)
        taken.add(found[name])
    return found


def parameter_types(plan: Plan, otherwise: str | None) -> dict[str, str | None]:
    """The type of each parameter, as Python's text; `otherwise` where its value has none of the plain ones."""
    return {parameter.name: _TYPES.get(type(parameter.default), otherwise) for parameter in plan.parameters}


def plain(names: Iterable[str], longest: int) -> tuple[str, ...]:
    """Each name in lower-case letters, digits and hyphens of ASCII, as Kubernetes wants them, no two the same.

    One that is too long, has letters without a counterpart in ASCII, or becomes another's ends in a digest of what it was.
    """
    found: list[str] = []
    for name in names:
        letters = unicodedata.normalize("NFKD", name.lower())
        kept = re.sub(r"[^a-z0-9]+", "-", "".join(letter for letter in letters if not unicodedata.combining(letter))).strip("-")
        lost = any(not letter.isascii() and not unicodedata.combining(letter) for letter in letters)
        if lost or kept in ("", *found) or len(kept) > longest:
            kept = f"{kept[: longest - _DIGEST - 1]}-{hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]}".strip("-")
        found.append(kept)
    return tuple(found)


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


def in_64_bits(value: Literals) -> bool:
    """Say whether a value, if it is an integer, is one that most databases and protocols can hold."""
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def unfit(plan: Plan, engine: str, fits: Callable[[Literals], bool]) -> tuple[Finding, ...]:
    """The parameters whose values an engine has no type for, as findings that forbid the conversion."""
    return tuple(
        Finding(
            "NB601",
            f"{engine} has no type for the value of the parameter {parameter.name}",
            Severity.ERROR,
            fix="give it another in the plan",
        )
        for parameter in plan.parameters
        if not fits(parameter.default)
    )
