"""Random numbers that differ from run to run."""

from collections.abc import Iterator

from nbpipe import knowledge
from nbpipe.analysis.provenance import Provenance, makes_object
from nbpipe.analysis.rules.rule import Example, Remark, Rule, Subject
from nbpipe.model.finding import Severity, Span
from nbpipe.model.flow import Operation

# support vector machines draw a seed from the stream, and only use it for probabilities
_ONLY_WITH = {"SVC": "probability", "NuSVC": "probability", "SVR": "", "NuSVR": "", "OneClassSVM": ""}
_SEEDS = frozenset({"numpy.random.seed", "random.seed", "torch.manual_seed", "tensorflow.random.set_seed", "tensorflow.set_random_seed"})


def check(subject: Subject) -> Iterator[Remark]:
    """Find the first statement that draws from a stream that nothing has seeded, and count the others."""
    provenance = Provenance(subject.graph)
    drawing: dict[str, Span] = {}
    for statement in subject.graph.statements:
        if not _SEEDS.isdisjoint(statement.calls) or any(call.endswith((".set_seed", ".seed_everything")) for call in statement.calls):
            break
        steps = statement.operations if "rng" in statement.effects.state_written else ()
        first = next((step for step in steps if _draws(step, provenance)), None)
        if first is not None:
            drawing[statement.id] = first.span
    if drawing:
        more = f" (and {len(drawing) - 1} times more)" if len(drawing) > 1 else ""
        yield Remark(next(iter(drawing.values())), f"random numbers are drawn here{more} without a seed: each run gives other results")


def _draws(operation: Operation, provenance: Provenance) -> bool:
    """Say whether an operation's result changes from run to run."""
    kind, _, name = operation.name.rpartition(".")
    inputs = dict(operation.inputs)
    fact = knowledge.function(operation.name) if "self" not in inputs else knowledge.method(kind, name) if kind != "?" else None
    if fact is None and kind != "?":
        return False
    if fact is not None and fact.seed is not None:
        return fact.draws != "no" and dict(operation.constants).get(fact.seed.name) is None and fact.seed.name not in inputs
    if fact is not None and "self" not in inputs:
        return fact.draws == "always" or (fact.draws == "unless_seeded" and fact.result != "holds")
    made = provenance.nearest(inputs.get("self", ()), makes_object) if name.startswith("fit") else []
    return any(_fit_draws(maker) for maker in made)


def _fit_draws(maker: Operation) -> bool:
    given = {**dict.fromkeys((role for role, _ in maker.inputs), object()), **dict(maker.constants)}
    needs = _ONLY_WITH.get(maker.name.rpartition(".")[2])
    return (needs is None or bool(given.get(needs))) and knowledge.estimator_draws(maker.name, given) != "no"


RULE = Rule(
    id="NB206",
    slug="unseeded-randomness",
    summary="Random numbers are drawn without a seed.",
    why=(
        "Each run gives other numbers, so that nobody can tell whether a change made them better. Give a seed: `random_state=0` to estimators and splits, "
        "`np.random.default_rng(0)` for numbers, or seed the global stream once at the top."
    ),
    severity=Severity.WARNING,
    bad=Example("# %%\nimport numpy as np\n# %%\nnoise = np.random.normal(size=3)  # <- here\nprint(noise)\n"),
    good=Example("# %%\nimport numpy as np\nnp.random.seed(0)\n# %%\nnoise = np.random.normal(size=3)\nprint(noise)\n"),
    check=check,
    fix="give a seed (`random_state=0`), or seed the stream at the top",
)
