"""Make `docs/home_value.svg`, the picture of the README: its first command, and what that prints."""

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
WORDS = ["nbpipe", "convert", "notebooks/home_value.ipynb", "-o", "home_value", "--verify"]
WIDTH = 110

with tempfile.TemporaryDirectory() as folder:
    Path(folder, "notebooks").symlink_to(ROOT / "notebooks")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, "COLUMNS": str(WIDTH), "FORCE_COLOR": "1"}
    shown = subprocess.run(
        WORDS, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True
    ).stdout

console = Console(record=True, width=WIDTH, file=io.StringIO())
console.print(Text.assemble("$ ", (" ".join(WORDS), "bold")))
console.print(Text.from_ansi(shown))
console.save_svg(str(ROOT / "docs" / "home_value.svg"), title="nbpipe")
