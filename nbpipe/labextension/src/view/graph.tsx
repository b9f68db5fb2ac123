/** The stages as a graph. */

import * as dagre from '@dagrejs/dagre';
import * as React from 'react';
import type { PipelineModel } from '../model';
import { flows, stageViews } from '../stages';
import { memoByContent, useServices } from './context';

const SIZE = { width: 150, height: 26 };

/** What the graph shows of a stage. */
interface INode {
  name: string;
  colour: string;
  cell: number;
}

type Link = ReturnType<typeof flows>[number];

export function Graph(props: { model: PipelineModel }): React.ReactElement | null {
  const { proposal, cells } = props.model;
  if (!proposal?.plan.stages.length) {
    return null; // a notebook of imports alone has nothing to draw
  }
  const views = stageViews(proposal, cells);
  const nodes = views.map(({ stage, colour, rows }): INode => ({ name: stage.name, colour, cell: rows[0]?.cell ?? 0 }));
  return <Drawing model={props.model} nodes={nodes} links={flows(views.map(view => view.stage))} />;
}

/** Laid out again only when the stages, or what flows between them, have changed. */
const Drawing = memoByContent(function Drawing(props: {
  model: PipelineModel;
  nodes: INode[];
  links: Link[];
}): React.ReactElement {
  const { jump, trans } = useServices();
  const drawing = layOut(props.nodes, props.links);
  const { width, height, nodes, edges } = drawing;
  return (
    <svg
      className="nbp-Graph"
      viewBox={`0 0 ${width} ${height}`}
      style={{ maxWidth: width }}
      role="group"
      aria-label={trans.__('Graph of the stages')}
    >
      <defs>
        <marker id="nbp-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0 L8 4 L0 8 z" />
        </marker>
      </defs>
      {edges.map(edge => (
        <path key={edge.key} className="nbp-Edge" d={edge.path} markerEnd="url(#nbp-arrow)">
          <title>{edge.label}</title>
        </path>
      ))}
      {nodes.map(node => {
        const go = () => jump(node.cell);
        return (
          <g
            key={node.name}
            className="nbp-Node"
            transform={`translate(${node.x} ${node.y})`}
            role="button"
            tabIndex={0}
            aria-label={trans.__('Go to stage %1', node.name)}
            style={{ '--nbp-colour': node.colour } as React.CSSProperties}
            onClick={go}
            onKeyDown={event => {
              if (event.key === 'Enter' || event.key === ' ') {
                event.preventDefault();
                go();
              }
            }}
          >
            <rect width={SIZE.width} height={SIZE.height} rx={5} />
            <text x={SIZE.width / 2} y={SIZE.height / 2}>
              {node.name.length > 20 ? `${node.name.slice(0, 19)}…` : node.name}
            </text>
          </g>
        );
      })}
    </svg>
  );
});

/** From top to bottom: the panel is narrow and high. */
function layOut(stages: readonly INode[], links: readonly Link[]) {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 16, ranksep: 18, marginx: 4, marginy: 4 });
  graph.setDefaultEdgeLabel(() => ({}));
  stages.forEach(stage => graph.setNode(stage.name, { ...SIZE }));
  links.forEach(link => graph.setEdge(link.source, link.target));
  dagre.layout(graph);
  const nodes = stages.map(stage => {
    const { x, y } = graph.node(stage.name);
    return { ...stage, x: x - SIZE.width / 2, y: y - SIZE.height / 2 };
  });
  const edges = links.map(({ source, target, ports }) => {
    const points = graph.edge(source, target).points as { x: number; y: number }[];
    const path = points.map(({ x, y }, index) => `${index ? 'L' : 'M'}${x} ${y}`).join(' ');
    return { key: `${source} ${target}`, path, label: ports.map(port => port.name).join(', ') };
  });
  const { width = SIZE.width, height = SIZE.height } = graph.graph();
  return { nodes, edges, width, height };
}
