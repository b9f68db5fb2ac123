"""The Python that a notebook runs on."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from nbpipe.errors import VerifyError
from nbpipe.model.finding import Finding
from nbpipe.verify import findings
from nbpipe.verify.options import VerifyOptions

INSIDE = Path(__file__).parent / "inside"
_LAUNCHERS = ("ipykernel_launcher", "ipykernel")
_PLAIN_NAMES = ("python", "python3")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The command that starts a Python, and the environment variables that its kernel sets."""

    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


def environment(python: str | None = None) -> dict[str, Any]:
    """Describe a Python: `python` (its version), `executable`, `distributions` (name → version), `imports` (import name → distribution), `ipykernel` (has it)."""
    return describe(Interpreter((python or sys.executable,)))


def describe(interpreter: Interpreter) -> dict[str, Any]:
    """Ask an interpreter to describe itself."""
    command = [*interpreter.command, str(INSIDE), "environment"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return dict(json.loads(run.stdout))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        told = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise VerifyError(
            f"{interpreter.command[0]} cannot be started as a Python: {told[-1] if told else error}. Name another one with --python."
        ) from error


def choose(kernel: str | None, options: VerifyOptions) -> tuple[Interpreter, tuple[Finding, ...]]:
    """The interpreter for a notebook that names `kernel`, and what there is to say about the choice."""
    if options.python:
        return Interpreter((_executable(options.python),)), ()
    if options.kernel:
        return _of_kernel(options.kernel), ()
    if kernel in KernelSpecManager().find_kernel_specs():
        return _of_kernel(kernel), ()
    return Interpreter((sys.executable,)), (findings.other_kernel(kernel),) if kernel else ()


def _executable(python: str) -> str:
    found = shutil.which(python)
    if found is None:
        raise VerifyError(f"There is no Python at {python}. Give --python the path of an interpreter.")
    return str(Path(found).absolute())


def _of_kernel(name: str) -> Interpreter:
    """The interpreter that a Jupyter kernel starts."""
    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        known = ", ".join(sorted(KernelSpecManager().find_kernel_specs())) or "none"
        raise VerifyError(
            f"There is no kernel named {name!r} (there are: {known}). Choose one with --kernel, or a Python with --python."
        ) from None
    places = [i for i, word in enumerate(spec.argv) if word == "-m" and spec.argv[i + 1 : i + 2] and spec.argv[i + 1] in _LAUNCHERS]
    if not places:
        raise VerifyError(f"The kernel {name!r} is not an IPython kernel. Choose another one with --kernel, or a Python with --python.")
    command = spec.argv[: places[0]]
    if command[0] in _PLAIN_NAMES:  # as jupyter_client understands them
        command[0] = sys.executable
    return Interpreter(tuple(command), dict(spec.env))
