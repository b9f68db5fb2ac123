"""Train/test leakage in the three kinds of Yang et al., "Data Leakage in Notebooks: Static Detection and Better Processes" (ASE 2022)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbpipe.analysis.provenance import Provenance, is_metric
from nbpipe.knowledge.leakage import is_one_of
from nbpipe.model.flow import FlowGraph, Operation


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model, where it was trained, where it was used on other data, and whether that use gives a score."""

    training: Operation
    test: Operation
    scored: bool


@dataclass(frozen=True, slots=True)
class Leak:
    """How data of the test reached the training: the operation to blame, and the way from there."""

    culprit: Operation
    way: tuple[Operation, ...]
    evaluation: Evaluation


class Leakage:
    """Looks for leaks in a notebook."""

    def __init__(self, graph: FlowGraph) -> None:
        self.provenance = Provenance(graph)
        self.evaluations = list(self._evaluations())

    def _evaluations(self) -> Iterator[Evaluation]:
        """Return each use of a trained model on data; cross-validation trains and tests on the same."""
        provenance = self.provenance
        scored = self._scored()
        for operation in provenance.operations:
            if is_one_of(operation.name, "models", "predicts", "scores"):
                model = dict(operation.inputs).get("self", ())
                for training in provenance.nearest(model, provenance.trains):
                    score = is_one_of(operation.name, "models", "scores") or operation.made in scored
                    yield Evaluation(training, operation, score)

    def _scored(self) -> set[int]:
        """Return the predictions that go into a metric."""
        found: set[int] = set()
        for metric in self.provenance.operations:
            if is_metric(metric):
                given = [number for _, numbers in metric.inputs for number in numbers]
                found |= {o.made for o in self.provenance.nearest(given, lambda o: is_one_of(o.name, "models", "predicts"))}
        return found

    def _overlaps(self, evaluation: Evaluation) -> bool:
        provenance = self.provenance
        train = provenance.rows_of(provenance.train_data(evaluation.training))
        return provenance.rows.overlap(train, provenance.rows_of(provenance.data(evaluation.test)))

    def overlaps(self) -> Iterator[Leak]:
        """Find models that are scored only on data with which they were trained."""
        provenance = self.provenance
        told: set[tuple[object, object]] = set()
        repeating = [operation for operation in provenance.operations if provenance.repeats(operation)]
        for evaluation in self.evaluations:
            same = [o for o in self.evaluations if o.training is evaluation.training and (o.scored or not evaluation.scored)]
            spans = (evaluation.training.span, evaluation.test.span)
            if spans in told or not all(self._overlaps(other) for other in same):
                continue
            repeats = [
                operation
                for operation in repeating
                if provenance.path(operation, provenance.train_data(evaluation.training), self._is_data)
                and provenance.path(operation, provenance.data(evaluation.test), self._is_data)
            ]
            if not repeats and not evaluation.scored:
                continue
            told.add(spans)
            culprit = repeats[0] if repeats else evaluation.test
            way = provenance.path(repeats[0], provenance.data(evaluation.test), self._is_data) if repeats else None
            yield Leak(culprit, tuple(way or ()), evaluation)

    def preprocessing(self) -> Iterator[Leak]:
        """Find what was learnt from the test's rows, and went into the data for training or for the test."""
        provenance = self.provenance
        learning = [operation for operation in provenance.operations if provenance.learns(operation)]
        told: set[object] = set()
        for evaluation in self.evaluations:
            if self._overlaps(evaluation):
                continue
            train, test = provenance.train_data(evaluation.training), provenance.data(evaluation.test)
            for operation in learning:
                place = (operation.span.cell, operation.span.line)
                if place in told or not self._sees(operation, test):
                    continue
                way = provenance.path(operation, train, self._is_data) or provenance.path(operation, test, self._is_data)
                if way is not None:
                    told.add(place)
                    yield Leak(operation, tuple(way), evaluation)

    def _sees(self, operation: Operation, test: Sequence[int]) -> bool:
        """Say whether an operation learns from rows of the test."""
        provenance = self.provenance
        inputs = dict(operation.inputs)
        methods = is_one_of(operation.name, "learning", "methods")
        learnt_from = provenance.data(operation) if methods or "self" not in inputs else inputs["self"]
        return provenance.rows.overlap(provenance.rows_of(learnt_from), provenance.rows_of(test))

    def _is_data(self, operation: Operation) -> bool:
        """Say whether data flows on through an operation: a trained model is no data."""
        return not self.provenance.trains(operation)

    def repeated_tests(self) -> Iterator[tuple[Leak, int]]:
        """Find tests on which several models are scored, each with their number; the last scoring is to blame."""
        provenance = self.provenance
        groups: dict[frozenset[int], list[Evaluation]] = {}
        for evaluation in self.evaluations:
            rows = provenance.rows_of(provenance.data(evaluation.test))
            if evaluation.scored and rows and not self._overlaps(evaluation):
                groups.setdefault(rows, []).append(evaluation)
        for evaluations in groups.values():
            trainings = {evaluation.training.made: evaluation.training for evaluation in evaluations}
            independent = [one for one in trainings.values() if not self._continues(one, trainings)]
            if len(independent) > 1:
                yield Leak(evaluations[-1].test, (), evaluations[-1]), len(independent)

    def _continues(self, training: Operation, others: dict[int, Operation]) -> bool:
        """Say whether a training goes on with a model that another one of them has trained."""
        before = self.provenance.nearest(dict(training.inputs).get("self", ()), self.provenance.trains)
        return any(operation.made in others for operation in before)
