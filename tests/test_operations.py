"""How stages are run: said in the plan, and by each target in its own words, or told; and the engines do it."""

from dataclasses import replace
from pathlib import Path

import pytest

from nbpipe.analysis.analyze import analyze
from nbpipe.errors import PlanError
from nbpipe.model.edit import Edit, EditKind, Place
from nbpipe.model.plan import Operations
from nbpipe.notebook.read import notebook_from_text
from nbpipe.planning.edit import read_plan, write_plan
from nbpipe.planning.operations import asked
from nbpipe.planning.phases import label
from nbpipe.planning.planner import make_plan
from nbpipe.planning.reshape import reshape
from nbpipe.render.write import write
from nbpipe.targets import TARGETS
from nbpipe.targets.operations import whole_files
from tests.engines import ENGINES, Command, dependencies, environment, execute, preparations, unclean
from tests.operated import ALL, IMAGE, SCHEDULE, counting_project, operated_plan
from tests.sample_project import sample_plan, sample_project

NOTEBOOK = notebook_from_text(
    "# %%\nimport math\nnumbers = [1, 4]\n\n# %%\nroots = [math.sqrt(n) for n in numbers]\nprint(roots)\n", "case.py", "percent"
)
GRAPH = label(analyze(NOTEBOOK))

# What is in a target's files, beside what is in each project: the words of the sample's plan, with all that can be asked of `load`.
SAID = {
    "package": {"src/sample/pipeline.py": ("retries=2,", "timeout=600,")},
    "airflow": {
        "dags/sample_dag.py": (
            "retries=2,",
            "execution_timeout=timedelta(seconds=600),",
            'in_pod({"cpu": "0.5", "memory": "512Mi", "nvidia.com/gpu": "1"})',
            f'schedule="{SCHEDULE}"',
            f'image="{IMAGE}"',
        ),
        "pyproject.toml": ("apache-airflow-providers-cncf-kubernetes",),
    },
    "luigi": {
        "src/sample/tasks.py": ("retry_count = 3", "worker_timeout = 600", 'resources = {"cpu": 1, "memory_mib": 512, "gpu": 1}'),
        "luigi.cfg": ("retry_count=1", "keep_alive=true", "force_multiprocessing=true", "[resources]", "memory_mib=512"),
    },
    "metaflow": {
        "flow.py": (
            "@metaflow.retry(times=2)",
            "@metaflow.timeout(seconds=600)",
            "@metaflow.resources(\n        cpu=0.5,\n        memory=512,\n        gpu=1,\n    )",
            f'@metaflow.schedule(cron="{SCHEDULE}")',
        )
    },
    "prefect": {
        "flow.py": ("retries=2, timeout_seconds=600",),
        "prefect.yaml": (f'cron: "{SCHEDULE}"', f'image: "{IMAGE}"'),
    },
    "dagster": {
        "src/sample/definitions.py": (
            "dg.RetryPolicy(max_retries=2)",
            '"limits": {"cpu": "0.5", "memory": "512Mi", "nvidia.com/gpu": "1"}',
            f'"image": "{IMAGE}"',
            f'cron_schedule="{SCHEDULE}"',
        )
    },
    "kubeflow": {
        "kubeflow/pipeline.py": (
            "after_load.set_retry(num_retries=2)",
            "kubernetes.set_timeout(after_load, 600)",
            'after_load.set_cpu_request("0.5").set_cpu_limit("0.5")',
            'after_load.set_memory_request("512Mi").set_memory_limit("512Mi")',
            'after_load.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)',
        ),
        "kubeflow/components.py": (f'IMAGE = "{IMAGE}"',),
        "pyproject.toml": ("kfp-kubernetes",),
    },
    "flyte2": {
        "workflow.py": (
            "retries=2,",
            "timeout=600,",
            'flyte.Resources(cpu="0.5", memory="512Mi", gpu=1)',
            f'flyte.Trigger("schedule", flyte.Cron("{SCHEDULE}"))',
            f'IMAGE = "{IMAGE}"',
        )
    },
    "sagemaker": {
        "src/sample/sagemaker_pipeline.py": (
            "max_retry_attempts=2,",
            "max_runtime_in_seconds=600,",
            'instance_type="ml.g5.xlarge"',
            f'IMAGE = "{IMAGE}"',
        )
    },
    "snakemake": {
        "workflow/Snakefile": (
            "    retries: 2\n",
            "        runtime=10,\n",
            "    threads: 1\n",
            '        mem="512 MiB",\n',
            "        gpu=1,\n",
            f"docker://{IMAGE}",
        )
    },
    "flyte": {
        "workflow.py": (
            "retries=2,",
            "timeout=600,",
            'requests=Resources(cpu="0.5", mem="512Mi", gpu="1")',
            'limits=Resources(cpu="0.5", mem="512Mi", gpu="1")',
            "container_image=IMAGE,",
            f'IMAGE = "{IMAGE}"',
            f'CronSchedule(schedule="{SCHEDULE}")',
        )
    },
    "pachyderm": {
        "pachyderm/pipelines.yaml": (
            "  datumTries: 3\n",
            "  datumTimeout: 600s\n",
            "  resourceRequests:\n    cpu: 0.5\n    memory: 512Mi\n  resourceLimits:\n",
            "  resourceLimits:\n    cpu: 0.5\n    memory: 512Mi\n    gpu: {type: nvidia.com/gpu, number: 1}\n",
            f'- cron: {{name: tick, spec: "{SCHEDULE}", overwrite: true}}',
            f'    image: "{IMAGE}"\n',
        )
    },
    "databricks": {
        "resources/sample.job.yml": (
            "          max_retries: 2\n          timeout_seconds: 600\n          retry_on_timeout: true\n",
            'schedule:\n        quartz_cron_expression: "0 30 6 ? * 2-6"\n        timezone_id: UTC\n',
        )
    },
}


