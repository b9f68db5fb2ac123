"""What the tests share: the pipeline, run once in a copy of the project."""

from __future__ import annotations

from pathlib import Path

import pytest
from project_copy import copy_project, pipeline


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the pipeline has run."""
    folder = copy_project(tmp_path_factory.mktemp("finished"))
    result = pipeline(folder, "run")
    assert result.returncode == 0, result.stderr
    return folder
