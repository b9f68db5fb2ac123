"""Many notebooks on the engines: each project run by its engine's own runner, as it is and with a changed parameter, and its values compared with the plain run's.

python -m tests.benchmarks.engines FOLDER -o OUT [--target kedro --target dvc] [--most 10]
python -m tests.benchmarks.engines MANIFEST.csv -o OUT

The manifest is that of `tests.benchmarks.corpus`; of its notebooks those are taken that go from end to end. A notebook whose plain project does not pass verification is
told and left out. The projects need what the Python that runs this has, beside their engines. OUT gets `engines.md`, and what is run stays there; it is not run again.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbpipe import api
from nbpipe.errors import NbpipeError
from nbpipe.model.plan import Plan
from nbpipe.model.verification import Level, Status
from nbpipe.targets import TARGETS
from nbpipe.verify.options import VerifyOptions
from nbpipe.verify.parameters import changes
from tests.benchmarks.corpus import Task, find_tasks, markdown
from tests.engines import ENGINES, collecting, dependencies, differing, environment, execute, preparations

PLAIN, AGAIN = "package", "package again"


@dataclass(frozen=True)
class Subject:
    """A notebook whose plain project passed: its plan, the file that has it, and a parameter with another value for it, if there is one."""

    task: Task
    plan: Plan
    file: Path
    changed: tuple[str, Any] | None


def choose(tasks: Sequence[Task], out: Path, most: int) -> list[Subject]:
    """The first notebooks that go from end to end and pass; why others do not is told."""
    found: list[Subject] = []
    for task in tasks:
        if len(found) < most and task.end_to_end is not False:
            subject = _verified(task, out / "verified" / task.folder)
            found += [subject] if isinstance(subject, Subject) else []
            print(f"{task.name}: {'taken' if isinstance(subject, Subject) else subject}", file=sys.stderr, flush=True)
    return found


def _verified(task: Task, folder: Path) -> Subject | str:
    known = folder.with_suffix(".json")
    try:
        if not known.exists():
            options = VerifyOptions(python=sys.executable)
            _, found = api.convert_verified(task.path, folder, PLAIN, True, options, lambda said: None)
            same = [one.subject for one in found.checks if (one.level, one.status) == (Level.PARAMETER, Status.SAME)]
            known.write_text(json.dumps({"passed": found.passed, "unfinished": found.count(Status.SKIPPED, Level.OUTPUT), "same": same}))
        verdict = json.loads(known.read_text())
        if not verdict["passed"] or verdict["unfinished"]:
            return "does not pass, or stops, with the libraries that are here"
        plan = api.plan(task.path, folder / "plan.toml").plan
    except NbpipeError as error:
        return str(error)
    others = changes(plan.parameters)
    changed = next(((name, others[name]) for name in verdict["same"] if name in others), None)
    return Subject(task, plan, folder / "plan.toml", changed)


def project_of(subject: Subject, target: str, out: Path) -> Path:
    """The folder of the notebook's project for a target."""
    folder = out / "projects" / target / subject.task.folder
    if not folder.exists():
        api.convert(subject.task.path, folder, subject.file, target, options=VerifyOptions(python=sys.executable))
    return folder


def run(subject: Subject, name: str, changed: bool, commands: Path, out: Path) -> Mapping[str, Any]:
    """Run a project by its engine, unless it was before: where its values are, the seconds, and the end of what it told if it failed."""
    target = PLAIN if name == AGAIN else name
    folder = out / "runs" / f"{name}{' changed' if changed else ''}" / subject.task.folder
    known = folder.with_suffix(".json")
    if not known.exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(project_of(subject, target, out), folder)
        engine, package, seconds, failure = ENGINES[target], subject.plan.package, 0.0, ""
        command = engine.change(package, *subject.changed) if changed and subject.changed else engine.run(package)
        for each in (*preparations(target, subject.plan), command, *([collecting(engine, subject.plan)] if engine.collect else [])):
            start = time.perf_counter()
            result = execute(each, folder, commands, engine)
            seconds = time.perf_counter() - start if each is command else seconds
            if result.returncode:
                failure = f"{' '.join(each)[:60]}: {(result.stdout + result.stderr)[-1500:]}"
                break
        known.write_text(json.dumps({"folder": str(folder), "seconds": seconds, "failure": failure}))
    return dict(json.loads(known.read_text()))


def verdict(subject: Subject, target: str, changed: bool, commands: Mapping[str, Path], out: Path) -> str:
    """What a cell of the table says: the seconds of a run with the plain run's values, or what is wrong."""
    if changed and not subject.changed:
        return "no number to change"
    plain, again, found = (
        run(subject, name, changed, commands[target if name == target else PLAIN], out) for name in (PLAIN, AGAIN, target)
    )
    if failure := plain["failure"] or again["failure"]:
        return f"plain run: {failure}"
    if found["failure"]:
        return f"failed: {found['failure']}"
    first, second, third = (Path(one["folder"]) for one in (plain, again, found))
    wrong = differing(subject.plan, first, second, third, commands[target], out)
    return f"different: {wrong}" if wrong else f"{found['seconds']:.0f} s"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, metavar="FOLDER", help="notebooks, or a manifest (.csv)")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--target", dest="targets", action="append", choices=[name for name in TARGETS if name != PLAIN])
    parser.add_argument("--most", type=int, default=10, help="notebooks, at most (default: 10)")
    options = parser.parse_args(arguments)
    targets, out = options.targets or ["kedro", "airflow", "dvc", "metaflow"], options.out.resolve()
    (out / "verified").mkdir(parents=True, exist_ok=True)
    subjects = choose(find_tasks(options.source), out, options.most)
    if not subjects:
        sys.exit("No notebook goes from end to end and passes: see above.")
    needed = {
        target: [one for subject in subjects for one in dependencies(project_of(subject, target, out))] for target in (PLAIN, *targets)
    }
    commands = {target: environment([*wanted, *ENGINES[target].needs]) for target, wanted in needed.items()}
    rows = []
    for subject in subjects:
        cells = [verdict(subject, target, changed, commands, out) for target in targets for changed in (False, True)]
        rows.append((subject.task.name, str(len(subject.plan.stages)), *(" ".join(cell.split())[:300] for cell in cells)))
        print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    heads = ("notebook", "stages", *(f"{target}{more}" for target in targets for more in ("", ", changed")))
    (out / "engines.md").write_text(told := markdown(heads, rows), encoding="utf-8")
    print(told)


if __name__ == "__main__":
    main()
