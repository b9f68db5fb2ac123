"""The verbs of nbpipe as functions: the command line, and later the server, are thin over them.

What executes notebooks is loaded where it is called: it takes longer to load than most notebooks take to be analysed and planned.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbpipe.analysis.analyze import analyze as analyze_notebook
from nbpipe.analysis.rules.registry import review
from nbpipe.analysis.rules.rule import subject
from nbpipe.disk import text_of
from nbpipe.errors import PlanError, VerifyError, WriteError
from nbpipe.model import codec
from nbpipe.model.analysis import Analysis
from nbpipe.model.edit import Edit, Refusal
from nbpipe.model.finding import Finding, Severity
from nbpipe.model.flow import FlowGraph
from nbpipe.model.notebook import Notebook
from nbpipe.model.plan import Added, Plan
from nbpipe.model.project import Conversion, Project
from nbpipe.model.verification import Status, Verification
from nbpipe.notebook.around import look_around
from nbpipe.notebook.read import read_notebook
from nbpipe.planning.check import problems
from nbpipe.planning.components import refit
from nbpipe.planning.edit import check_statements, digest, parse_plan, read_plan, write_plan
from nbpipe.planning.follow import follow
from nbpipe.planning.lessons import Lessons, changed_inputs, learn
from nbpipe.planning.phases import label
from nbpipe.planning.planner import NO_LESSONS, make_plan
from nbpipe.planning.reshape import reshape
from nbpipe.render.code import render_code
from nbpipe.render.inputs import find_inputs
from nbpipe.render.layout import PLAN, REMEMBERED
from nbpipe.render.project import Surroundings, build_project
from nbpipe.render.remembered import read_conversion
from nbpipe.render.write import RECORDED, write
from nbpipe.targets import TARGETS, Target
from nbpipe.verify.options import VerifyOptions

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Planned:
    """An analysis, and the plan made of it."""

    notebook: Notebook
    graph: FlowGraph
    plan: Plan

    @property
    def text(self) -> str:
        """The plan as the text that people edit."""
        return write_plan(self.plan, self.graph, self.notebook)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was noticed up to here."""
        return (*self.graph.findings, *self.plan.findings)


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
    return analyze_read(read_notebook(path))


def analyze_read(notebook: Notebook) -> Analysis:
    """Analyse a notebook that has been read."""
    return Analysis(notebook, label(analyze_notebook(notebook)))


def plan(path: Path, edited: Path | None = None, lessons: Lessons = NO_LESSONS) -> Planned:
    """Propose a plan, or obey the one in an edited file. Raises NotebookError and PlanError."""
    analysis = analyze(path)
    if edited is None:
        return propose(analysis, lessons)
    return obey(analysis, edited)


def obey(analysis: Analysis, edited: Path) -> Planned:
    """Obey the plan in an edited file. Raises PlanError."""
    return _planned(analysis, read_plan(text_of(edited), analysis.graph, analysis.notebook, str(edited)))


def plan_following(analysis: Analysis, file: Path, remembered: Notebook) -> tuple[Planned, tuple[str, ...]]:
    """Obey a plan that was made for this version of a notebook, or for the one that a project remembers.

    Returns too, in sentences, what of the latter is new or cannot be kept. Raises PlanError.
    """
    text, name = text_of(file), str(file)
    asked = parse_plan(text, name)
    if asked.digest == digest(analysis.notebook) or asked.digest != digest(remembered):
        return obey(analysis, file), ()
    before = analyze_read(remembered)
    check_statements(asked, before.graph, name)
    made, told = follow(asked.draft, asked.package, before, analysis)
    made = refit(made, analysis.graph, asked.added)
    wrong = problems(made, analysis.graph)
    if wrong:
        raise PlanError(
            f"{name} cannot follow {analysis.notebook.path}: {'; '.join(wrong[:5])}. Make a new plan with `nbpipe plan`, and give it with --plan."
        )
    return _planned(analysis, made), told


def propose(analysis: Analysis, lessons: Lessons = NO_LESSONS) -> Planned:
    """Propose a plan for a notebook that has been analysed."""
    made = make_plan(analysis.notebook, analysis.graph, lessons)
    wrong = problems(made, analysis.graph)
    if wrong:
        raise AssertionError(f"the planner broke its own rules: {'; '.join(wrong[:5])}")
    return _planned(analysis, made)


def shape(analysis: Analysis, edits: Sequence[Edit]) -> tuple[Planned, tuple[Refusal, ...]]:
    """Propose a plan and apply a person's edits to it; returns too which of them cannot be obeyed, and why."""
    planned = propose(analysis)
    if not edits:
        return planned, ()
    shaped, refused = reshape(planned.plan, edits, analysis.graph, analysis.notebook)
    return _planned(analysis, shaped), refused


def with_components(planned: Planned, added: Sequence[Added]) -> Planned:
    """Return what was planned with components that people added to the project before. Raises PlanError where one no longer fits."""
    return replace(planned, plan=refit(replace(planned.plan, added=()), planned.graph, added))


def with_kept_components(planned: Planned, folder: Path) -> Planned:
    """Return what was planned with the components of the project that is in a folder. Raises PlanError where one no longer fits."""
    known = known_conversion(folder)
    return with_components(planned, known.plan.added) if known and known.plan.package == planned.plan.package else planned


def _planned(analysis: Analysis, made: Plan) -> Planned:
    return Planned(analysis.notebook, analysis.graph, made)


