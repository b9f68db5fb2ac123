"""Stages that take or give many values."""

from collections.abc import Iterator

from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity

_MOST = 8


def check(subject: Subject) -> Iterator[Remark]:
    """Find stages with more ports than people can keep in mind."""
    if subject.plan is None:
        return
    statements = subject.by_id()
    for stage in subject.plan.stages:
        for ports, does in ((stage.inputs, "takes"), (stage.outputs, "gives")):
            if len(ports) > _MOST and stage.statements:
                names = ", ".join(f"`{port.name}`" for port in ports[:4])
                yield Remark(statements[stage.statements[0]].span, f"the stage `{stage.name}` {does} {len(ports)} values: {names}, ...")


_NAMES = [f"part_{letter}" for letter in "abcdefghij"]
_MAKE = "".join(f"{name} = [value + {number} for value in rows]\n" for number, name in enumerate(_NAMES))

RULE = Rule(
    id="NB241",
    slug="wide-interface",
    summary="A stage takes or gives more than eight values.",
    why="Values that belong together are easier to pass, store and test as one: a frame with columns, a dict, a dataclass.",
    severity=Severity.NOTE,
    bad=Example(
        "# %% [markdown]\n# ## Load the data\n# %%\nrows = [float(line) for line in open('a.txt')]\n# %% [markdown]\n# ## Features\n# %%\n"
        + _MAKE.replace("part_a = [value + 0 for value in rows]\n", "part_a = [value + 0 for value in rows]  # <- here\n")
        + "# %% [markdown]\n# ## Train the model\n# %%\nfrom sklearn.linear_model import Ridge\nmodel = Ridge()  # <- here\nmodel.fit(list(zip("
        + ", ".join(_NAMES)
        + ")), rows)\nprint(model.coef_)\n"
    ),
    good=Example("# %%\nrows = [1.0, 2.0]\nparts = {step: [value + step for value in rows] for step in range(10)}\nprint(parts)\n"),
    check=check,
    fix="put values that belong together into one",
)
