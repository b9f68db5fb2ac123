"""How stages are to be run, as `plan.toml` says it: read strictly, because a word that is overlooked would only show when it is missed."""

import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from nbpipe.errors import PlanError
from nbpipe.model.plan import Operations, Plan

NAMES = tuple(field.name for field in fields(Operations))
_MOST = {"retries": 100, "timeout": 30 * 24 * 3600, "cpu": 1024, "memory": 64 * 1024 * 1024, "gpu": 128}
_UNITS = {"timeout": " of seconds", "memory": " of MiB"}
_CRON = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))  # minute, hour, day, month, day of the week
_PART = re.compile(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", re.ASCII)
_IMAGE = re.compile(r"[a-z0-9]+(?:[._:/-]+[A-Za-z0-9_]+)*(?:@sha256:[0-9a-f]{64})?", re.ASCII)


def check_words(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Raise PlanError for a key that a plan does not have."""
    for word in sorted(table.keys() - set(known)):
        near = get_close_matches(word, known, 1)
        raise PlanError(f"{where} has `{word}`, which is nothing that a plan says{f': did you mean `{near[0]}`?' if near else '.'}")


def read_operations(table: Mapping[str, Any], where: str) -> Operations:
    """How a stage is to be run, by its table in the plan. Raises PlanError."""
    given = {name: table[name] for name in NAMES if name in table}
    for name, value in given.items():
        whole = name != "cpu"
        least, most = (0.01, _MOST[name]) if value and not whole else (0, _MOST[name])
        if type(value) not in ((int,) if whole else (int, float)) or not least <= value <= most:
            kind = f"a whole number{_UNITS.get(name, '')} from {least} to {most}" if whole else f"a number from 0.01 to {most}, or 0"
            raise PlanError(f"{where}: `{name}` is {value!r}, but takes {kind}.")
    return Operations(**given)


def read_schedule(value: object) -> str:
    """When the pipeline runs: cron's five fields, in numbers. Raises PlanError."""
    text = value.strip() if isinstance(value, str) else ""
    words = text.split()
    if value != "" and (len(words) != len(_CRON) or not all(_is_field(word, *bounds) for word, bounds in zip(words, _CRON, strict=True))):
        raise PlanError(
            f"`schedule` is {value!r}, but takes the five fields of cron, in numbers: minute, hour, day, month, day of the week from 0 to 6,"
            ' as in "30 6 * * 1-5".'
        )
    return " ".join(words)


def _is_field(word: str, least: int, most: int) -> bool:
    for part in word.split(","):
        found = _PART.fullmatch(part)
        if found is None or (found[3] is not None and (int(found[3]) == 0 or (found[1] is not None and found[2] is None))):
            return False
        ends = [int(end) for end in found.groups()[:2] if end is not None]
        if ends != sorted(ends) or not all(least <= end <= most for end in ends):
            return False
    return True


def read_image(value: object) -> str:
    """The name of a container image. Raises PlanError."""
    if not isinstance(value, str) or (value and not _IMAGE.fullmatch(value)):
        raise PlanError(f'`image` is {value!r}, but takes the name of a container image, as in "registry.example.com/team/model:1.0".')
    return value


def asked(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """What a plan says of how it is run: the names of the settings, each with the stages that have it; those of the whole have none."""
    found = {name: tuple(stage.name for stage in plan.stages if getattr(stage.operations, name)) for name in NAMES}
    whole = {name: () for name in ("schedule", "image") if getattr(plan, name)}
    return {name: stages for name, stages in found.items() if stages} | whole