def planned():
    plan = make_plan(NOTEBOOK, GRAPH)
    stage = replace(plan.stages[0], operations=ALL)
    return replace(plan, stages=(stage, *plan.stages[1:]), schedule=SCHEDULE, image=IMAGE)


def edited(old: str, new: str) -> str:
    text = write_plan(planned(), GRAPH, NOTEBOOK)
    assert old in text
    return new.join(text.rsplit(old, 1))  # not where the comment at its head has it


def test_the_plans_file_keeps_what_it_says_and_explains_it():
    text = write_plan(planned(), GRAPH, NOTEBOOK)
    again = read_plan(text, GRAPH, NOTEBOOK)
    assert (again.stages, again.schedule, again.image) == (planned().stages, SCHEDULE, IMAGE)
    plain = write_plan(make_plan(NOTEBOOK, GRAPH), GRAPH, NOTEBOOK)
    assert "# - say how an engine runs it" in plain
    assert not any(line.startswith(("retries", "timeout", "cpu", "memory", "gpu", "schedule", "image")) for line in plain.splitlines())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("retries = 2", "retires = 2", r"stage `\w+` has `retires`.*did you mean `retries`"),
        ("retries = 2", "retries = -1", "`retries` is -1, but takes a whole number from 0 to 100"),
        ("retries = 2", "retries = true", "`retries` is True"),
        ("timeout = 600", 'timeout = "10m"', "`timeout` is '10m', but takes a whole number of seconds"),
        ("cpu = 0.5", "cpu = nan", "`cpu` is nan, but takes a number"),
        ("cpu = 0.5", "cpu = 0.001", "`cpu` is 0.001"),
        ("memory = 512", "memory = 1.5", "`memory` is 1.5, but takes a whole number of MiB"),
        ("gpu = 1", "gpu = [1]", r"`gpu` is \[1\]"),
        (SCHEDULE, "@daily", "`schedule` is '@daily', but takes the five fields of cron"),
        (SCHEDULE, "30 24 * * *", "`schedule` is '30 24"),
        (SCHEDULE, "*/0 * * * *", "`schedule`"),
        (SCHEDULE, "5-1 * * * *", "`schedule`"),
        (f'schedule = "{SCHEDULE}"', "schedule = 6", "`schedule` is 6"),
        (IMAGE, "-v /:/host", "`image` is '-v /:/host'"),
        (f'image = "{IMAGE}"', 'imgae = "a"', "the plan has `imgae`.*did you mean `image`"),
    ],
)
def test_what_is_no_word_or_no_value_is_refused(old, new, message):
    with pytest.raises(PlanError, match=rf"plan.toml: .*{message}"):
        read_plan(edited(old, new), GRAPH, NOTEBOOK)


