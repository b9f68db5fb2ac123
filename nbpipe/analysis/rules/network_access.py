"""Data and code that come over the network."""

import ast
import re
from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity

_ADDRESS = re.compile(r"(?:https?|ftp|s3|gs|hdfs|wasbs?|abfss?)://[^\s/]+")


def check(subject: Subject) -> Iterator[Remark]:
    """Find statements that open addresses, or that are known to ask the network."""
    for statement, tree in subject.statements():
        addresses = [path for path in (*statement.effects.files_read, *statement.effects.files_written) if _ADDRESS.match(path)]
        if addresses:
            yield Remark(statement.span, f"this opens `{addresses[0][:120]}`")
        elif "network" in statement.effects.state_written and not isinstance(tree, ast.Import | ast.ImportFrom):
            yield Remark(statement.span, "this asks the network")


RULE = Rule(
    id="NB252",
    slug="network-access",
    summary="A statement needs the network.",
    why="What is behind an address changes or disappears, and machines that run pipelines often have no network.",
    severity=Severity.NOTE,
    bad=Example("# %%\nimport pandas as pd\n# %%\ndf = pd.read_csv('https://example.org/cars.csv')  # <- here\nprint(len(df))\n"),
    good=Example("# %%\nimport pandas as pd\n# %%\ndf = pd.read_csv('data/cars.csv')\nprint(len(df))\n"),
    check=check,
    fix="download it once, and read the copy",
)
