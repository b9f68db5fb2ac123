"""Compare stored values, in the notebook's own interpreter: only it has the libraries to load them."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbpipe.errors import VerifyError
from nbpipe.model.verification import Status
from nbpipe.verify.environment import INSIDE
from nbpipe.verify.execution import Laboratory, variables
from nbpipe.verify.verdict import Verdict

Place = Mapping[str, str]  # {"path": FILE}, or {"port": NAME, "folder": PROJECT}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stored values; `again` is the value of the notebook's second run."""

    expected: Place
    found: Place
    again: Place | None = None


def file(path: Path) -> Place:
    """A value in a file."""
    return {"path": str(path)}


def port(name: str, project: Path) -> Place:
    """A port's value, as the project stored it."""
    return {"port": name, "folder": str(project)}


def compare_stored(pairs: Sequence[Pair], package: str, source: Path, roots: Sequence[str], folder: Path, lab: Laboratory) -> list[Verdict]:
    """The verdict on each pair. `source` is the folder that `package` is imported from, `folder` holds scratch folders."""
    if not pairs:
        return []
    request = {
        "pairs": [{"expected": pair.expected, "found": pair.found, "again": pair.again} for pair in pairs],
        "package": package,
        "source": str(source),
        "roots": list(roots),
        "rtol": lab.options.rtol,
        "atol": lab.options.atol,
    }
    folder = Path(tempfile.mkdtemp(prefix="values-", dir=folder))
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    command = [*lab.interpreter.command, str(INSIDE), "compare", str(folder / "request.json"), str(folder / "answer.json")]
    code = lab.processes.run(
        command, folder, variables(folder, lab.interpreter, {"MPLBACKEND": "agg"}), folder / "errors.txt", lab.options.timeout
    )
    if code:
        told = (folder / "errors.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise VerifyError(f"The stored values cannot be compared: {told[-1] if told else f'the process ended with {code}'}.")
    answers = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    return [Verdict(Status(answer["status"]), answer["detail"], lines=tuple(answer.get("lines", ()))) for answer in answers]
