"""Which statement of a changed notebook is which of the version before: cells by their ids and their content, statements by their text."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from nbpipe.model.analysis import Analysis
from nbpipe.model.flow import FlowGraph, Statement
from nbpipe.model.notebook import Cell

_ALIKE = 0.6  # the share of text that an edited cell or statement still has in common with itself


def match(old: Analysis, new: Analysis) -> Mapping[str, str]:
    """Return the ids of the new version's statements, each with that of the statement which it was in the old one; statements without one are new."""
    before, after = _by_cell(old.graph), _by_cell(new.graph)
    found: dict[str, str] = {}
    pairs = [(before.get(one, []), after.get(other, [])) for one, other in match_cells(old.notebook.cells, new.notebook.cells)]
    for one, other in pairs:
        found |= _equal(one, other)
    found |= _moved(old.graph.statements, new.graph.statements, found)
    for one, other in pairs:
        found |= _edited(one, other, found)
    return found


def match_cells(old: Sequence[Cell], new: Sequence[Cell]) -> list[tuple[int, int]]:
    """Return the pairs of code cells that are the same one, by their indices: with the same id, else the same text, else much of it."""
    left = {cell.index: cell for cell in old if cell.kind == "code"}
    right = {cell.index: cell for cell in new if cell.kind == "code"}
    ids = {cell.id: index for index, cell in left.items() if not _numbered(cell)}
    found: list[tuple[int, int]] = []

    def take(pairs: Iterable[tuple[int, int]]) -> None:
        for one, other in pairs:
            if one in left and other in right:
                found.append((one, other))
                del left[one], right[other]

    take([(ids[cell.id], index) for index, cell in right.items() if cell.id in ids and not _numbered(cell)])
    take(_in_order(list(left.values()), list(right.values())))
    take(_same_elsewhere(left, right))
    take(_alike({index: cell.source for index, cell in left.items()}, {index: cell.source for index, cell in right.items()}))
    return found


def _numbered(cell: Cell) -> bool:
    """Whether a cell's id is only its number: the file had none."""
    return cell.id == f"cell-{cell.number}"


def _in_order(old: Sequence[Cell], new: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """The cells with the same text that follow each other as before."""
    matcher = SequenceMatcher(None, [cell.source for cell in old], [cell.source for cell in new], autojunk=False)
    for one, other, size in matcher.get_matching_blocks():
        yield from ((old[one + n].index, new[other + n].index) for n in range(size))


def _same_elsewhere(old: Mapping[int, Cell], new: Mapping[int, Cell]) -> list[tuple[int, int]]:
    """The cells with the same text in another place."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for index, cell in old.items():
        places[cell.source].append(index)
    return [(places[cell.source].pop(0), index) for index, cell in new.items() if places[cell.source]]


def _alike(old: Mapping[int, str], new: Mapping[int, str]) -> list[tuple[int, int]]:
    """All pairs of texts that have much in common, the most alike first."""
    found = []
    for other, text in new.items():
        matcher = SequenceMatcher(None, "", text, autojunk=False)
        for one, before in old.items():
            matcher.set_seq1(before)
            if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE:
                found.append((-matcher.ratio(), abs(one - other), one, other))
    return [(one, other) for _, _, one, other in sorted(found)]


def _by_cell(graph: FlowGraph) -> dict[int, list[Statement]]:
    found: defaultdict[int, list[Statement]] = defaultdict(list)
    for statement in graph.statements:
        found[statement.cell].append(statement)
    return dict(found)


def _equal(old: Sequence[Statement], new: Sequence[Statement]) -> dict[str, str]:
    """The statements of one cell that are as they were."""
    matcher = SequenceMatcher(None, [s.source for s in old], [s.source for s in new], autojunk=False)
    return {
        new[other + n].id: old[one + n].id for one, other, size in matcher.get_matching_blocks() for n in range(size)
    }  # fmt: skip


def _moved(old: Sequence[Statement], new: Sequence[Statement], found: Mapping[str, str]) -> dict[str, str]:
    """The statements that went to another cell: those whose text is found once in either version."""
    once = [{text for text, count in Counter(s.source for s in statements).items() if count == 1} for statements in (old, new)]
    taken = set(found.values())
    places = {s.source: s.id for s in old if s.source in once[0] and s.id not in taken}
    return {s.id: places[s.source] for s in new if s.id not in found and s.source in once[1] and s.source in places}


def _edited(old: Sequence[Statement], new: Sequence[Statement], found: Mapping[str, str]) -> dict[str, str]:
    """The statements of one cell that were edited: what is left of it that is alike, or binds the same names."""
    taken = set(found.values())
    left = {n: s for n, s in enumerate(old) if s.id not in taken}
    right = {n: s for n, s in enumerate(new) if s.id not in found}
    alike = _alike({n: s.source for n, s in left.items()}, {n: s.source for n, s in right.items()})
    same = [(a, b) for a, s in left.items() for b, t in right.items() if s.effects.binds and s.effects.binds == t.effects.binds]
    result: dict[str, str] = {}
    for one, other in (*alike, *same):
        if one in left and other in right:
            result[right.pop(other).id] = left.pop(one).id
    return result
