"""The cheapest labelling of a sequence of statements with phases, and where a stage ends in it (Viterbi's algorithm).

Passing over a place costs what the caller says; a stage of one statement, and one that goes back to an earlier phase, cost more.
"""

from collections.abc import Sequence
from math import inf
from operator import itemgetter

from nbpipe.model.flow import Phase
from nbpipe.planning.evidence import Evidence
from nbpipe.planning.phases import PHASES

LONE_COST = 0.75  # one statement is hardly a stage
SHORT = frozenset({Phase.COLLECTION, Phase.EVALUATION, Phase.DEPLOYMENT})  # but for these phases, where one is often all there is
BACKWARD_COST = 1.5  # a pipeline that goes back to an earlier phase reads worse

_State = tuple[int, bool]
_LONE = [0.0 if phase in SHORT else LONE_COST for phase in PHASES]


def label_stages(scores: Sequence[Evidence], whole: Sequence[bool], places: Sequence[tuple[float, float]]) -> tuple[list[Phase], set[int]]:
    """Return the cheapest phase for each statement, and the places of the cuts.

    `whole` says which statements are a stage's worth by themselves, `places` what it costs to end a stage before each and to go on.

    A state is a phase, and whether the statement is the first of its stage: a stage that ends with its first statement costs more.
    """
    first, later = _mismatches(scores[0]), [inf] * len(PHASES)
    back: list[tuple[list[_State], list[_State]]] = []  # from which state each one comes: those that begin a stage, those that go on
    for index in range(1, len(scores)):
        change, go_on = places[index]
        ended: list[tuple[float, _State]] = []
        went_on: list[_State] = []
        for phase, (cost, other) in enumerate(zip(first, later, strict=True)):
            lone = cost + change + (0.0 if whole[index - 1] else _LONE[phase])
            ended.append((lone, (phase, True)) if lone <= other + change else (other + change, (phase, False)))
            went_on.append((phase, cost <= other))
        begun = _cheapest(ended)
        mismatches = _mismatches(scores[index])
        later = [min(costs) + go_on + mismatch for *costs, mismatch in zip(first, later, mismatches, strict=True)]
        first = [cost + mismatch for (cost, _), mismatch in zip(begun, mismatches, strict=True)]
        back.append(([state for _, state in begun], went_on))
    ends = [
        end
        for phase, (cost, other) in enumerate(zip(first, later, strict=True))
        for end in ((cost + (0.0 if whole[-1] else _LONE[phase]), (phase, True)), (other, (phase, False)))
    ]
    phase, is_first = min(ends, key=itemgetter(0))[1]
    labels, cuts = [PHASES[phase]], set()
    for index in range(len(back), 0, -1):
        begins, goes_on = back[index - 1]
        if is_first:
            cuts.add(index)
        phase, is_first = (begins if is_first else goes_on)[phase]
        labels.append(PHASES[phase])
    return labels[::-1], cuts


def _cheapest(ended: Sequence[tuple[float, _State]]) -> list[tuple[float, _State]]:
    """Return, for each phase, the cheapest way to begin a stage of it: after the same phase or an earlier one, or going back from a later one."""
    found: list[tuple[float, _State]] = []
    best = ended[0]
    for way in ended:
        if way[0] < best[0]:
            best = way
        found.append(best)
    cost, state = inf, best[1]
    for phase in range(len(ended) - 1, -1, -1):
        if cost < found[phase][0]:
            found[phase] = cost, state
        if ended[phase][0] + BACKWARD_COST <= cost:
            cost, state = ended[phase][0] + BACKWARD_COST, ended[phase][1]
    return found


def _mismatches(scores: Evidence) -> list[float]:
    """Return what it costs to call a statement by each phase."""
    best = max(scores.values(), default=0.0)
    return [best - scores.get(phase, 0.0) for phase in PHASES]
