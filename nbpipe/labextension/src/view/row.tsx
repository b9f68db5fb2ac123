/** A cell of a stage, its statements, and where they can go. */

import * as React from 'react';
import type { Edit, Place } from '../documents';
import type { PipelineModel } from '../model';
import { rowOfPiece, type IRow, type IStageName } from '../stages';
import { useServices } from './context';

/** What is dragged: the place of a row, as JSON. */
export const DRAGGED = 'application/x-nbpipe-place';

interface IRowProps {
  model: PipelineModel;
  row: IRow;
  /** The index of the stage that has the row; null where none has. */
  stage: number | null;
  stages: readonly IStageName[];
  /** The ids of the notebook's cells. */
  cells: readonly string[];
  note?: string;
}

/** A cell, or what a stage has of it; its statements can be unfolded. */
export function Row(props: IRowProps): React.ReactElement {
  const { row, cells } = props;
  const { trans } = useServices();
  const [open, setOpen] = React.useState(false);
  const several = row.pieces.length > 1;
  return (
    <li data-shown={row.shown || undefined}>
      <Line {...props} label={trans.__('Where cell %1 goes', row.cell + 1)}>
        {several ? (
          <button
            className="nbp-Small nbp-Fold"
            aria-expanded={open}
            aria-label={trans.__('Statements of cell %1', row.cell + 1)}
            onClick={() => setOpen(!open)}
          >
            {open ? '▾' : '▸'}
          </button>
        ) : (
          <span className="nbp-Fold" />
        )}
      </Line>
      {several && open && (
        <ul className="nbp-Statements">
          {row.pieces.map(piece => (
            <li key={piece.id} data-statement={piece.id}>
              <Line
                {...props}
                row={rowOfPiece(piece, cells)}
                note={undefined}
                label={trans.__('Where line %1 of cell %2 goes', piece.line, row.cell + 1)}
              />
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** One line: what it is, and the menu of where it can go. It can be dragged, too. */
function Line(props: IRowProps & { label: string; children?: React.ReactNode }): React.ReactElement {
  const { model, row } = props;
  return (
    <div
      className="nbp-Row"
      draggable
      onDragStart={event => event.dataTransfer.setData(DRAGGED, JSON.stringify(row.place))}
    >
      {props.children}
      <CellLink row={row} model={model} />
      {props.note && <small className="nbp-Note">{props.note}</small>}
      <Move {...props} />
    </div>
  );
}

/** The menu; its entries are made when somebody comes near: all menus have more of them than the rest of the panel has elements. */
function Move(props: IRowProps & { label: string }): React.ReactElement {
  const { model, row, stage, stages, label } = props;
  const { trans } = useServices();
  const [near, setNear] = React.useState(false);
  const go = (choice: string) => {
    const edit = editOf(choice, row.place, stages);
    if (edit) {
      void model.apply(edit);
    }
  };
  return (
    <select
      className="nbp-Move"
      aria-label={label}
      value=""
      onFocus={() => setNear(true)}
      onPointerEnter={() => setNear(true)}
      onChange={event => go(event.currentTarget.value)}
    >
      <option value="" disabled hidden>
        ⋯
      </option>
      {near &&
        stages.map(
          (other, index) =>
            index !== stage && (
              <option key={index} value={index}>
                {trans.__('Move to %1', other.name)}
              </option>
            )
        )}
      {near && stage !== null && <option value="split">{trans.__('Begin a new stage here')}</option>}
      {near && stage !== null && <option value="leave out">{trans.__('Leave out')}</option>}
    </select>
  );
}

function editOf(choice: string, place: Place, stages: readonly IStageName[]): Edit | null {
  if (choice === 'split' || choice === 'leave out') {
    return { kind: choice, place };
  }
  const other = stages[Number(choice)]?.anchor;
  return other ? { kind: 'move', place, other } : null;
}

export function CellLink(props: { row: IRow; model: PipelineModel }): React.ReactElement {
  const { row, model } = props;
  const { jump, trans } = useServices();
  return (
    <button
      className="nbp-Cell"
      title={trans.__('Go to the cell')}
      onClick={() => jump(row.cell)}
      onMouseEnter={() => model.hover(row.place.cell)}
      onMouseLeave={() => model.hover(null)}
    >
      <b>{row.cell + 1}</b>
      <code>{row.pieces.map(piece => piece.glimpse).join(' ⏎ ')}</code>
    </button>
  );
}
