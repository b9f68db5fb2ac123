"""Train/test leakage in the three kinds of Yang et al., "Data Leakage in Notebooks: Static Detection and Better Processes" (ASE 2022)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbpipe.analysis.once import is_done_once
from nbpipe.analysis.provenance import Provenance, is_metric
from nbpipe.knowledge.leakage import is_one_of
from nbpipe.model.flow import FlowGraph, Operation


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model, where it was trained, where it was used on data, which that was, and whether that use gives a score."""

    training: Operation
    test: Operation
    data: tuple[int, ...]
    scored: bool

    @property
    def is_validation(self) -> bool:
        """Whether it is the training that scores the model, step by step."""
        return self.test is self.training


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
        self._statements = {operation.made: statement for statement in graph.statements for operation in statement.operations}
        self.evaluations = list(self._evaluations())

    def _evaluations(self) -> Iterator[Evaluation]:
        """Return each use of a trained model on data; some trainings score it on other data at each step."""
        provenance = self.provenance
        scored = self._scored()
        for operation in provenance.operations:
            validation = provenance.validation_data(operation)
            if validation:
                yield Evaluation(operation, operation, validation, scored=True)
            if is_one_of(operation.name, "models", "predicts", "scores"):
                model = dict(operation.inputs).get("self", ())
                for training in provenance.nearest(model, provenance.trains):
                    score = is_one_of(operation.name, "models", "scores") or operation.made in scored
                    yield Evaluation(training, operation, provenance.data(operation), score)

    def _scored(self) -> set[int]:
        """Return the predictions that go into a metric, or are compared with what should have come out."""
        provenance = self.provenance
        predicted = {o.made for o in provenance.operations if is_one_of(o.name, "models", "predicts")}
        found: set[int] = set()
        for operation in provenance.operations:
            given = [number for _, numbers in operation.inputs for number in numbers]
            if is_metric(operation):
                found |= {o.made for o in provenance.nearest(given, lambda o: is_one_of(o.name, "models", "predicts"))}
            elif operation.name == "operator" and not predicted.isdisjoint(given):
                other = provenance.rows_of(number for number in given if number not in predicted)
                found |= {n for n in given if n in predicted and provenance.rows.overlap(other, provenance.rows_of([n]))}
        return found

    def _overlaps(self, evaluation: Evaluation) -> bool:
        provenance = self.provenance
        train = provenance.rows_of(provenance.train_data(evaluation.training))
        return provenance.rows.overlap(train, provenance.rows_of(evaluation.data))

    def overlaps(self) -> Iterator[Leak]:
        """Find models that are scored only on data with which they were trained."""
        provenance = self.provenance
        told: set[object] = set()
        repeating = [operation for operation in provenance.operations if provenance.repeats(operation)]
        for evaluation in self.evaluations:
            same = [o for o in self.evaluations if o.training is evaluation.training and (o.scored or not evaluation.scored)]
            if evaluation.is_validation or not all(self._overlaps(other) for other in same):
                continue
            repeats = [
                operation
                for operation in repeating
                if provenance.path(operation, provenance.train_data(evaluation.training), self._is_data)
                and provenance.path(operation, evaluation.data, self._is_data)
            ]
            if not repeats and not evaluation.scored:
                continue
            culprit = repeats[0] if repeats else evaluation.test
            place = (culprit.span.cell, culprit.span.line)
            if place in told:
                continue
            told.add(place)
            way = provenance.path(repeats[0], evaluation.data, self._is_data) if repeats else None
            yield Leak(culprit, tuple(way or ()), evaluation)

    def preprocessing(self) -> Iterator[Leak]:
        """Find what was learnt from the test's rows, and went into the data for training or for the test."""
        provenance = self.provenance
        learning = [operation for operation in provenance.operations if provenance.learns(operation)]
        told: set[object] = set()
        for evaluation in self.evaluations:
            if self._overlaps(evaluation):
                continue
            train, test = provenance.train_data(evaluation.training), evaluation.data
            for operation in learning:
                place = (operation.span.cell, operation.span.line)
                if place in told or not self._sees(operation, test):
                    continue
                ends = (train, test) if evaluation.scored else (train,)
                way = next((way for end in ends if (way := provenance.path(operation, end, self._is_data))), None)
                if way is not None and not self._is_for_training(evaluation):
                    told.add(place)
                    yield Leak(operation, tuple(way), evaluation)

    def _is_for_training(self, evaluation: Evaluation) -> bool:
        """Say whether predictions are features of another training, as in stacking."""
        provenance = self.provenance
        trainings = (operation for operation in provenance.operations if provenance.trains(operation))
        return not evaluation.scored and any(
            provenance.path(evaluation.test, provenance.train_data(training), self._is_data) for training in trainings
        )

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
        """Find tests on which several models are scored, or that one was validated on before, each with the number of models; the last scoring is to blame."""
        provenance = self.provenance
        groups: dict[frozenset[int], list[Evaluation]] = {}
        for evaluation in self.evaluations:
            rows = provenance.rows_of(evaluation.data)
            if evaluation.scored and rows and not self._overlaps(evaluation):
                groups.setdefault(rows, []).append(evaluation)
        for evaluations in groups.values():
            evaluations = self._of_one_model_each(evaluations)
            trainings = {evaluation.training.made: evaluation.training for evaluation in evaluations}
            independent = [one for one in trainings.values() if not self._continues(one, trainings)]
            validated = {evaluation.is_validation for evaluation in evaluations}
            if len(independent) > 1 or len(validated) > 1:
                yield Leak(evaluations[-1].test, (), evaluations[-1]), len(independent)

    def _of_one_model_each(self, evaluations: Sequence[Evaluation]) -> list[Evaluation]:
        """Where a scoring is done once, with a model that may be one of several (`best = models[name]`), keep one of them: the one that is scored elsewhere."""
        by_test: dict[int, list[Evaluation]] = {}
        for evaluation in evaluations:
            by_test.setdefault(evaluation.test.made, []).append(evaluation)
        alone = {others[0].training.made for others in by_test.values() if len(others) == 1}
        kept: list[Evaluation] = []
        for others in by_test.values():
            if len(others) > 1 and is_done_once(self._statements[others[0].test.made], others[0].test):
                others = [next((one for one in others if one.training.made in alone), others[0])]
            kept += others
        return kept

    def _continues(self, training: Operation, others: dict[int, Operation]) -> bool:
        """Say whether a training goes on with a model that another one of them has trained."""
        before = self.provenance.nearest(dict(training.inputs).get("self", ()), self.provenance.trains)
        return any(operation.made in others for operation in before)
