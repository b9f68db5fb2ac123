"""What happens while one statement is executed, collected on the way."""

from dataclasses import dataclass, field

from nbpipe.model.finding import Span
from nbpipe.model.flow import Effects, Operation, Scalar, Tunable

Names = dict[str, None]  # a set that keeps its order


@dataclass
class Trace:
    """The effects of a statement so far. `bound` are the names that it has bound in any case up to the point reached."""

    reads: Names = field(default_factory=dict)
    undefined: Names = field(default_factory=dict)
    binds: Names = field(default_factory=dict)
    bound: Names = field(default_factory=dict)
    mutates: Names = field(default_factory=dict)
    deletes: Names = field(default_factory=dict)
    files_read: Names = field(default_factory=dict)
    files_written: Names = field(default_factory=dict)
    state_read: Names = field(default_factory=dict)
    state_written: Names = field(default_factory=dict)
    unknown: Names = field(default_factory=dict)
    calls: Names = field(default_factory=dict)
    tunables: list[Tunable] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    prints: bool = False

    def effects(self) -> Effects:
        """Return the finished effects."""
        return Effects(
            reads=tuple(self.reads),
            binds=tuple(self.binds),
            mutates=tuple(self.mutates),
            deletes=tuple(self.deletes),
            files_read=tuple(self.files_read),
            files_written=tuple(self.files_written),
            state_read=tuple(self.state_read),
            state_written=tuple(self.state_written),
            prints=self.prints,
            unknown=tuple(self.unknown),
        )

    def tune(self, name: str, value: Scalar, span: Span, owner: str) -> None:
        """Record a literal that people tune, once for each place."""
        if not any(tunable.span == span for tunable in self.tunables):
            self.tunables.append(Tunable(name, value, span, owner))