def warnings_of(planned: Planned) -> tuple[Finding, ...]:
    """Return what the rules find in a notebook that is worse than a note. This looks at the disk around the notebook."""
    found = review_of(Path(planned.notebook.path), Analysis(planned.notebook, planned.graph), planned.plan)
    return tuple(finding for finding in found if finding.severity is not Severity.NOTE)


def review_of(path: Path, analysis: Analysis, plan: Plan) -> tuple[Finding, ...]:
    """Return what the rules find in a notebook, given what lies around it."""
    around = look_around(path)
    return review(subject(analysis.notebook, analysis.graph, plan, around.requirement_files, around.own_modules))


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
    return convert_planned(plan(path, edited, lessons), folder, target, overwrite, options, keep_components=edited is None)


def convert_planned(
    planned: Planned,
    folder: Path,
    target: str = "package",
    overwrite: bool = False,
    options: VerifyOptions | None = None,
    keep_components: bool = True,
) -> Converted:
    """Write the project for a plan. Raises PlanError and WriteError; then nothing was written.

    What people added to the project that is there stays, unless the plan, not `keep_components`, is to say it.
    """
    path = Path(planned.notebook.path)
    if keep_components:
        planned = with_kept_components(planned, folder)
    project, python = build(planned, target, options)
    if path.resolve() in {(folder / name).resolve() for name in project.files}:
        raise WriteError(f"{path} lies where the project has a file of its own: name another folder, or rename the notebook.")
    write(project, folder, overwrite)
    return Converted(planned, project, folder, python)


def build(planned: Planned, target: str = "package", options: VerifyOptions | None = None) -> tuple[Project, Path]:
    """Make the project for a plan, without writing it, and say for which Python. Raises PlanError."""
    environment = environment_of(planned.notebook, options or VerifyOptions())
    return project_of(planned, environment, TARGETS[target]), Path(environment["executable"])


def convert_verified(
    path: Path, folder: Path, target: str, overwrite: bool, options: VerifyOptions, progress: Progress
) -> tuple[Converted, Verification]:
    """Convert and verify, and where that fails convert again with what it taught, until it passes or there is nothing more to learn.

    At last everything stays in one stage, if that computes the same and the stages do not.
    """
    return convert_analysis_verified(analyze(path), folder, target, overwrite, options, progress)


def convert_analysis_verified(
    analysis: Analysis, folder: Path, target: str, overwrite: bool, options: VerifyOptions, progress: Progress
) -> tuple[Converted, Verification]:
    """Do what `convert_verified` does for a notebook that has been analysed."""
    lessons, options = NO_LESSONS, replace(options, record_folder=str(folder / RECORDED))
    converted = convert_planned(propose(analysis, lessons), folder, target, overwrite, options)
    verification = verify_read(analysis.notebook, folder, options, progress)
    while not verification.passed:
        variables = {port.name: port.variable for stage in converted.planned.plan.stages for port in stage.outputs}
        learnt = learn(verification, variables, changed_inputs(converted.planned.plan, converted.planned.graph), lessons)
        if learnt is None:
            break
        progress("planning again")
        again = convert_planned(propose(analysis, learnt), folder, target, overwrite, options)
        verdict = verify_read(analysis.notebook, folder, options, progress)
        if learnt.whole and not _better(verdict, verification):
            converted = convert_planned(propose(analysis, lessons), folder, target, overwrite, options)
            break
        lessons, converted, verification = learnt, again, verdict
    return converted, verification


def _better(one: Verification, other: Verification) -> bool:
    """Say whether one verification finds less wrong than the other."""
    wrong, others = (v.count(Status.DIFFERENT) + v.count(Status.MISSING) for v in (one, other))
    return wrong < others


def project_of(planned: Planned, environment: Mapping[str, Any], target: Target) -> Project:
    """Return the project that a plan makes, before it is written."""
    inputs = find_inputs(planned.notebook, planned.graph)
    around = Surroundings(
        notebook_digest=digest(planned.notebook),
        title=_title(planned.notebook),
        inputs=inputs.files,
        folders=inputs.folders,
        versions=environment["distributions"],
        python=".".join(environment["python"].split(".")[:2]),
        installs=planned.notebook.requirements,
        files={PLAN: planned.text, REMEMBERED: codec.to_json(_remembered(planned.notebook))},
    )
    sources = render_code(planned.plan, planned.graph, planned.notebook)
    return build_project(planned.plan, planned.graph, sources, around, target)


def known_conversion(folder: Path) -> Conversion | None:
    """Return what a folder remembers of its conversion, if it is a project that can still be read."""
    try:
        return read_conversion(folder)
    except VerifyError:
        return None


def _remembered(notebook: Notebook) -> Notebook:
    """Return what a project has to know of a notebook to follow its changes: its cells, and of what they showed only the errors."""
    cells = tuple(replace(cell, outputs=tuple(o for o in cell.outputs if o.get("output_type") == "error")) for cell in notebook.cells)
    return replace(notebook, path=Path(notebook.path).name, cells=cells)


def environment_of(notebook: Notebook, options: VerifyOptions) -> Mapping[str, Any]:
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
    return verify_read(read_notebook(path), folder, options, progress)


def verify_read(notebook: Notebook, folder: Path, options: VerifyOptions, progress: Progress) -> Verification:
    """Execute a notebook that has been read, and its project, and compare. Raises VerifyError."""
    from nbpipe.verify.verification import verify as verify_project  # noqa: PLC0415 - see the top

    return verify_project(notebook, folder, options, progress)
