/** The stages: their cells, what they take and give, and how a person changes them. */

import * as React from 'react';
import type { Added, Place, Port, PortObservation } from '../documents';
import type { PipelineModel } from '../model';
import {
  aboutPort,
  leftOutViews,
  sharedRows,
  shortType,
  stageViews,
  type IStageName,
  type IStageView
} from '../stages';
import { memoByContent, useServices } from './context';
import { NameField } from './field';
import { CellLink, DRAGGED, Row } from './row';

export function Stages(props: { model: PipelineModel }): React.ReactElement | null {
  const { model } = props;
  const { trans } = useServices();
  const { proposal, cells } = model;
  if (!proposal) {
    return null;
  }
  const views = stageViews(proposal, cells);
  const stages = views.map(({ stage, anchor }): IStageName => ({ name: stage.name, anchor }));
  const leftOut = leftOutViews(proposal, cells);
  const shared = sharedRows(proposal, cells);
  const added = model.details.remarks?.added ?? [];
  const seen = model.current ? (model.run.job?.result?.verification?.ports ?? []) : [];
  return (
    <>
      <ol className="nbp-Stages" aria-label={trans.__('Stages')}>
        {views.map(view => (
          <StageItem
            key={`${view.anchor.cell}.${view.anchor.statement ?? 0}`}
            model={model}
            view={view}
            stages={stages}
            cells={cells}
            seen={seen.filter(one => view.stage.outputs.some(port => port.name === one.port))}
            added={added.filter(one => one.after === view.stage.name && one.stage)}
          />
        ))}
      </ol>
      {shared.length > 0 && (
        <details className="nbp-Others">
          <summary>{trans.__('Shared by all stages: imports, functions, settings')}</summary>
          <ul>
            {shared.map(row => (
              <li key={row.cell} className="nbp-Row">
                <CellLink row={row} model={model} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {leftOut.length > 0 && (
        <details className="nbp-Others nbp-LeftOut">
          <summary>{trans.__('Left out')}</summary>
          <ul>
            {leftOut.map(({ row, reason }) => (
              <Row key={row.cell} model={model} row={row} stage={null} stages={stages} cells={cells} note={reason} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** A stage: rendered again only when it, or what the stages are called, has changed. */
const StageItem = memoByContent(function StageItem(props: {
  model: PipelineModel;
  view: IStageView;
  stages: readonly IStageName[];
  cells: readonly string[];
  /** What its outputs were when the notebook was verified. */
  seen: readonly PortObservation[];
  /** The stages of components behind it. */
  added: readonly Added[];
}): React.ReactElement {
  const { model, view, stages, cells, seen, added } = props;
  const { trans } = useServices();
  const [over, setOver] = React.useState(false);
  const { stage } = view;
  const drop = (event: React.DragEvent) => {
    setOver(false);
    const dragged = event.dataTransfer.getData(DRAGGED);
    if (dragged) {
      event.preventDefault();
      void model.apply({ kind: 'move', place: JSON.parse(dragged) as Place, other: view.anchor });
    }
  };
  const next = stages[view.index + 1];
  return (
    <li
      className="nbp-Stage"
      data-stage={stage.name}
      data-over={over || undefined}
      style={{ '--nbp-colour': view.colour } as React.CSSProperties}
      onDragOver={event => {
        if (event.dataTransfer.types.includes(DRAGGED)) {
          event.preventDefault();
          setOver(true);
        }
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <header>
        <span className="nbp-Number" aria-hidden="true">
          {view.index + 1}
        </span>
        <NameField
          name={stage.name}
          label={trans.__('Name of the stage')}
          title={trans.__('Rename this stage')}
          onName={name => model.apply({ kind: 'name', place: view.anchor, name })}
        />
        <span className="nbp-Phase">{stage.phase}</span>
        {next && (
          <button
            className="nbp-Small"
            title={trans.__('Make one stage of this one and %1', next.name)}
            onClick={() => void model.apply({ kind: 'merge', place: view.anchor, other: next.anchor })}
          >
            {trans.__('merge')}
          </button>
        )}
      </header>
      {stage.title && <p className="nbp-Title">{stage.title}</p>}
      <Ports label={trans.__('takes')} ports={stage.inputs} />
      <ul className="nbp-Rows">
        {view.rows.map(row => (
          <Row key={row.cell} model={model} row={row} stage={view.index} stages={stages} cells={cells} />
        ))}
      </ul>
      {view.parameters.length > 0 && (
        <p className="nbp-Ports">
          <span>{trans.__('parameters')}</span>
          {view.parameters.map(parameter => (
            <code key={parameter.name} title={JSON.stringify(parameter.default)}>
              {parameter.name}
            </code>
          ))}
        </p>
      )}
      <Ports label={trans.__('gives')} ports={stage.outputs} seen={seen} />
      {added.length > 0 && (
        <p className="nbp-Ports" data-added={stage.name}>
          <span>{trans.__('then')}</span>
          {added.map(one => (
            <code key={one.stage} title={Object.values(one.inputs).join(', ')}>
              {one.stage}
              <small>{one.component}</small>
            </code>
          ))}
        </p>
      )}
    </li>
  );
});

function Ports(props: { label: string; ports: Port[]; seen?: readonly PortObservation[] }): React.ReactElement | null {
  if (props.ports.length === 0) {
    return null;
  }
  return (
    <p className="nbp-Ports">
      <span>{props.label}</span>
      {props.ports.map(port => (
        <code
          key={port.name}
          title={aboutPort(
            port,
            props.seen?.find(one => one.port === port.name)
          )}
        >
          {port.name}
          {shortType(port.type) && <small>{shortType(port.type)}</small>}
        </code>
      ))}
    </p>
  );
}
