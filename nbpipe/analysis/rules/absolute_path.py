"""Paths that exist on one computer only."""

import ast
import re
from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity

_HOME = re.compile(
    r"(?:/(?:home|Users|content|mnt|media|kaggle|root|data|tmp|var|opt|usr|Volumes|dbfs|databricks|workspace)/[^\s/:*?\"<>|]+"
    r"|[A-Za-z]:[\\/]+(?:[^\\/\s:*?\"<>|]|(?<=\w) (?=\w))+|\\\\\w[\w.-]*\\\w|~[\\/]\w).*",
    re.DOTALL,
)


def check(subject: Subject) -> Iterator[Remark]:
    """Find literals that are absolute paths of a person's or a service's file system."""
    for statement, node in subject.walk(ast.Constant):
        if isinstance(node.value, str) and "\n" not in node.value and _HOME.fullmatch(node.value):
            yield Remark(subject.span(statement, node), f"`{node.value[:120]}` is a path of one computer")


RULE = Rule(
    id="NB208",
    slug="absolute-path",
    summary="A path is written out that exists on one computer only.",
    why=(
        "On every other computer, and in every pipeline runner, the file is somewhere else. A path relative to the notebook, or a parameter for the folder of the "
        "data, works everywhere."
    ),
    severity=Severity.WARNING,
    bad=Example('# %%\nimport pandas as pd\n# %%\nsales = pd.read_csv("/home/ann/work/sales.csv")  # <- here\nprint(len(sales))\n'),
    good=Example('# %%\nimport pandas as pd\n# %%\nsales = pd.read_csv("data/sales.csv")\nprint(len(sales))\n'),
    check=check,
    fix="use a path relative to the notebook, or a parameter",
)
