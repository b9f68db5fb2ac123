"""What git knows of notebooks."""

import subprocess
from pathlib import Path

from nbpipe.errors import NbpipeError


def changed_notebooks(base: str, folder: Path) -> list[Path]:
    """Return the notebooks in a folder that differ from a revision, or are not in it. Raises NbpipeError."""
    top = Path(_git(folder, "rev-parse", "--show-toplevel").strip())
    known = _git(folder, "diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", "--end-of-options", base, "--", "*.ipynb").split(
        "\0"
    )
    new = _git(folder, "ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", "*.ipynb").split("\0")
    return sorted(top / name for name in {*known, *new} if name)


def text_at(base: str, path: Path) -> str | None:
    """Return a file's text in a revision, or None where it is not in that. Raises NbpipeError."""
    folder = path.resolve().parent
    _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    known = _git(folder, "ls-tree", "--name-only", "-z", "--end-of-options", base, "--", f"./{path.name}")
    return _git(folder, "show", "--end-of-options", f"{base}:./{path.name}") if known else None


def _git(folder: Path, *words: str) -> str:
    try:
        answer = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False)
    except OSError as error:
        raise NbpipeError(f"git cannot be started: {error.strerror or error}.") from error
    if answer.returncode != 0:
        said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NbpipeError(
            f"git {words[0]} fails in {folder}: {said[0] if said else 'there is no such revision; fetch it, or name another one'}."
        )
    return answer.stdout.decode("utf-8", "replace")
