"""The verbs of nbpipe as functions: the command line, and later the server, are thin over them.

What executes notebooks is loaded where it is called: it takes longer to load than most notebooks take to be analysed and planned.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbpipe.analysis.analyze import analyze as analyze_notebook
from nbpipe.analysis.rules.registry import in_order, review, without_ignored
from nbpipe.analysis.rules.rule import subject
from nbpipe.errors import NbpipeError, PlanError, WriteError
from nbpipe.history import changed_notebooks, text_at
from nbpipe.model.changes import Changes
from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import FlowGraph
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import Plan
from nbpipe.model.project import Conversion, Project
from nbpipe.model.review import Review
from nbpipe.model.verification import Status, Verification
from nbpipe.notebook.positions import source_lines
from nbpipe.notebook.read import notebook_from_text, read_notebook
from nbpipe.planning.check import problems
from nbpipe.planning.edit import digest, read_plan, write_plan
from nbpipe.planning.lessons import Lessons, learn
from nbpipe.planning.naming import package_name, unique
from nbpipe.planning.phases import label
from nbpipe.planning.planner import NO_LESSONS, make_plan
from nbpipe.render.code import render_code
from nbpipe.render.inputs import find_inputs
from nbpipe.render.merge import GENERATED, Merged, merge
from nbpipe.render.project import Surroundings, build_project
from nbpipe.render.write import MANIFEST, RECORDED, write
from nbpipe.report.baseline import Baseline, baseline_text, parse_baseline
from nbpipe.report.changes import Version, changes
from nbpipe.report.dossier import Dossier
from nbpipe.report.update import Drift
from nbpipe.targets import TARGETS, Target
from nbpipe.verify.options import VerifyOptions

Progress = Callable[[str], None]
REQUIREMENT_FILES = (
    "requirements*.txt",
    "requirements/*.txt",
    "environment*.y*ml",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "Pipfile",
    "uv.lock",
)


@dataclass(frozen=True, slots=True)
class Analysis:
    """A notebook and the flow between its statements."""

    notebook: Notebook
    graph: FlowGraph


@dataclass(frozen=True, slots=True)
class Planned:
    """An analysis, the plan made of it, the plan as the text that people edit, and what the rules find that is worse than a note."""

    notebook: Notebook
    graph: FlowGraph
    plan: Plan
    text: str
    warnings: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was noticed up to here."""
        return (*self.graph.findings, *self.plan.findings, *self.warnings)


