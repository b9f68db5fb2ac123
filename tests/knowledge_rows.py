"""Holds the tables of facts against the libraries of whatever interpreter runs this: `python tests/knowledge_rows.py [TABLE...]`.

Standard library only (and tomli before Python 3.11), so that it runs in environments that do not have nbpipe. Libraries that are not installed are skipped.
"""

import importlib
import importlib.metadata
import inspect
import re
import sys
import warnings
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10 and earlier
    import tomli as tomllib

FOLDER = Path(__file__).parents[1] / "nbpipe" / "knowledge"
ARGUMENTS = ("seed", "mode", "draws_with", "reads_files", "writes_files", "mutates", "mutates_if")
EXPERIMENTAL = ("sklearn.experimental.enable_iterative_imputer", "sklearn.experimental.enable_halving_search_cv")
WORDS = {"none", "self", "argument", "array"}
DISTRIBUTIONS = {
    "sklearn": "scikit-learn",
    "imblearn": "imbalanced-learn",
    "skimage": "scikit-image",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "yaml": "PyYAML",
}
MISSING = object()
OURS = {"matplotlib.axes.AxesArray": "numpy.ndarray"}  # names of the tables' own, for what has a more general type
UNNAMED = {"builtins.NoneType": type(None), "builtins.function": type(lambda: None), "builtins.module": type(sys)}


def tables():
    """The documents of all library tables, by name."""
    names = read("libraries")["tables"]
    return {name: read(name) for name in names}


@cache
def read(name):
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def resolve(name):
    """The object with this full name, or MISSING."""
    if name in UNNAMED:
        return UNNAMED[name]
    if name in OURS:
        return resolve(OURS[name])
    path, _, last = name.rpartition(".")
    if not path:
        return imported(name)
    owner = resolve(path)
    if owner is MISSING:
        return MISSING
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return getattr(owner, last)
        except (AttributeError, ImportError, TypeError):
            return imported(name) if inspect.ismodule(owner) else MISSING


def imported(name):
    """The module with this full name, or MISSING."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except (ImportError, AttributeError, TypeError, ValueError, RuntimeError):
            return MISSING


def installed(name):
    """Whether the top-level module of a name can be imported here."""
    return resolve(name.split(".")[0]) is not MISSING


def versions(section):
    """Name → (top-level module, version) of a [new] or [gone] section, whose keys are like `pandas 2.1`."""
    return {name: key.split() for key, names in section.items() for name in names.split()}


def version_of(library):
    if library == "python":
        return tuple(sys.version_info[:2])
    return tuple(int(part) for part in re.findall(r"\d+", importlib.metadata.version(DISTRIBUTIONS.get(library, library)))[:2])


def expected(name, new, gone):
    """Whether a name should exist in the installed release."""
    return all(
        (version_of(library) >= tuple(int(part) for part in version.split("."))) is after
        for listed, after in ((new, True), (gone, False))
        for pattern, (library, version) in listed.items()
        if pattern == name or fnmatchcase(name, pattern)
    )


def arguments(row, fields):
    """The parameters that these fields of a row name, with their positions (None: not told)."""
    for field in fields:
        for text in row.get(field, "").split():
            name, _, position = text.strip("!").partition("@")
            if name not in ("self", "*"):
                yield name, int(position) if position else None


def parameters(callable_):
    """Name → (position or None if keyword-only, whether it has a default) of a callable's parameters, without self; None where that cannot be known."""
    if inspect.isclass(callable_) and callable_.__name__.endswith("Accessor"):  # DataFrame.plot
        callable_ = callable_.__call__
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = list(inspect.signature(callable_).parameters.values())
    except (ValueError, TypeError):
        return None
    if found and found[0].name in ("self", "cls") and not inspect.isclass(callable_):
        found = found[1:]
    positions, open_ended = {}, False
    for index, parameter in enumerate(found):
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            open_ended = True
            positions[parameter.name] = (index if parameter.kind is parameter.VAR_POSITIONAL else None, True)
        else:
            positions[parameter.name] = (
                index if parameter.kind is not parameter.KEYWORD_ONLY else None,
                parameter.default is not parameter.empty,
            )
    return positions, open_ended


def fits(place, position):
    """Whether a row's position agrees with a parameter's; only parameters that one may leave out can be told without a position."""
    actual, optional = place
    return actual is None or actual == position or (position is None and optional)


