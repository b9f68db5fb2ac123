"""The stages as a layered picture: where each box and each line goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grandalf.graphs import Edge, Graph, Vertex
from grandalf.layouts import SugiyamaLayout

from nbpipe.model.plan import Plan

HEIGHT = 46
_LETTER = 7.6
_MARGIN = 30
_GAP = 40


@dataclass(frozen=True, slots=True)
class Box:
    """A stage in the picture."""

    name: str
    phase: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """What travels from one stage to another: a curve as SVG writes paths, and the names of the ports."""

    source: str
    target: str
    path: str
    ports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The boxes and lines, and how large the picture is."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: float
    height: float


class _View:
    """What the library wants to know of a box, and where it puts it."""

    def __init__(self, width: float) -> None:
        self.w, self.h, self.xy = width, HEIGHT, (0.0, 0.0)


def _vertex(name: str) -> Any:
    vertex: Any = Vertex(name)
    vertex.view = _View(len(name) * _LETTER + 24)
    return vertex


def picture(plan: Plan) -> Picture:
    """Lay the stages out in layers, from the first to the last."""
    ports: dict[tuple[str, str], list[str]] = {}
    for stage in plan.stages:
        for port in stage.inputs:
            if port.stage != stage.name:
                ports.setdefault((port.stage, stage.name), []).append(port.name)
    vertices = {stage.name: _vertex(stage.name) for stage in plan.stages}
    graph = Graph(list(vertices.values()), [Edge(vertices[source], vertices[target]) for source, target in ports])
    offset = float(_MARGIN)
    for part in graph.C:
        layout = SugiyamaLayout(part)
        layout.xspace, layout.yspace = 24, 34
        layout.init_all()
        layout.draw(3)
        left = min(vertex.view.xy[0] - vertex.view.w / 2 for vertex in part.sV)
        for vertex in part.sV:
            vertex.view.xy = (vertex.view.xy[0] - left + offset, vertex.view.xy[1])
        offset = max(vertex.view.xy[0] + vertex.view.w / 2 for vertex in part.sV) + _GAP
    views: dict[str, _View] = {name: vertex.view for name, vertex in vertices.items()}
    top = min((view.xy[1] for view in views.values()), default=0.0) - HEIGHT / 2 - _MARGIN
    boxes = tuple(Box(s.name, s.phase.value, views[s.name].xy[0], views[s.name].xy[1] - top, views[s.name].w) for s in plan.stages)
    lines = tuple(_line(source, target, names, views, top) for (source, target), names in ports.items())
    bottom = max((box.y for box in boxes), default=0.0) + HEIGHT / 2 + _MARGIN
    return Picture(boxes, lines, offset - _GAP + _MARGIN, bottom)


def _line(source: str, target: str, names: list[str], views: Mapping[str, _View], top: float) -> Line:
    """A curve from the lower edge of one box to the upper edge of another."""
    (x1, y1), (x2, y2) = views[source].xy, views[target].xy
    start, end = y1 - top + HEIGHT / 2, y2 - top - HEIGHT / 2 - 4
    bend = max((end - start) / 2, 18)
    return Line(
        source,
        target,
        f"M{x1:.1f},{start:.1f} C{x1:.1f},{start + bend:.1f} {x2:.1f},{end - bend:.1f} {x2:.1f},{end:.1f}",
        tuple(dict.fromkeys(names)),
    )