@dataclass(frozen=True, slots=True)
class Converted:
    """A project as it was written, the plan that it came from, and the Python that it is made for."""

    planned: Planned
    project: Project
    folder: Path
    python: Path

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was noticed up to here."""
        return (*self.planned.findings, *self.project.findings)


def analyze(path: Path) -> Analysis:
    """Read and analyse a notebook. Raises NotebookError."""
    notebook = read_notebook(path)
    return Analysis(notebook, label(analyze_notebook(notebook)))


def plan(path: Path, edited: Path | None = None, lessons: Lessons = NO_LESSONS) -> Planned:
    """Propose a plan, or obey the one in an edited file. Raises NotebookError and PlanError."""
    analysis = analyze(path)
    if edited is None:
        made = make_plan(analysis.notebook, analysis.graph, lessons)
        wrong = problems(made, analysis.graph)
        if wrong:
            raise AssertionError(f"the planner broke its own rules: {'; '.join(wrong[:5])}")
    else:
        made = read_plan(_text_of(edited), analysis.graph, analysis.notebook, str(edited))
    found = _review(path, analysis, made)
    warnings = tuple(finding for finding in found if finding.severity is not Severity.NOTE)
    return Planned(analysis.notebook, analysis.graph, made, write_plan(made, analysis.graph, analysis.notebook), warnings)


def _review(path: Path, analysis: Analysis, plan: Plan) -> tuple[Finding, ...]:
    """Return what the rules find in a notebook, given what lies around it."""
    folder = path.resolve().parent
    own = {entry.stem for entry in folder.iterdir() if entry.suffix == ".py" or entry.is_dir()}
    return review(subject(analysis.notebook, analysis.graph, plan, tuple(_requirement_files(folder)), frozenset(own)))


def _requirement_files(folder: Path) -> Iterator[str]:
    """Return the files around a notebook that say what to install: in its folder, or above it up to the top of the repository."""
    for place in (folder, *folder.parents):
        yield from (str(file) for pattern in REQUIREMENT_FILES for file in place.glob(pattern))
        if (place / ".git").exists():
            return


def changes_since(path: Path, base: str) -> Changes:
    """Compare a notebook with its version in a revision of git, without executing either. Raises NotebookError, and NbpipeError where git does not know the revision."""
    notebook = read_notebook(path)
    text = text_at(base, path)
    old = None if text is None else _version(path, notebook_from_text(text, str(path), notebook.form))
    return changes(str(path), base, old, _version(path, notebook))


def _version(path: Path, notebook: Notebook) -> Version:
    analysis = Analysis(notebook, label(analyze_notebook(notebook)))
    plan = make_plan(notebook, analysis.graph, NO_LESSONS)
    texts = [cell.source.split("\n") for cell in notebook.cells]
    return Version(analysis.graph, plan, Review(str(path), _review(path, analysis, plan), texts))


def check(path: Path, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Review:
    """Review a notebook by the rules; `select` and `ignore` are ids of rules, or how ids begin. Raises NotebookError."""
    analysis = analyze(path)
    notebook = analysis.notebook
    found = _review(path, analysis, make_plan(notebook, analysis.graph, NO_LESSONS))
    wanted = [
        finding
        for finding in (*without_ignored(analysis.graph.findings, notebook), *found)
        if finding.rule.startswith(tuple(select) or "NB") and not finding.rule.startswith(tuple(ignore) or "-")
    ]
    texts = [cell.source.split("\n") for cell in notebook.cells]
    return Review(
        str(path), in_order(wanted), texts, source_lines(path.read_text(encoding="utf-8-sig")) if notebook.form == "ipynb" else ()
    )


def convert(
    path: Path,
    folder: Path,
    edited: Path | None = None,
    target: str = "package",
    overwrite: bool = False,
    options: VerifyOptions | None = None,
    lessons: Lessons = NO_LESSONS,
) -> Converted:
    """Write the project for a notebook. Raises NotebookError, PlanError and WriteError; then nothing was written."""
    planned = plan(path, edited, lessons)
    environment = _environment(planned.notebook, options or VerifyOptions())
    project = _project(planned, environment, TARGETS[target])
    if path.resolve() in {(folder / name).resolve() for name in project.files}:
        raise WriteError(f"{path} lies where the project has a file of its own: name another folder, or rename the notebook.")
    write(project, folder, overwrite)
    return Converted(planned, project, folder, Path(environment["executable"]))


def convert_verified(
    path: Path, folder: Path, target: str, overwrite: bool, options: VerifyOptions, progress: Progress
) -> tuple[Converted, Verification]:
    """Convert and verify, and where that fails convert again with what it taught, until it passes or there is nothing more to learn.

    At last everything stays in one stage, if that computes the same and the stages do not.
    """
    lessons, options = NO_LESSONS, replace(options, record_folder=str(folder / RECORDED))
    converted = convert(path, folder, None, target, overwrite, options, lessons)
    verification = verify(path, folder, options, progress)
    while not verification.passed:
        variables = {port.name: port.variable for stage in converted.planned.plan.stages for port in stage.outputs}
        learnt = learn(verification, variables, lessons)
        if learnt is None:
            break
        progress("planning again")
        again = convert(path, folder, None, target, overwrite, options, learnt)
        verdict = verify(path, folder, options, progress)
        if learnt.whole and not _better(verdict, verification):
            converted = convert(path, folder, None, target, overwrite, options, lessons)
            break
        lessons, converted, verification = learnt, again, verdict
    return converted, verification


def update(path: Path, folder: Path, edited: Path | None, options: VerifyOptions) -> Merged:
    """Convert a changed notebook again, and merge that with what people changed in its project. Raises NbpipeError; then nothing was changed."""
    conversion, base = _remembered(folder)
    planned = plan(path, edited or _edited_plan(path, folder, conversion, base))
    if planned.plan.package != conversion.plan.package:
        raise PlanError(
            f"{folder} is the package {conversion.plan.package!r}, and this plan makes {planned.plan.package!r}: convert into another folder."
        )
    project = _project(planned, _environment(planned.notebook, options), TARGETS[conversion.target])
    merged = merge(base, _texts(folder, {*base, *project.files}), project.files)
    made = {name: project.files.get(name, base.get(name, "")) for name in merged.files}
    write(replace(project, files=merged.files), folder, overwrite=True, generated=made)
    return merged


def status(path: Path, folder: Path) -> Drift:
    """Say how far a notebook, its plan and its project have drifted apart. Raises NbpipeError."""
    conversion, base = _remembered(folder)
    current = _texts(folder, base)
    edited = sorted(name for name, text in base.items() if not name.startswith(".nbpipe/") and current.get(name) != text)
    changed = digest(read_notebook(path)) != conversion.notebook_digest
    return Drift(changed, "plan.toml" in edited, tuple(name for name in edited if name != "plan.toml"))


def _remembered(folder: Path) -> tuple[Conversion, Mapping[str, str]]:
    """Return what a project remembers of its conversion, and what nbpipe wrote then."""
    from nbpipe.verify.verification import read_conversion  # noqa: PLC0415 - see the top

    conversion = read_conversion(folder)
    try:
        base: Any = json.loads(_text_of(folder / GENERATED))
    except ValueError as error:
        raise NbpipeError(f"{folder / GENERATED} is damaged ({error}): convert the notebook again.") from None
    return conversion, {str(name): str(text) for name, text in base.items()}


def _edited_plan(path: Path, folder: Path, conversion: Conversion, base: Mapping[str, str]) -> Path | None:
    """Return the project's plan where a person has edited it: it is obeyed, but belongs to one version of the notebook."""
    file = folder / "plan.toml"
    if not file.is_file() or _text_of(file) == base.get("plan.toml"):
        return None
    if digest(read_notebook(path)) != conversion.notebook_digest:
        raise PlanError(
            f"{file} was edited, and {path} has changed since: make a new plan with `nbpipe plan`, edit that, and give it with --plan."
        )
    return file


