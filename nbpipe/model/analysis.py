"""What the analysis of a notebook gives."""

from dataclasses import dataclass

from nbpipe.model.flow import FlowGraph
from nbpipe.model.notebook import Notebook


@dataclass(frozen=True, slots=True)
class Analysis:
    """A notebook and the flow between its statements."""

    notebook: Notebook
    graph: FlowGraph
