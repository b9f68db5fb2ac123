"""Settings of all tests."""

import os

import pytest
from hypothesis import settings

from nbpipe.cli import main

# No deadlines: the machines of CI are slow at times. A run finds what the one before found, unless NBPIPE_RANDOM asks for other examples.
settings.register_profile("nbpipe", deadline=None, derandomize=not os.environ.get("NBPIPE_RANDOM"))
settings.load_profile("nbpipe")


@pytest.fixture
def run(capsys):
    """Run a command line; returns its exit code, and what it wrote to stdout and stderr."""

    def run_it(*words):
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run_it


@pytest.fixture
def empty_folder(tmp_path, monkeypatch):
    """An empty folder as the working directory."""
    monkeypatch.chdir(tmp_path)
