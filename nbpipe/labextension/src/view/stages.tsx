/** The stages: their cells, what they take and give, and how a person changes them. */

import * as React from 'react';
import type { Edit, Port } from '../documents';
import type { PipelineModel } from '../model';
import { leftOutViews, sharedRows, shortType, stageViews, type IRow, type IStageView } from '../stages';
import { useServices } from './context';

/** What is dragged: the place of a row, as JSON. */
const DRAGGED = 'application/x-nbpipe-place';

export function Stages(props: { model: PipelineModel }): React.ReactElement | null {
  const { model } = props;
  const { trans } = useServices();
  if (!model.proposal) {
    return null;
  }
  const views = stageViews(model.proposal, model.cells);
  const leftOut = leftOutViews(model.proposal, model.cells);
  const shared = sharedRows(model.proposal, model.cells);
  return (
    <>
      <ol className="nbp-Stages" aria-label={trans.__('Stages')}>
        {views.map(view => (
          <StageItem
            key={`${view.anchor.cell}.${view.anchor.statement ?? 0}`}
            model={model}
            view={view}
            views={views}
          />
        ))}
      </ol>
      {shared.length > 0 && (
        <details className="nbp-Others">
          <summary>{trans.__('Shared by all stages: imports, functions, settings')}</summary>
          <ul>
            {shared.map(row => (
              <li key={row.cell} className="nbp-Row">
                <CellLink row={row} />
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
              <Row key={row.cell} model={model} row={row} view={null} views={views} note={reason} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function StageItem(props: { model: PipelineModel; view: IStageView; views: IStageView[] }): React.ReactElement {
  const { model, view, views } = props;
  const { trans } = useServices();
  const [over, setOver] = React.useState(false);
  const { stage } = view;
  const drop = (event: React.DragEvent) => {
    setOver(false);
    const dragged = event.dataTransfer.getData(DRAGGED);
    if (dragged) {
      event.preventDefault();
      const place = JSON.parse(dragged) as Edit['place'];
      void model.apply({ kind: 'move', place, other: view.anchor });
    }
  };
  const next = views[view.index + 1];
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
        <StageName model={model} view={view} />
        <span className="nbp-Phase">{stage.phase}</span>
        {next && (
          <button
            className="nbp-Small"
            title={trans.__('Make one stage of this one and %1', next.stage.name)}
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
          <Row key={row.cell} model={model} row={row} view={view} views={views} />
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
      <Ports label={trans.__('gives')} ports={stage.outputs} />
    </li>
  );
}

/** A stage's name: a button, and a field while it is being changed. */
function StageName(props: { model: PipelineModel; view: IStageView }): React.ReactElement {
  const { model, view } = props;
  const { trans } = useServices();
  const [text, setText] = React.useState<string | null>(null);
  const done = (name: string | null) => {
    setText(null);
    const clean = name?.trim().replace(/\s+/g, '_') ?? '';
    if (clean && clean !== view.stage.name) {
      void model.apply({ kind: 'name', place: view.anchor, name: clean });
    }
  };
  if (text === null) {
    return (
      <button className="nbp-Name" title={trans.__('Rename this stage')} onClick={() => setText(view.stage.name)}>
        {view.stage.name}
      </button>
    );
  }
  return (
    <input
      className="jp-mod-styled nbp-NameField"
      aria-label={trans.__('Name of the stage')}
      autoFocus
      value={text}
      onFocus={event => event.currentTarget.select()}
      onChange={event => setText(event.currentTarget.value)}
      onBlur={() => done(text)}
      onKeyDown={event => {
        if (event.key === 'Enter') {
          done(text);
        } else if (event.key === 'Escape') {
          done(null);
        }
      }}
    />
  );
}

function Ports(props: { label: string; ports: Port[] }): React.ReactElement | null {
  if (props.ports.length === 0) {
    return null;
  }
  return (
    <p className="nbp-Ports">
      <span>{props.label}</span>
      {props.ports.map(port => (
        <code key={port.name} title={`${port.variable}: ${port.type}`}>
          {port.name}
          {shortType(port.type) && <small>{shortType(port.type)}</small>}
        </code>
      ))}
    </p>
  );
}

/** A cell, or some statements of it, and where it can go. */
function Row(props: {
  model: PipelineModel;
  row: IRow;
  view: IStageView | null;
  views: IStageView[];
  note?: string;
}): React.ReactElement {
  const { model, row, view, views } = props;
  const { trans } = useServices();
  const places = row.whole ? [row.place] : row.pieces.map(piece => ({ ...row.place, statement: numberOf(piece.id) }));
  const place = places[0] ?? row.place;
  const go = (choice: string) => {
    if (choice === 'split') {
      void model.apply({ kind: 'split', place });
    } else if (choice === 'leave out') {
      void model.apply({ kind: 'leave out', place });
    } else {
      const other = views[Number(choice)]?.anchor;
      if (other) {
        void model.apply({ kind: 'move', place, other });
      }
    }
  };
  return (
    <li
      className="nbp-Row"
      data-shown={row.shown || undefined}
      draggable
      onDragStart={event => event.dataTransfer.setData(DRAGGED, JSON.stringify(place))}
    >
      <CellLink row={row} />
      {props.note && <small className="nbp-Note">{props.note}</small>}
      <select
        className="nbp-Move"
        aria-label={trans.__('Where cell %1 goes', row.cell + 1)}
        value=""
        onChange={event => go(event.currentTarget.value)}
      >
        <option value="" disabled hidden>
          ⋯
        </option>
        {views.map(
          other =>
            other !== view && (
              <option key={other.index} value={other.index}>
                {trans.__('Move to %1', other.stage.name)}
              </option>
            )
        )}
        {view && <option value="split">{trans.__('Begin a new stage here')}</option>}
        {view && <option value="leave out">{trans.__('Leave out')}</option>}
      </select>
    </li>
  );
}

function CellLink(props: { row: IRow }): React.ReactElement {
  const { row } = props;
  const { jump, trans } = useServices();
  return (
    <button className="nbp-Cell" title={trans.__('Go to the cell')} onClick={() => jump(row.cell)}>
      <b>{row.cell + 1}</b>
      <code>{row.pieces.map(piece => piece.glimpse).join(' ⏎ ')}</code>
    </button>
  );
}

function numberOf(statement: string): number {
  return Number(statement.split('.s')[1]);
}
