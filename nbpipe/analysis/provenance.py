"""Which data came from which: the rows that values share, and what was learnt from them on the way."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from nbpipe.knowledge.leakage import fits, is_class, is_one_of
from nbpipe.model.flow import FlowGraph, Operation

_Step = tuple[int, frozenset[str] | None]  # a value, and those of its columns that matter, where they are known
_DATA = ("0", "X", "x", "data", "generator", "texts", "raw_documents")


@dataclass
class Rows:
    """The sets of rows that the notebook's values have. A set may be a part of others; siblings have no row in common."""

    parents: dict[int, frozenset[int]] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)  # rows that may stand for each other: a part of them shares rows with every other part

    def new(self, parents: frozenset[int] = frozenset(), repeated: bool = False) -> frozenset[int]:
        """Make a set of rows that is a part of others, or has come from outside."""
        made = len(self.parents)
        self.parents[made] = parents
        if repeated:
            self.repeated.add(made)
        return frozenset({made})

    def above(self, sets: Iterable[int]) -> set[int]:
        """Return the sets and all of which they are parts."""
        seen: set[int] = set()
        todo = list(sets)
        while todo:
            current = todo.pop()
            if current not in seen:
                seen.add(current)
                todo += self.parents[current]
        return seen

    def overlap(self, one: frozenset[int], other: frozenset[int]) -> bool:
        """Say whether two values have rows in common."""
        above_one, above_other = self.above(one), self.above(other)
        return bool(one & above_other or other & above_one or above_one & above_other & self.repeated)


