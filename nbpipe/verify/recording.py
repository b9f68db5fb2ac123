"""The values between the stages, kept for the tests of the generated project."""

import json
import shutil
from pathlib import Path, PurePosixPath

from nbpipe.model.project import Conversion

LIMIT = 2 * 1024 * 1024  # bytes of all values together; with more, the tests make them by running the pipeline
_ARTIFACTS = "artifacts"


def record(conversion: Conversion, project: Path, ran: Path, folder: Path) -> None:
    """Copy what the stages of a project stored and wrote, in a copy where they `ran`, to `folder`, with their parameters, if it is small."""
    data = PurePosixPath(conversion.workdir).parts[0]
    found = [file for file in (ran / _ARTIFACTS).iterdir() if file.is_file()] if (ran / _ARTIFACTS).is_dir() else []
    found += [file for file in (ran / data).rglob("*") if file.is_file() and not (project / file.relative_to(ran)).exists()]
    if sum(file.stat().st_size for file in found) > LIMIT:
        return
    shutil.rmtree(folder, ignore_errors=True)
    for file in found:
        target = folder / file.relative_to(ran)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    parameters = {parameter.name: parameter.default for parameter in conversion.plan.parameters}
    (folder / _ARTIFACTS).mkdir(parents=True, exist_ok=True)
    (folder / _ARTIFACTS / "params.json").write_text(json.dumps(parameters, indent=2) + "\n", encoding="utf-8")
