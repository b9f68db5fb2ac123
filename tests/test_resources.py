"""The files that ship with nbpipe."""

import pytest

from nbpipe import resources


def test_tables_are_read():
    assert resources.read_table("magics")["line"]
    with pytest.raises(FileNotFoundError):
        resources.read_table("nothing of that name")


def test_templates_lie_in_the_checkout_or_in_the_package(tmp_path, monkeypatch):
    assert (resources.templates.__wrapped__() / "_package").is_dir()
    package = tmp_path / "nbpipe"
    package.mkdir()
    monkeypatch.setattr(resources, "files", lambda _: package)
    assert resources.templates.__wrapped__() == tmp_path / "templates"
    (package / "templates").mkdir()
    assert resources.templates.__wrapped__() == package / "templates"
