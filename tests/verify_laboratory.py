"""What the tests of verification share: small notebooks, and executing them on a watched kernel."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nbpipe.model.flow import Phase
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import Plan, Port, Stage
from nbpipe.notebook.read import notebook_from_text
from nbpipe.verify.baseline import Edit, run_notebook, script
from nbpipe.verify.environment import Interpreter
from nbpipe.verify.execution import Execution, Laboratory, Script
from nbpipe.verify.options import VerifyOptions
from nbpipe.verify.processes import Processes
from nbpipe.verify.scratch import surroundings

HERE = Interpreter((sys.executable,))


def percent_notebook(text: str, path: Path) -> Notebook:
    """A notebook in percent form that lies, or would lie, at a path."""
    return notebook_from_text(text.lstrip(), str(path), "percent")


def plan_with_ports(ports: Sequence[tuple[str, str, str]]) -> Plan:
    """A plan of one stage with these outputs: name, variable and point."""
    outputs = tuple(Port(name, variable, "all", point) for name, variable, point in ports)
    return Plan("small.ipynb", "small", (Stage("all", Phase.SETUP, outputs=outputs),))


def small_script(notebook: Notebook, ports: Sequence[tuple[str, str, str]] = (), edits: Sequence[Edit] = ()) -> Script:
    """What is executed of a notebook with these ports."""
    return script(notebook, plan_with_ports(ports), edits)


def executed(
    notebook: Notebook, what: Script, folder: Path, options: VerifyOptions | None = None, interpreter: Interpreter = HERE
) -> Execution:
    """Execute in a new folder below `folder`."""
    run = Path(tempfile.mkdtemp(dir=folder))
    options = options or VerifyOptions()
    code = "\n".join(cell.source for cell in notebook.code_cells)
    around = surroundings(Path(notebook.path).parent, (), code, options.copy_limit, folder)
    with Processes() as processes:
        return run_notebook(what, around, run, Laboratory(interpreter, options, processes), lambda cell: None)
