"""Writing a project: all or nothing, over its own files only, and never outside its folder."""

import errno
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nbpipe.errors import WriteError
from nbpipe.model.project import Project
from nbpipe.render.write import MANIFEST, write


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The notebook's data file."""
    file = tmp_path / "numbers.csv"
    file.write_text("1\n")
    return file


@pytest.fixture
def project(source: Path) -> Project:
    return Project("package", {"README.md": "one\n", "src/p/a.py": "x = 1\n", "src/q/b.py": "y\n"}, {"data/numbers.csv": str(source)})


def tree(folder: Path) -> Mapping[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_new_folder(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down" / "out"
    write(project, folder)
    assert set(tree(folder)) == {"README.md", "src/p/a.py", "src/q/b.py", "data/numbers.csv", MANIFEST}
    assert sorted(path.name for path in folder.parent.iterdir()) == ["out"]


def test_writing_again_keeps_runs_and_edited_data(project: Project, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(project, folder)
    for path in ("artifacts/a.pkl", "data/result.csv", ".git/HEAD", "src/p/__pycache__/a.pyc"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("kept")
    (folder / "tests/recorded").mkdir(parents=True)
    (folder / "tests/recorded/old.pkl").write_text("of the code as it was")
    (folder / "data/numbers.csv").write_text("edited")
    inode = folder.stat().st_ino

    write(Project("package", {"README.md": "two\n", "src/p/a.py": "x = 2\n"}, project.copies), folder)

    assert folder.stat().st_ino == inode  # somebody's shell may be in it
    found = tree(folder)
    assert found.pop(MANIFEST)
    assert found == {
        "README.md": b"two\n",
        "src/p/a.py": b"x = 2\n",
        "src/p/__pycache__/a.pyc": b"kept",
        "data/numbers.csv": b"edited",
        "data/result.csv": b"kept",
        "artifacts/a.pkl": b"kept",
        ".git/HEAD": b"kept",
    }
    assert not (folder / "src/q").exists()


def test_data_that_nobody_edited_is_renewed(project: Project, source: Path, tmp_path: Path) -> None:
    write(project, tmp_path / "out")
    source.write_text("2\n")
    write(project, tmp_path / "out")
    assert (tmp_path / "out/data/numbers.csv").read_text() == "2\n"


@pytest.mark.parametrize("path", ["README.md", "thesis.tex", "src/p/mine.py"])
def test_files_of_a_person_are_refused_and_kept(path: str, project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(project, folder)
    (folder / path).write_text("mine")
    before = tree(folder)
    with pytest.raises(WriteError, match=path) as caught:
        write(project, folder)
    assert "\n" not in str(caught.value)
    assert tree(folder) == before
    write(project, folder, overwrite=True)
    assert (folder / path).read_text() == ("one\n" if path == "README.md" else "mine")


def test_folder_that_nbpipe_did_not_make_is_refused(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}.txt").write_text("mine")
    with pytest.raises(WriteError, match="and 4 more"):
        write(project, folder)
    assert len(tree(folder)) == 9


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "a/../../evil", "a\\..\\evil", "C:/evil", "", "a\0b"])
@pytest.mark.parametrize("kind", ["files", "copies"])
def test_paths_outside_are_refused(path: str, kind: str, source: Path, tmp_path: Path) -> None:
    before = tree(tmp_path)
    evil = Project("package", {path: "evil"}) if kind == "files" else Project("package", {}, {path: str(source)})
    with pytest.raises(WriteError, match="outside"):
        write(evil, tmp_path / "out")
    assert tree(tmp_path) == before


def test_links_out_of_the_folder_are_not_followed(project: Project, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    write(project, folder)
    shutil.move(folder / "data", elsewhere)
    (folder / "data").symlink_to(elsewhere)
    before = tree(elsewhere)
    with pytest.raises(WriteError, match="symbolic link"):
        write(project, folder, overwrite=True)
    assert tree(elsewhere) == before


def test_manifest_cannot_reach_outside(project: Project, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    folder = tmp_path / "out"
    write(project, folder)
    text = (folder / MANIFEST).read_text().replace("src/q/b.py", "../victim")
    (folder / MANIFEST).write_text(text)
    write(Project("package", {"README.md": "two\n"}), folder, overwrite=True)
    assert victim.read_text() == "mine"


def test_file_in_the_place_of_the_folder(project: Project, source: Path) -> None:
    with pytest.raises(WriteError, match="is a file"):
        write(project, source)
    with pytest.raises(WriteError, match="cannot be written"):
        write(project, source / "out")
    assert source.read_text() == "1\n"


def test_data_that_is_not_there(project: Project, source: Path, tmp_path: Path) -> None:
    source.unlink()
    with pytest.raises(WriteError, match=r"numbers\.csv"):
        write(project, tmp_path / "out")
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("existed", [False, True])
def test_full_disk_leaves_nothing_behind(existed: bool, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "new" / "out"
    if existed:
        write(project, folder)
    before = tree(tmp_path)

    def full(source: Any, target: Any) -> None:
        Path(target).write_text("ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(WriteError, match="No space left"):
        write(project, folder)
    assert tree(tmp_path) == before
    assert (tmp_path / "new").exists() == existed


@pytest.mark.parametrize("moves", range(1, 11))
def test_failure_halfway_is_undone(moves: int, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    write(project, folder)
    (folder / "artifacts").mkdir()
    before = tree(folder)
    rename, count = Path.rename, 0

    def failing(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == moves:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    changed = Project("package", {"README.md": "two\n", "src/p/a.py": "x = 2\n", "src/r/c.py": "z\n"}, project.copies)
    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(WriteError, match="Permission denied"):
        write(changed, folder)
    assert tree(folder) == before
    assert not (folder / "src/r").exists()
