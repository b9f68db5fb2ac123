"""What the statements of a notebook do to each other."""

from dataclasses import dataclass, field
from enum import StrEnum

from nbpipe.model.finding import Finding, Span


class Phase(StrEnum):
    """The phases of a machine-learning workflow, in the order in which they usually come."""

    SETUP = "setup"
    COLLECTION = "collection"
    LABELLING = "labelling"
    EXPLORATION = "exploration"
    CLEANING = "cleaning"
    FEATURES = "features"
    TRAINING = "training"
    EVALUATION = "evaluation"
    DEPLOYMENT = "deployment"
    MONITORING = "monitoring"


class EdgeKind(StrEnum):
    """Why one statement must come after another."""

    VALUE = "value"  # it reads what the other bound
    MUTATION = "mutation"  # it reads what the other changed in place
    ANTI = "anti"  # it rebinds, changes or deletes what the other read or bound
    FILE = "file"  # they touch the same file, and one of them writes
    STATE = "state"  # they touch the same shared state (random stream, figure, options ...), and one of them changes it
    ORDER = "order"  # what they do is not known well enough to let them change places


class StatementKind(StrEnum):
    """What a statement is, as far as the plan cares."""

    IMPORT = "import"
    FUNCTION = "function"
    CLASS = "class"
    ASSIGN = "assign"
    EXPRESSION = "expression"
    DELETE = "delete"
    COMPOUND = "compound"  # for, while, if, try, with, match
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Effects:
    """What executing a statement does to the notebook's names and to the world around.

    `mutates` holds every name through which the change can be seen, aliases included. Files are given as the text of the literal path, or `?`
    where the path is not a literal. State names: `rng`, `figure`, `options`, `warnings`, `cwd`, `env`, `path`, `ipython`, `clock`, `network`, `shell`.
    `unknown` are the calls that no table of facts describes.
    """

    reads: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    mutates: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    files_read: tuple[str, ...] = ()
    files_written: tuple[str, ...] = ()
    state_read: tuple[str, ...] = ()
    state_written: tuple[str, ...] = ()
    prints: bool = False
    unknown: tuple[str, ...] = ()


Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Tunable:
    """A literal argument that people tune: `name` of the parameter, its value, where it stands, and the call that takes it."""

    name: str
    value: Scalar
    span: Span
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """After a statement, two names share memory: the same object (also inside a container), or only by a view (which pickling breaks)."""

    name: str
    other: str
    view: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a statement does with data: a call of a library (`name` is its canonical name), or Python's own ways to make a value of others.

    These are `[rows]` and `[columns]` (what a subscript takes out), `.name` (an attribute), `operator`, `container`, `item` and `store` (`x[...] = `, `x.y = `).
    `made` numbers what it makes; `parts` the items, where that is a tuple of known length. `inputs` are the numbers of what may go in: `self` is the
    receiver, arguments go by position (`0`) or keyword. `constants` are the arguments that are literals. Where the receiver is changed in place, `changes` is the
    number that stands for it from then on. `columns` are the names that a subscript takes out, or `store` sets, where they are literal. `span` is where it stands; within functions, where these are called.
    """

    made: int
    name: str
    span: Span
    inputs: tuple[tuple[str, tuple[int, ...]], ...] = ()
    constants: tuple[tuple[str, Scalar | None], ...] = ()
    parts: tuple[int, ...] = ()
    changes: int = 0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One top-level statement.

    `id` is `c3.s1`: the cell's number (from 1, over all cells) and the statement's number in it. `source` is its text without leading comments,
    `comments` the comment lines directly above it. `shown` says that the cell displays the statement's value. `headings` are the
    markdown headings above it, outermost first. `certain` are the names that it binds in any case, `types` the types of the names that it binds or changes,
    `fixed` those of them that cannot be pickled. `free` are the names that a function or class reads when it is called,
    `undefined` the names that it reads although nothing above binds them. `calls` are the library calls
    that it makes, by their canonical names. `artist` says that the value that it shows is only the repr of a drawing, `silent` that there is no value to show,
    `valued` that there is one for sure. `operations` are what it does with data, in order.
    """

    id: str
    span: Span
    source: str
    kind: StatementKind
    effects: Effects = field(default_factory=Effects)
    phase: Phase = Phase.SETUP
    comments: str = ""
    shown: bool = False
    headings: tuple[str, ...] = ()
    certain: tuple[str, ...] = ()
    types: tuple[tuple[str, str], ...] = ()
    fixed: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    tunables: tuple[Tunable, ...] = ()
    artist: bool = False
    silent: bool = False
    valued: bool = False
    operations: tuple[Operation, ...] = ()

    @property
    def cell(self) -> int:
        """The cell's index, from 0."""
        return self.span.cell


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`target` must come after `source` because of `name`."""

    source: str
    target: str
    name: str
    kind: EdgeKind

    @property
    def is_flow(self) -> bool:
        """Whether the value of `name` goes from the one to the other."""
        return self.kind in (EdgeKind.VALUE, EdgeKind.MUTATION)


@dataclass(frozen=True, slots=True)
class FlowGraph:
    """The statements in the notebook's order, what binds them, and what the analysis found."""

    statements: tuple[Statement, ...]
    edges: tuple[Edge, ...]
    findings: tuple[Finding, ...] = ()
