"""Edges between statements that touch the same files."""

import pytest

from nbpipe.analysis.analyze import analyze
from nbpipe.model.flow import EdgeKind
from nbpipe.notebook.read import notebook_from_text


@pytest.mark.parametrize(
    ("first", "second", "related"),
    [
        ('os.makedirs("made")', 'open("made/a.txt", "w").write("1")', True),
        ('os.makedirs("made/")', 'open("./made/deep/a.txt", "w").write("1")', True),
        ('open("made/a.txt", "w").write("1")', 'os.listdir("made")', True),
        ('open("made/a.txt", "w").write("1")', 'open("./made/a.txt").read()', True),
        ('os.makedirs("made")', 'open("made.txt", "w").write("1")', False),
        ('open("made/a.txt", "w").write("1")', 'open("made/b.txt").read()', False),
    ],
)
def test_folders_and_the_files_in_them(first, second, related):
    graph = analyze(notebook_from_text(f"# %%\nimport os\n\n# %%\n{first}\n\n# %%\n{second}\n", "case.py", "percent"))
    files = [(edge.source, edge.target) for edge in graph.edges if edge.kind is EdgeKind.FILE]
    assert files == ([("c2.s1", "c3.s1")] if related else [])
