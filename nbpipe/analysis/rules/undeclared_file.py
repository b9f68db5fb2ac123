"""Files that come from outside, or that nobody here reads."""

from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity
from nbpipe.model.flow import Statement

UNKNOWN = "?"


def check(subject: Subject) -> Iterator[Remark]:
    """Find files that are written and never read, and files that are read before they are written."""
    read: dict[str, Statement] = {}
    written: dict[str, Statement] = {}
    for statement in subject.graph.statements:
        read.update({path: statement for path in statement.effects.files_read if path not in (UNKNOWN, *read)})
        written.update({path: statement for path in statement.effects.files_written if path not in (UNKNOWN, *written)})
    order = {statement.id: number for number, statement in enumerate(subject.graph.statements)}
    unread = [path for path, statement in written.items() if path not in read and not _makes_folder(statement)]
    if unread:
        names = ", ".join(f"`{path}`" for path in unread[:5])
        yield Remark(written[unread[0]].span, f"nothing here reads what is written: {names}", "say in the text who reads it, or drop it")
    for path in read.keys() & written.keys():
        if order[read[path].id] < order[written[path].id]:
            yield Remark(read[path].span, f"`{path}` is read before it is written ({written[path].span}): it comes from an earlier run")


def _makes_folder(statement: Statement) -> bool:
    return any(call.endswith((".mkdir", ".makedirs")) for call in statement.calls)


RULE = Rule(
    id="NB210",
    slug="undeclared-file",
    summary="A file is written that nothing reads, or read before it is written.",
    why=(
        "Files are how notebooks talk to each other without saying so. A file that is only written has a reader somewhere else, who breaks when its form changes; "
        "one that is read first comes from an earlier run."
    ),
    severity=Severity.NOTE,
    bad=Example("# %%\nimport pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\n# %%\ndf.to_csv('clean.csv')  # <- here\n"),
    good=Example(
        "# %%\nimport pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\n# %%\ndf.to_csv('clean.csv')\nprint(pd.read_csv('clean.csv'))\n"
    ),
    check=check,
    fix="write it first, or name it as an input",
)