@pytest.mark.parametrize("schedule", ["*/15 * * * *", "0 0 1,15 * 0-6/2", "59 23 31 12 6"])
def test_schedules(schedule):
    assert read_plan(edited(SCHEDULE, schedule), GRAPH, NOTEBOOK).schedule == schedule


def test_edits_in_jupyterlab_keep_it():
    shaped, refused = reshape(planned(), [Edit(EditKind.NAME, Place(NOTEBOOK.cells[1].id), name="other")], GRAPH, NOTEBOOK)
    assert not refused
    assert (shaped.stages[0].operations, shaped.schedule, shaped.image) == (ALL, SCHEDULE, IMAGE)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_says_it_or_tells_that_it_cannot(target, tmp_path):
    plan = operated_plan({"load": ALL}, SCHEDULE, IMAGE)
    plain, project = sample_project(tmp_path, target=target), sample_project(tmp_path, plan, target=target)
    for file, words in SAID.get(target, {}).items():
        for word in words:
            assert word in project.files[file]
            assert word not in plain.files.get(file, "")
    told = [finding.message for finding in project.findings if finding.rule == "NB602"]
    assert not any(finding.rule == "NB602" for finding in plain.findings)
    says = TARGETS[target].says
    assert (target in SAID) == bool(says)
    assert [any(f"gives {word}" in message for message in told) for word in asked(plan)] == [word not in says for word in asked(plan)]
    write(project, tmp_path / "sample")
    assert not unclean(tmp_path / "sample")


READ_CSV = "frame = pd.read_csv('a.csv'{})"


@pytest.mark.parametrize(
    ("target", "code", "memory", "told"),
    [
        ("kedro", READ_CSV.format(""), 0, True),
        ("kedro", READ_CSV.format(", usecols=['x']"), 0, True),
        ("kedro", READ_CSV.format(", nrows=n"), 0, False),
        ("kedro", READ_CSV.format(", chunksize=100"), 0, False),
        ("airflow", READ_CSV.format(""), 512, False),
        ("package", READ_CSV.format(""), 0, False),
    ],
)
def test_stages_that_read_whole_files_are_named(target, code, memory, told):
    notebook = notebook_from_text(f"# %%\nimport pandas as pd\nn = 5\n\n# %%\n{code}\nprint(frame)\n", "case.py", "percent")
    graph = label(analyze(notebook))
    plan = make_plan(notebook, graph)
    (stage,) = (stage for stage in plan.stages if "c2.s1" in stage.statements)
    stages = tuple(replace(one, operations=Operations(memory=memory)) for one in plan.stages)
    found = whole_files(replace(plan, stages=stages), graph, TARGETS[target])
    assert [finding.message.endswith(f"memory: {stage.name} (cell 2)") for finding in found] == [True] * told


@pytest.mark.parametrize(
    ("asked_for", "instance"),
    [
        (Operations(), "ml.m5.large"),
        (Operations(cpu=3), "ml.m5.xlarge"),
        (Operations(memory=16 * 1024 + 1), "ml.m5.2xlarge"),
        (Operations(gpu=2), "ml.g5.12xlarge"),
    ],
)
def test_sagemaker_has_an_instance_that_is_large_enough(asked_for, instance, tmp_path):
    files = sample_project(tmp_path, operated_plan({"load": asked_for}), target="sagemaker").files
    first = files["src/sample/sagemaker_pipeline.py"].partition("instance_type=")[2].partition(",")[0]
    assert first == f'"{instance}"'


def test_what_sagemaker_does_not_have_is_an_error(tmp_path):
    for wrong in (Operations(retries=31), Operations(gpu=9)):
        with pytest.raises(PlanError, match=r"NB601 .* load"):
            sample_project(tmp_path, operated_plan({"load": wrong}), target="sagemaker")


def test_retries_that_metaflow_does_not_allow_are_an_error(tmp_path):
    with pytest.raises(PlanError, match=r"NB601 .* at most 4 times again, not 5: load"):
        sample_project(tmp_path, operated_plan({"load": Operations(retries=5)}), target="metaflow")


