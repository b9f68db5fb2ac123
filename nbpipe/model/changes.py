"""What a change of a notebook changes in its pipeline."""

from dataclasses import dataclass

from nbpipe.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new, and what is gone, since another version of a notebook. `before` is false where there was none.

    `stages`, `ports` (`stage.value`), `parameters` and `files` are names; `outputs` the numbers of cells whose shown statements are new.
    """

    notebook: str
    base: str
    before: bool
    stages: tuple[str, ...] = ()
    stages_gone: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    ports_gone: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    parameters_gone: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    files_gone: tuple[str, ...] = ()
    outputs: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()
    findings_gone: tuple[Finding, ...] = ()