class Checker:
    """All checks of all tables; `problems` are sentences."""

    def __init__(self):
        self.tables = tables()
        self.problems = []
        self.checked = 0
        self.new, self.gone, self.bases = {}, {}, {}
        for document in self.tables.values():
            self.new.update(versions(document.get("new", {})))
            self.gone.update(versions(document.get("gone", {})))
            for module, rows in document.get("classes", {}).items():
                for names, row in rows.items():
                    self.bases.update({f"{module}.{name}": row.get("base") for name in names.split()})

    def run(self, wanted=()):
        for name in EXPERIMENTAL:  # these make names of other modules appear
            resolve(name)
        for name, document in self.tables.items():
            if not wanted or name in wanted:
                self.check_document(name, document)
        return self

    def check_document(self, table, document):
        for section in ("functions", "classes"):
            for module, rows in document.get(section, {}).items():
                self.check_rows(table, section, module, rows, (module,))
        for section in ("methods", "attributes"):
            for owner, rows in document.get(section, {}).items():
                self.check_rows(table, section, owner, rows, (owner, *self.derived(owner)))
        for section in ("subscripts",):
            for owner, rows in document.get(section, {}).items():
                for row in rows.values():
                    self.check_types(f"{table}: {owner}[...]", row)

    def derived(self, owner):
        """The types that have this one among their bases."""
        direct = [name for name, base in self.bases.items() if base == owner]
        return [name for child in direct for name in (child, *self.derived(child))]

    def check_rows(self, table, section, owner, rows, places):
        seen = {}
        for names, row in rows.items():
            self.tunable_found = {}
            for name in names.split():
                if name in seen:
                    self.problems.append(f"{table}: {section} {owner}.{name} has two rows")
                seen[name] = row
                self.check_types(f"{table}: {owner}.{name}", row)
                if installed(owner):
                    self.check_name(table, section, f"{owner}.{name}", row, [f"{place}.{name}" for place in places])
            for parameter, found in self.tunable_found.items():
                if not any(found):
                    self.problems.append(f"{table}: {owner}: none of {names} has a parameter {parameter}")

    def check_types(self, where, row):
        for text in [row.get("returns", "none"), row.get("base", "none"), *row.get("returns_items", "none").split(", ")]:
            for name in text.split(" | "):
                if name not in WORDS and not self.is_type(name):
                    self.problems.append(f"{where}: nothing is known of the type {name}")

    def is_type(self, name):
        name = name if "." in name else f"builtins.{name}"
        return name in self.bases or any(
            re.fullmatch(pattern.replace(".", r"\.").replace("*", ".*"), name)
            for document in self.tables.values()
            for pattern in document.get("class_families", {})
        )

    def check_name(self, table, section, name, row, places):
        self.checked += 1
        found = [value for place in places if (value := resolve(place)) is not MISSING]
        wanted = expected(name, self.new, self.gone)
        if bool(found) is not wanted:
            fitted = section == "attributes" and name.endswith("_")
            if not (fitted or row.get("instance")):
                self.problems.append(f"{table}: {name} {'does not exist' if wanted else 'exists'}")
            return
        if section == "attributes":
            return
        signatures = [known for value in found if callable(value) and (known := parameters(value)) is not None]
        if not signatures:
            return
        for parameter, position in arguments(row, ARGUMENTS):
            self.check_parameter(table, name, parameter, position, signatures)
        for parameter, position in arguments(row, ["tunable"]):  # what several names share may be missing in some of them
            having = any(parameter in known or open_ended for known, open_ended in signatures)
            self.tunable_found.setdefault(parameter, []).append(having or not expected(f"{name}({parameter})", self.new, self.gone))
            if any(parameter in known for known, _ in signatures):
                self.check_parameter(table, name, parameter, position, signatures)

    def check_parameter(self, table, name, parameter, position, signatures):
        wanted = expected(f"{name}({parameter})", self.new, self.gone)
        having = [known for known, _ in signatures if parameter in known]
        if not having:
            if wanted and not any(open_ended for _, open_ended in signatures):
                self.problems.append(f"{table}: {name} has no parameter {parameter}")
        elif not wanted:
            self.problems.append(f"{table}: {name} has a parameter {parameter}")
        elif all(not fits(known[parameter], position) for known in having):
            self.problems.append(f"{table}: {name}: {parameter} is at position {having[0][parameter][0]}, not {position}")


def main():
    checker = Checker().run(sys.argv[1:])
    for problem in checker.problems:
        print(problem)
    print(f"{checker.checked} names, {len(checker.problems)} problems", file=sys.stderr)
    return 1 if checker.problems else 0


if __name__ == "__main__":
    sys.exit(main())