@pytest.mark.parametrize(
    ("schedule", "quartz"),
    [
        ("30 6 * * 1-5", "0 30 6 ? * 2-6"),
        ("*/15 * * * *", "0 */15 * * * ?"),
        ("0 0 1,15 * *", "0 0 0 1,15 * ?"),
        ("5 4 * 2 0,06", "0 5 4 ? 2 1,7"),
        ("5 4 * * 0-6/2", "0 5 4 ? * 1-7/2"),
        ("5 4 1-7 * *,3", "0 5 4 1-7 * ?"),
    ],
)
def test_databricks_has_the_schedule_as_quartz_writes_it(schedule, quartz, tmp_path):
    files = sample_project(tmp_path, operated_plan({}, schedule), target="databricks").files
    assert f'quartz_cron_expression: "{quartz}"\n' in files["resources/sample.job.yml"]


@pytest.mark.parametrize("schedule", ["0 0 1 * 1", "0 0 */2 * 1", "*/75 * * * *"])
def test_a_schedule_that_quartz_cannot_say_is_an_error(schedule, tmp_path):
    with pytest.raises(PlanError, match=r"NB601 .*cannot say the schedule"):
        sample_project(tmp_path, operated_plan({}, schedule), target="databricks")


def run_counting(project: Path, target: str, tries: Path, failures: int, again: bool = False, command: Command = ()):
    """Run, and tell the exit code, and how often the stages `load` and `left` have begun until now."""
    tries.mkdir(exist_ok=True)
    engine = replace(ENGINES[target], variables={**ENGINES[target].variables, "TRIES": str(tries), "FAILURES": str(failures)})
    commands = environment(dependencies(project))
    if not again:
        for preparation in preparations(target, sample_plan()):
            execute(preparation, project, commands, engine)
    result = execute(command or (engine.again("sample") if again else engine.run("sample")), project, commands, engine)
    return result.returncode, began(tries, "load"), began(tries, "left"), result.stdout + result.stderr


def began(tries: Path, stage: str) -> int:
    """How often a stage has begun."""
    return (tries / stage).stat().st_size if (tries / stage).exists() else 0


@pytest.mark.engines
@pytest.mark.parametrize("target", ["package", "luigi", "prefect", "dagster", "snakemake", "airflow"])
def test_an_engine_tries_again(target, tmp_path):
    project = counting_project(tmp_path, target, {"left": Operations(retries=1)})
    code, load, left, told = run_counting(project, target, tmp_path / "tries", 1)
    assert (code, load, left) == (0, 1, 2), told[-6000:]
    code, load, left, told = run_counting(
        counting_project(tmp_path / "other", target, {"left": Operations(retries=1)}), target, tmp_path / "more", 9
    )
    assert (code != 0, load, left) == (True, 1, 2), told[-6000:]


@pytest.mark.engines
@pytest.mark.parametrize("target", [name for name, engine in ENGINES.items() if engine.again])
def test_a_run_goes_on_where_the_last_one_failed(target, tmp_path):
    project = counting_project(tmp_path, target, {})
    code, load, left, told = run_counting(project, target, tmp_path / "tries", 1)
    assert (code != 0, load, left) == (True, 1, 1), told[-6000:]
    code, load, left, told = run_counting(project, target, tmp_path / "tries", 1, again=True)
    assert (code, load, left) == (0, 1, 2), told[-6000:]


@pytest.mark.engines
@pytest.mark.parametrize("target", [name for name, engine in ENGINES.items() if engine.again and engine.again("p") == engine.run("p")])
def test_what_has_changed_runs_again_with_all_that_needs_it(target, tmp_path):
    project, tries = counting_project(tmp_path, target, {}), tmp_path / "tries"

    def run(**options):
        code, load, left, told = run_counting(project, target, tries, 0, **options)
        assert code == 0, told[-6000:]
        return load, left

    assert run() == (1, 1)
    assert run(again=True) == (1, 1)
    joined = began(tries, "join")
    file = project / "src" / "sample" / "stages" / "left.py"
    file.write_text(file.read_text().replace("scaled(raw, 2)", "scaled(raw, 3)"))
    assert run(again=True) == (1, 2)
    assert began(tries, "join") > joined
    joined = began(tries, "join")
    (project / "data" / "numbers.csv").write_text("4\n5\n")
    assert run(again=True) == (2, 3)
    assert began(tries, "join") > joined
    load, left = run(command=ENGINES[target].change("sample", "pause", 0.01))
    assert (load >= 2, left) == (True, 4)
