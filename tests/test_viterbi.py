"""The labelling costs as little as the cheapest of all that there are."""

from itertools import product
from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from nbpipe.planning.phases import PHASES
from nbpipe.planning.viterbi import BACKWARD_COST, LONE_COST, SHORT, label_stages

SCORES = st.lists(st.dictionaries(st.sampled_from(PHASES), st.floats(0.1, 4), max_size=3), min_size=3, max_size=3)
PLACES = st.lists(st.tuples(st.floats(-1, 5), st.sampled_from((0.0, 9.0))), min_size=3, max_size=3)
WHOLE = st.lists(st.booleans(), min_size=3, max_size=3)


def cost(labels, cuts, scores, whole, places):
    """What a labelling costs, by the words of the algorithm's description."""
    total = sum(max(found.values(), default=0.0) - found.get(label, 0.0) for label, found in zip(labels, scores, strict=True))
    begins = [0, *sorted(cuts)]
    for index in range(1, len(labels)):
        end, go_on = places[index]
        total += end if index in cuts else go_on
        if index in cuts and PHASES.index(labels[index]) < PHASES.index(labels[index - 1]):
            total += BACKWARD_COST
    for begin, next_begin in zip(begins, [*begins[1:], len(labels)], strict=True):
        if next_begin - begin == 1 and labels[begin] not in SHORT and not whole[begin]:
            total += LONE_COST
    return total


@given(SCORES, WHOLE, PLACES)
def test_it_is_the_cheapest(scores, whole, places):
    labels, cuts = label_stages(scores, whole, places)
    assert all(labels[index] == labels[index - 1] for index in range(1, 3) if index not in cuts)
    every = (
        cost(other, {index for index, cut in enumerate((one, two), start=1) if cut}, scores, whole, places)
        for other in product(PHASES, repeat=3)
        for one, two in product((False, True), repeat=2)
        if (one or other[0] == other[1]) and (two or other[1] == other[2])
    )
    assert isclose(cost(labels, cuts, scores, whole, places), min(every), abs_tol=1e-9)
