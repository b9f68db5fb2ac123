"""Ready-made components: what stands around a converted notebook in production."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbpipe.model.flow import Phase
from nbpipe.model.plan import Format, Literals


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """The facts of a component, as `component.toml` in its folder of templates states them.

    `stage` is how its stages are named (`{after}` is the stage that one follows); where there is none, the component is only files. `inputs` are roles
    of values (`planning.fitting`), or what other components give (`gate.verdict`), by argument, `one or another` where the first need not be there;
    where there are none, it takes all that the stage before it gives, and `every` stage before the training gets one. With `every_parameter`, it takes
    those of all stages. `outputs` are the forms in which its values are stored, by name. A stage that `stops` the run comes before the later ones that
    take what it takes. `reads` are files in the working folder. `needs` are components that must be there. `calls` are patterns of library calls by which
    notebooks do the same by hand, and `by_hand` says what that is. `then` is what people do next. `roles` are those that its outputs, or else its inputs, by name, play from then on.
    `observer` is a module of its that is told of each stage (the generated `runner.observed`).
    """

    name: str
    title: str
    about: str
    phase: Phase
    stage: str = ""
    every: bool = False
    stops: bool = False
    inputs: Mapping[str, str] = field(default_factory=dict)
    every_parameter: bool = False
    outputs: Mapping[str, Format] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Literals] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    by_hand: str = ""
    calls: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    observer: str = ""
