"""What a table of facts says about a library's functions, methods and types."""

from dataclasses import dataclass
from typing import Literal

Result = Literal["fresh", "self", "view", "holds", "unknown"]
Draws = Literal["no", "always", "unless_seeded"]
Figure = Literal["", "draws", "shows", "opens", "closes"]


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of a call: its name, and its position (from 0, `self` not counted) or None where it is keyword-only."""

    name: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class CallFact:
    """What calling a function, method or class does.

    `returns` is the type of the result (`pandas.DataFrame`), one of several (`pandas.DataFrame | pandas.Series`), `none`, `self` (the
    receiver's type), `argument` (the type of the first argument), `array` (the first argument's type if that is a frame, series or array; an
    array if it is a list), or None where it is not known: `nbpipe.knowledge.resolve` turns these words into types. A tuple result names its
    element types in `returns_items`, or says in `items_per_argument` that it has so many of each positional argument's type, in their order
    (`train_test_split`): `nbpipe.knowledge.resolve_items` gives the types.

    `result` says how the result shares memory with what went in: `fresh` (not at all), `self` (it *is* the receiver), `view` (it may share the
    memory of the receiver, or, of a function, of its arguments), `holds` (it keeps references to its arguments, as containers, pipelines and
    models do). With `takes_items` this is about what iterating over the arguments gives, not about the arguments themselves (`list(x)`).

    `mutates` lists `self` and the names of parameters that it changes in place, `changes` these parameters with their positions; `mutates_if`
    the keyword parameters (`inplace`, `copy=False` written `!copy`) that make it change the receiver. `elements` says that the change writes
    into existing memory (so that views see it), not only into the object's structure. `keeps` says that the receiver keeps references to the
    arguments afterwards (`list.append`).

    `draws` is about the global random streams of Python and numpy. With `unless_seeded`, `seed` is the parameter that stops it; without `seed`
    it is an estimator's method, and the estimator's constructor takes the seed (`nbpipe.knowledge.estimator_draws`). `draws_with` names the
    parameters whose own fitting the call runs (`estimator` of `cross_val_score`): it draws where they draw.

    `self` among `reads_files` and `writes_files` means that the receiver is the path. Where a call both reads and writes a file, `mode` is the
    parameter that tells which (`"w"`): where it is not given, the call reads. `*` among `tunable` means every keyword that is given a number.
    `shows` is `artist` where the displayed result of a call is only the repr of a drawing (`<Axes: ...>`).
    """

    name: str
    returns: str | None = None
    returns_items: tuple[str, ...] = ()
    items_per_argument: int = 0
    result: Result = "fresh"
    takes_items: bool = False
    mutates: tuple[str, ...] = ()
    mutates_if: tuple[str, ...] = ()
    changes: tuple[Argument, ...] = ()
    elements: bool = False
    keeps: bool = False
    draws: Draws = "no"
    seed: Argument | None = None
    draws_with: tuple[Argument, ...] = ()
    figure: Figure = ""
    state: tuple[str, ...] = ()  # shared state that it changes: options, warnings, cwd, env, path, rng, network, shell, clock, ipython
    reads_files: tuple[Argument, ...] = ()
    writes_files: tuple[Argument, ...] = ()
    mode: Argument | None = None
    prints: bool = False
    phase: str | None = None
    tunable: tuple[Argument, ...] = ()
    frame_names: bool = False  # string arguments may name the caller's variables (`df.query("a > @limit")`, formulas)
    shows: Literal["value", "artist"] = "value"


@dataclass(frozen=True, slots=True)
class TypeFact:
    """What is known of a type: how to annotate it (`pd.DataFrame`, needing `import pandas as pd`), and whether it survives pickling."""

    name: str
    annotation: str = "Any"
    imports: tuple[str, ...] = ()
    picklable: bool = True
    immutable: bool = False
    scalars: bool = False  # what iterating over it gives never changes (numbers, strings): a list made of it shares nothing with it
    base: str | None = None  # facts about methods are looked up there too


@dataclass(frozen=True, slots=True)
class AttributeFact:
    """What reading an attribute, or an item by a kind of key, gives.

    `returns` and `result` are as in `CallFact`. `state` names shared state that lives in the value (`options` in `plt.rcParams`, `path` in
    `sys.path`): changing the value changes that state, and reading it reads that state.
    """

    name: str
    returns: str | None = None
    result: Result = "view"
    state: tuple[str, ...] = ()