def _texts(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the texts of those files that are there."""
    return {name: _text_of(folder / name) for name in names if (folder / name).is_file()}


def _better(one: Verification, other: Verification) -> bool:
    """Say whether one verification finds less wrong than the other."""
    wrong, others = (v.count(Status.DIFFERENT) + v.count(Status.MISSING) for v in (one, other))
    return wrong < others


def _project(planned: Planned, environment: Mapping[str, Any], target: Target) -> Project:
    inputs = find_inputs(planned.notebook, planned.graph)
    around = Surroundings(
        notebook_digest=digest(planned.notebook),
        title=_title(planned.notebook),
        inputs=inputs.files,
        folders=inputs.folders,
        versions=environment["distributions"],
        python=".".join(environment["python"].split(".")[:2]),
        installs=planned.notebook.requirements,
        files={"plan.toml": planned.text},
    )
    sources = render_code(planned.plan, planned.graph, planned.notebook)
    return build_project(planned.plan, planned.graph, sources, around, target)


def _environment(notebook: Notebook, options: VerifyOptions) -> Mapping[str, Any]:
    """Describe the environment that runs the notebook: its Python, and the versions of its distributions."""
    from nbpipe.verify.environment import choose, describe  # noqa: PLC0415 - see the top

    interpreter, _ = choose(notebook.kernel, options)
    return describe(interpreter)


def _title(notebook: Notebook) -> str:
    for cell in notebook.cells:
        if cell.kind == "markdown":
            for line in cell.source.splitlines():
                if line.startswith("# "):
                    return line[2:].strip()
    return ""


def verify(path: Path, folder: Path, options: VerifyOptions, progress: Progress) -> Verification:
    """Execute the notebook and its project, and compare. Raises NotebookError and VerifyError."""
    from nbpipe.verify.verification import verify as verify_project  # noqa: PLC0415 - see the top

    return verify_project(read_notebook(path), folder, options, progress)


def write_reports(path: Path, folder: Path, verification: Verification | None, files: Sequence[Path]) -> None:
    """Write reports of a conversion; the ends of the files' names say their forms. Raises NbpipeError."""
    from nbpipe.report.forms import FORMS  # noqa: PLC0415 - see the top

    dossier, found = _dossier(path, folder, verification)
    for file in files:
        save_text(FORMS[file.suffix](dossier, found), file)


def _dossier(path: Path, folder: Path, verification: Verification | None) -> tuple[Dossier, Review]:
    from nbpipe.verify.verification import read_conversion  # noqa: PLC0415 - see the top

    analysis, conversion, found = analyze(path), read_conversion(folder), check(path)
    more = verification.findings if verification else ()
    found = replace(found, findings=in_order((*found.findings, *conversion.plan.findings, *more)))
    modules = sorted(
        {origin.file for origin in conversion.provenance} | {f.relative_to(folder).as_posix() for f in folder.glob("src/*/stages/*.py")}
    )
    files = {name: _text_of(folder / name) for name in modules if (folder / name).is_file()}
    return Dossier(analysis.notebook, analysis.graph, conversion, files, str(folder), found.findings, verification), found


def notebooks_changed(base: str) -> list[Path]:
    """Return the notebooks below the working directory that differ from a revision, as people would type them. Raises NbpipeError."""
    here = Path.cwd().resolve()
    return [path.relative_to(here) for path in changed_notebooks(base, here) if path.is_relative_to(here)]


def notebooks_in(paths: Sequence[Path]) -> list[Path]:
    """Return the notebooks that paths name: files as they are, folders with all `.ipynb` below them but those in projects that nbpipe made."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found.extend(sorted(file for file in path.rglob("*.ipynb") if _is_a_persons(file.relative_to(path), path)))
        else:
            found.append(path)
    if not found:
        raise NbpipeError(f"There is no notebook in {', '.join(map(str, paths))}: name an .ipynb file, or a folder that holds some.")
    return found


def _is_a_persons(file: Path, top: Path) -> bool:
    """Whether a file below a folder is neither hidden nor part of a project that nbpipe made."""
    hidden = any(part.startswith(".") for part in file.parts)
    return not hidden and not any((top / parent / MANIFEST).exists() for parent in file.parents)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NbpipeError(f"{path} cannot be read: {error}.") from error


def project_folders(notebooks: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return the project's folder for each notebook: the folder itself for a single one, else one inside it by the package's name."""
    if len(notebooks) == 1:
        return {notebooks[0]: folder}
    taken: set[str] = set()
    folders = {}
    for path in notebooks:
        name = unique(package_name(path.name), taken)
        taken.add(name)
        folders[path] = folder / name
    return folders


def plan_files(notebooks: Sequence[Path], out: Path) -> dict[Path, Path]:
    """Return the file for each notebook's plan: the named one for a single notebook, else one in the named folder."""
    if len(notebooks) == 1:
        return {notebooks[0]: out}
    return {path: folder.with_name(f"{folder.name}.toml") for path, folder in project_folders(notebooks, out).items()}


def save_plan(planned: Planned, path: Path, overwrite: bool = False) -> None:
    """Write the plan's text to a file, whole or not at all. Raises WriteError, also where another file is in the way, unless `overwrite`."""
    try:
        in_the_way = not overwrite and path.exists() and path.read_bytes() != planned.text.encode()
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.") from error
    if in_the_way:
        raise WriteError(f"{path} exists, and may have been edited: use --plan {path} to check it, or --force to replace it.")
    save_text(planned.text, path)


def save_baseline(reviews: Sequence[Review], path: Path) -> None:
    """Write what was found as a baseline. Raises WriteError."""
    save_text(baseline_text(reviews), path)


def read_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises NbpipeError."""
    return parse_baseline(_text_of(path), str(path))


def save_text(text: str, path: Path) -> None:
    """Write a file, whole or not at all. Raises WriteError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.new")
        try:
            temporary.write_text(text, encoding="utf-8", newline="\n")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.") from error
