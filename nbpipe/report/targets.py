"""The targets, for a person at a terminal."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from nbpipe.targets import Target


def targets_report(targets: Iterable[Target]) -> RenderableType:
    """Each target with what it gives, what it needs, what it cannot do, and what it can say of how the plan is run."""
    parts: list[RenderableType] = []
    for target in targets:
        parts.append(Text.assemble((target.name, "bold"), f"  {target.title}"))
        lines = [f"needs {', '.join(target.requires) or 'nothing more'}", *([f"no {target.limits}"] if target.limits else [])]
        lines += [f"has the plan's {', '.join(target.says)}"] if target.says else []
        parts.append(Padding(Text("\n".join(lines), "dim"), (0, 0, 0, 2), expand=False))
    return Group(*parts)
