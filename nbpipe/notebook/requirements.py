"""What an install command installs."""

import re
import shlex
from collections.abc import Mapping
from typing import Any

_REQUIREMENT = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"  # name
    r"(?:\[[A-Za-z0-9._,-]+\])?"  # extras
    r"(?:(?:===?|>=|<=|~=|!=|>|<)[A-Za-z0-9.*+!_-]+(?:,(?:==|>=|<=|~=|!=|>|<)[A-Za-z0-9.*+!_-]+)*)?"  # versions
)
_CONDA_VERSION = re.compile(r"(?<![=<>!~])=(?=[^=])")
_REDIRECTION = re.compile(r"(?:\d|&)?>>?(?:&\d|\S*)")


def installed_packages(arguments: str, facts: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The requirements that follow `install`, and the words that name none (files, addresses, variables).

    `facts` is the table `[install]` of `magics.toml`.
    """
    try:
        words = iter(shlex.split(arguments))
    except ValueError:  # a quote that is not closed
        words = iter(arguments.split())
    found: list[str] = []
    odd: list[str] = []
    for word in words:
        if word.startswith("#"):  # a comment
            break
        if word.startswith("-"):
            option, _, value = word.partition("=")
            if option in facts["options_with_value"]:
                value = value or next(words, "")
            if option in facts["files"]:
                odd.append(value)
        elif _REDIRECTION.fullmatch(word):
            if word.endswith(">"):
                next(words, "")
        else:
            requirement = _CONDA_VERSION.sub("==", word)
            if not _REQUIREMENT.fullmatch(requirement):
                odd.append(word)
            elif requirement not in facts["tools"]:
                found.append(requirement)
    return found, odd
