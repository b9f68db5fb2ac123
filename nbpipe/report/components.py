"""The ready-made components, for a person at a terminal and as JSON."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from nbpipe.model.component import Component
from nbpipe.model.plan import Added
from nbpipe.planning.handiwork import Handiwork
from nbpipe.report.text import plain


def components_report(components: Iterable[Component], done: Sequence[Handiwork], asked: bool) -> RenderableType:
    """Each component with what it does and needs, and where a notebook that was `asked` about does that by hand."""
    parts: list[RenderableType] = []
    for component in components:
        parts.append(Text.assemble((component.name, "bold"), f"  {component.about}"))
        needs = [f"needs {', '.join(component.requires) or 'nothing more'}"]
        needs += [f"needs the component {', '.join(component.needs)}"] if component.needs else []
        parts.append(Padding(Text("\n".join(needs), "dim"), (0, 0, 0, 2), expand=False))
    if asked:
        parts.append(
            Text("\nBy hand" if done else "\nThis notebook does nothing by hand that one of them would do.", "bold" if done else "")
        )
        parts += [plain(f"{_cells(one.cells)}: {one.what}; {one.component} does it ({', '.join(one.calls)})") for one in done]
    return Group(*parts)


def added_report(component: Component, new: Sequence[Added], project: Path, package: str) -> RenderableType:
    """The new stages, and what to do next."""
    lines = [
        f"{one.stage}, behind {one.after}, takes {', '.join(dict.fromkeys(one.inputs.values())) or 'nothing'}" for one in new if one.stage
    ]
    steps = [f"pip install -e {project}", *(step.format(package=package) for step in component.then)]
    return plain("\n".join([*lines, "Next, in the environment that runs the project:", *(f"  {step}" for step in steps)]) + "\n")


def _cells(cells: Sequence[int]) -> str:
    """Cells in words: runs of neighbours as one."""
    runs: list[list[int]] = []
    for cell in cells:
        if runs and cell == runs[-1][-1] + 1:
            runs[-1].append(cell)
        else:
            runs.append([cell])
    words = [f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    return f"cell{'s' * (len(cells) > 1)} {', '.join(words)}"