class Provenance:
    """The operations of a notebook, and for each value the rows that it has and what it was made of."""

    def __init__(self, graph: FlowGraph) -> None:
        self.operations = [operation for statement in graph.statements for operation in statement.operations]
        self.makers: dict[int, Operation] = {}
        self.rows = Rows()
        self._rows_of: dict[int, frozenset[int]] = {}
        for operation in self.operations:
            self.makers.update(dict.fromkeys((operation.made, operation.changes, *operation.parts), operation))
            self._place(operation)

    # rows

    def rows_of(self, numbers: Iterable[int]) -> frozenset[int]:
        """Return the sets of rows that values have."""
        return frozenset(row for number in numbers for row in self._rows_of.get(number, ()))

    def _place(self, operation: Operation) -> None:
        inputs, name = dict(operation.inputs), operation.name
        if is_one_of(name, "rows", "splits"):
            whole = self.rows_of(number for numbers in inputs.values() for number in numbers)
            train, test = self.rows.new(whole), self.rows.new(whole)
            self._rows_of.update((part, test if index % 2 else train) for index, part in enumerate(operation.parts))
            self._rows_of[operation.made] = train | test
            return
        rows = self._rows(name, inputs, operation)
        self._rows_of.update(dict.fromkeys((operation.made, operation.changes, *operation.parts), rows))

    def _rows(self, name: str, inputs: Mapping[str, tuple[int, ...]], operation: Operation) -> frozenset[int]:
        everything = self.rows_of(number for numbers in inputs.values() for number in numbers)
        main = self.rows_of(self.data(operation)) if is_estimators(operation) else self._main(inputs)
        if not inputs or not everything:
            return self.rows.new() if "." in name and not name.startswith(".") else frozenset()
        if is_one_of(name, "rows", "summarises") and not is_estimators(operation):
            return frozenset()
        if self.repeats(operation):
            return self.rows.new(self.rows_of(self.data(operation)), repeated=True)
        if is_one_of(name, "rows", "joins") or name in ("operator", "container"):
            return everything
        if name == "store":
            return main or everything
        if self._selects(operation):
            return self.rows.new(main)
        return main or everything

    def _main(self, inputs: Mapping[str, tuple[int, ...]]) -> frozenset[int]:
        """Return the rows of what an operation is done to: the receiver, or the first argument that has rows."""
        return next((rows for numbers in inputs.values() if (rows := self.rows_of(numbers))), frozenset())

    def repeats(self, operation: Operation) -> bool:
        """Say whether the result of an operation has some rows several times, or rows that are made of several others."""
        drawn_again = operation.name.endswith(".sample") and dict(operation.constants).get("replace") is True
        if drawn_again or is_one_of(operation.name, "rows", "repeats"):
            return True
        if not is_one_of(operation.name, "rows", "resamples"):
            return False
        kinds = [
            operation.name.rpartition(".")[0],
            *(maker.name for maker in self.nearest(dict(operation.inputs).get("self", ()), makes_object)),
        ]
        return not any(is_class(kind, "rows", "leaves_out") for kind in kinds)

    @staticmethod
    def _selects(operation: Operation) -> bool:
        if operation.name in ("[rows]", "item") or is_one_of(operation.name, "rows", "resamples"):
            return True
        if operation.name.rpartition(".")[2] == "drop":
            given = {**dict(operation.constants), **dict(operation.inputs)}
            return (
                given.get("axis") not in (1, "columns") and given.get("1") != 1 and "columns" not in given and "0" in dict(operation.inputs)
            )
        return is_one_of(operation.name, "rows", "selects") and "axis" not in dict(operation.constants)

    @staticmethod
    def data(operation: Operation) -> tuple[int, ...]:
        """Return the values that an estimator's method is given as its data."""
        inputs = dict(operation.inputs)
        return next((inputs[role] for role in _DATA if role in inputs), ())

    # what came from what

    def inputs(self, number: int, values_only: bool = False) -> Iterator[int]:
        """Return what a value was made of; with `values_only` not what only chose among rows and columns."""
        operation = self.makers.get(number)
        if operation is None:
            return
        inputs = dict(operation.inputs)
        if number in operation.parts and is_one_of(operation.name, "rows", "splits"):
            yield from inputs.get(str(operation.parts.index(number) // 2), ())
            return
        chooses = operation.name in ("[rows]", "[columns]") or operation.name.rpartition(".")[2] in ("drop", "query", "dropna")
        for role, numbers in operation.inputs:
            if not (values_only and chooses and role not in ("self", "0" if operation.name.startswith("[") else "self")):
                yield from numbers

    def nearest(self, start: Iterable[int], wanted: Callable[[Operation], bool]) -> list[Operation]:
        """Return the closest operations of a kind from which values come; what lies behind these is not looked at."""
        seen: set[int] = set()
        todo = list(start)
        found: dict[int, Operation] = {}
        while todo:
            number = todo.pop(0)
            if number in seen:
                continue
            seen.add(number)
            operation = self.makers.get(number)
            if operation is not None and wanted(operation):
                found[operation.made] = operation
            else:
                todo += self.inputs(number)
        return list(found.values())

    def objects(self, start: Iterable[int]) -> set[int]:
        """Return the objects that values are, or hold: a model and its parts, not the data that it was fitted on."""
        seen: set[int] = set()
        todo = list(start)
        while todo:
            number = todo.pop()
            operation = self.makers.get(number)
            if number not in seen and operation is not None:
                seen.add(number)
                todo += dict(operation.inputs).get("self", ()) if is_estimators(operation) else self.inputs(number)
        return seen

    def path(self, source: Operation, targets: Iterable[int], through: Callable[[Operation], bool]) -> list[Operation] | None:
        """Return the shortest way on which an operation's result flows into one of some values, or None.

        Going back, it is remembered which columns the values have, where that is known: what is put into other columns does not flow into them.
        """
        ends = {source.made, source.changes, *source.parts}
        came: dict[_Step, _Step | None] = dict.fromkeys((number, None) for number in targets)
        todo = list(came)
        while todo:
            step = todo.pop(0)
            if step[0] in ends:
                return list(self._steps(step, came))
            operation = self.makers.get(step[0])
            if operation is None or not through(operation):
                continue
            for earlier in self._earlier(operation, *step):
                if earlier not in came:
                    came[earlier] = step
                    todo.append(earlier)
        return None

    def _earlier(self, operation: Operation, number: int, columns: frozenset[str] | None) -> Iterator[_Step]:
        """Return what a value with these columns was made of, with the columns of it that matter."""
        values = set(self.inputs(number, values_only=True))
        own = frozenset(operation.columns)
        named_anew = operation.name == "store" and "columns" in own  # which name was which before is not known
        for role, numbers in operation.inputs:
            is_table = role == "self" or (role == "0" and operation.name[0] in "[.") or is_one_of(operation.name, "rows", "splits")
            if not is_table or named_anew:
                above = None
            elif own and operation.name != "store":
                above = (columns or own) & own or own
            else:
                above = (
                    columns
                    if is_one_of(operation.name, "rows", "keeps_columns", "splits") or operation.name in ("store", "[rows]")
                    else None
                )
            if is_table or operation.name != "store" or columns is None or not own or own & columns:
                yield from ((earlier, above) for earlier in numbers if earlier in values)

    def _steps(self, step: _Step | None, came: Mapping[_Step, _Step | None]) -> Iterator[Operation]:
        while step is not None:
            yield self.makers[step[0]]
            step = came[step]

    # estimators

    def learns(self, operation: Operation) -> bool:
        """Say whether what an operation makes depends on all the rows that it is given: scalers, imputers, selections of features, means."""
        name = operation.name
        if is_one_of(name, "learning", "statistics"):
            return not fits(name, "learning", "windows")
        if is_one_of(name, "learning", "functions", "statistic_functions") or name.endswith("GroupBy.transform"):
            return True
        if name == "pandas.cut":  # so many bins of equal width: between the smallest and the largest value
            return isinstance(dict(operation.constants).get("1", dict(operation.constants).get("bins")), int)
        if not is_one_of(name, "learning", "methods"):
            return False
        return self._is_learner(name.rpartition(".")[0], dict(operation.inputs).get("self", ()))

    def _is_learner(self, kind: str, numbers: Iterable[int], depth: int = 0) -> bool:
        """Say whether a value is an object that learns from rows, or holds one. `kind` is its type, where that is known."""
        if is_class(kind, "learning", "classes"):
            return True
        if is_class(kind, "models", "not_models") or depth > 6:
            return False
        if kind not in ("?", "") and not is_class(kind, "learning", "holders"):
            return False
        for maker in self.nearest(numbers, lambda operation: operation.name[-1:] != "]" and makes_object(operation)):
            inside = [number for _, inputs in maker.inputs for number in inputs]
            if self._is_learner(maker.name, inside if is_class(maker.name, "learning", "holders") or maker.changes else (), depth + 1):
                return True
        return False

    def trains(self, operation: Operation) -> bool:
        """Say whether an operation trains a model that predicts something."""
        if operation.name in ("xgboost.train", "lightgbm.train"):
            return True
        if not is_one_of(operation.name, "models", "trains") or not operation.changes:
            return False
        kind = operation.name.rpartition(".")[0]
        inputs = dict(operation.inputs)
        if is_class(kind, "learning", "classes") or is_class(kind, "models", "not_models"):
            return False
        supervised = "y" in inputs or ("0" in inputs and "1" in inputs) or kind.startswith(("keras", "tensorflow"))
        if kind == "?" and any(is_class(maker.name, "learning", "classes") for maker in self.nearest(inputs["self"], makes_object)):
            return False
        return supervised and "self" in inputs

    def validation_data(self, operation: Operation) -> tuple[int, ...]:
        """Return the values on which a training scores its model at each step."""
        inputs = dict(operation.inputs) if self.trains(operation) else {}
        return tuple(number for role, numbers in inputs.items() if is_one_of(role, "models", "validates") for number in numbers)

    def train_data(self, operation: Operation) -> tuple[int, ...]:
        """Return the values that a model was trained on."""
        return dict(operation.inputs).get("1", ()) if operation.name in ("xgboost.train", "lightgbm.train") else self.data(operation)


def makes_object(operation: Operation) -> bool:
    """Say whether an operation is the call of a class, as far as names tell."""
    last = operation.name.rpartition(".")[2]
    return "." in operation.name and (last[:1].isupper() or last.startswith("make_")) and "self" not in dict(operation.inputs)


def is_estimators(operation: Operation) -> bool:
    """Say whether an operation is a method that estimators have, so that its first argument is data, not its receiver."""
    if "self" not in dict(operation.inputs):
        return False
    named = is_one_of(operation.name, "models", "trains", "predicts", "scores") or is_one_of(operation.name, "learning", "methods")
    return named or operation.name.rpartition(".")[2] in (
        "transform",
        "inverse_transform",
        "fit_resample",
        "fit_sample",
        "texts_to_sequences",
    )


def is_metric(operation: Operation) -> bool:
    """Say whether an operation computes how good predictions are."""
    return fits(operation.name, "models", "metrics")
