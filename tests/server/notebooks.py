"""Notebooks as the browser sends them."""

CELLS = {
    "load": "import random\n\nrows = [{'v': n, 'w': n % 3} for n in range(40)]",
    "clean": "clean = [row for row in rows if row['w']]\nlen(clean)",
    "count": "counts = {}\nfor row in clean:\n    counts[row['w']] = counts.get(row['w'], 0) + row['v']",
    "show": "print(sorted(counts.items()))",
}


def notebook(cells=None):
    """An nbformat 4 notebook of code cells: id → source."""
    cells = CELLS if cells is None else cells
    return {
        "cells": [
            {"cell_type": "code", "id": key, "source": source, "metadata": {}, "outputs": [], "execution_count": None}
            for key, source in cells.items()
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def request(cells=None, **more):
    """The body of a request about it."""
    return {"path": "work.ipynb", "notebook": notebook(cells), **more}
