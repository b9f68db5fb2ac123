/** What the views show, from what the server answers: all of it functions without a state. */

import type { Check, Parameter, Piece, Place, Port, PortObservation, Proposal, Stage, Status } from './documents';

/** Colours that people with any colour vision tell apart, black on them can be read (Paul Tol's light scheme); the numbers say the same. */
export const COLOURS = [
  '#77aadd',
  '#ee8866',
  '#44bb99',
  '#eedd88',
  '#ffaabb',
  '#bbcc33',
  '#99ddff',
  '#aaaa00'
] as const;

/** The statements of one cell that are in one place. */
export interface IRow {
  cell: number;
  place: Place;
  pieces: Piece[];
  /** All of the cell's statements that have a place in the pipeline are here. */
  whole: boolean;
  /** Only shown by the stage's report. */
  shown: boolean;
}

/** A stage as the panel shows it. */
export interface IStageView {
  index: number;
  stage: Stage;
  colour: string;
  /** Where the stage can be found again, whatever it is called by then. */
  anchor: Place;
  rows: IRow[];
  parameters: Parameter[];
}

/** What the others need to know of a stage: its name, and where it can be found. */
export interface IStageName {
  name: string;
  anchor: Place;
}

/** Something that is in no stage. */
export interface ILeftOutView {
  row: IRow;
  reason: string;
}

export function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? COLOURS[0];
}

/** The place of a statement (`c4.s1`), by the ids of the notebook's cells. */
export function placeOf(statement: string, cells: readonly string[]): Place {
  const match = /^c(\d+)\.s(\d+)$/.exec(statement);
  return { cell: cells[Number(match?.[1]) - 1] ?? '', statement: Number(match?.[2]) };
}

/** The stages in order, each with its cells. */
export function stageViews(proposal: Proposal, cells: readonly string[]): IStageView[] {
  const { stages, parameters } = proposal.plan;
  const places = stages.map(stage => new Set([...stage.statements, ...stage.report]));
  return stages.map((stage, index) => ({
    index,
    stage,
    colour: colourOf(index),
    anchor: placeOf(stage.statements[0] ?? '', cells),
    rows: rowsOf(proposal, cells, places[index] ?? new Set(), places, new Set(stage.report)),
    parameters: parameters.filter(parameter => parameter.stages.includes(stage.name))
  }));
}

/** What the pipeline does not have, by cell. */
export function leftOutViews(proposal: Proposal, cells: readonly string[]): ILeftOutView[] {
  const items = proposal.plan.left_out.filter(item => !item.output_only);
  const place = new Set(items.map(item => item.statement));
  const reasons = new Map(items.map(item => [item.statement, item.reason]));
  return rowsOf(proposal, cells, place, [place], new Set()).map(row => ({
    row,
    reason: [...new Set(row.pieces.map(piece => reasons.get(piece.id) ?? ''))].join('; ')
  }));
}

/** The cells whose statements all stages share: imports, functions, classes, constants and settings. */
export function sharedRows(proposal: Proposal, cells: readonly string[]): IRow[] {
  const { imports, functions, classes, constants, settings } = proposal.plan.shared;
  const place = new Set([...imports, ...functions, ...classes, ...constants, ...settings]);
  return rowsOf(proposal, cells, place, [place], new Set());
}

/** One statement as a row. */
export function rowOfPiece(piece: Piece, cells: readonly string[]): IRow {
  return { cell: piece.cell, place: placeOf(piece.id, cells), pieces: [piece], whole: false, shown: false };
}

function rowsOf(
  proposal: Proposal,
  cells: readonly string[],
  inside: ReadonlySet<string>,
  places: readonly ReadonlySet<string>[],
  report: ReadonlySet<string>
): IRow[] {
  const rows = new Map<number, Piece[]>();
  for (const piece of proposal.statements) {
    if (inside.has(piece.id)) {
      rows.set(piece.cell, [...(rows.get(piece.cell) ?? []), piece]);
    }
  }
  return [...rows].map(([cell, pieces]) => {
    const placed = proposal.statements.filter(
      piece => piece.cell === cell && places.some(place => place.has(piece.id))
    );
    const whole = placed.length === pieces.length;
    const first = pieces[0];
    return {
      cell,
      place: whole || !first ? { cell: cells[cell] ?? '' } : placeOf(first.id, cells),
      pieces,
      whole,
      shown: pieces.every(piece => report.has(piece.id))
    };
  });
}

/** The stage of each cell, by the cell's index: the one that has most of its statements. */
export function stageOfCells(views: readonly IStageView[]): Map<number, IStageView> {
  const found = new Map<number, [number, IStageView]>();
  for (const view of views) {
    for (const row of view.rows) {
      if ((found.get(row.cell)?.[0] ?? 0) < row.pieces.length) {
        found.set(row.cell, [row.pieces.length, view]);
      }
    }
  }
  return new Map([...found].map(([cell, [, view]]) => [cell, view]));
}

const FROM_GOOD_TO_BAD: readonly Status[] = ['left out', 'skipped', 'same', 'close', 'noisy', 'different', 'missing'];

/** The worst status of each cell, by its index, with what the checks say. */
export function verdictOfCells(checks: readonly Check[]): Map<number, { status: Status; detail: string }> {
  const found = new Map<number, { status: Status; detail: string }>();
  for (const check of checks) {
    if (check.cell === null) {
      continue;
    }
    const before = found.get(check.cell);
    const worse = !before || FROM_GOOD_TO_BAD.indexOf(check.status) > FROM_GOOD_TO_BAD.indexOf(before.status);
    if (worse) {
      found.set(check.cell, {
        status: check.status,
        detail: `${check.subject}: ${check.status} ${check.detail}`.trim()
      });
    }
  }
  return found;
}

/** What flows between stages: the names of the ports, by the stages that give and take them. */
export function flows(stages: readonly Stage[]): { source: string; target: string; ports: Port[] }[] {
  return stages.flatMap(stage => {
    const ports = stage.inputs.filter(port => port.stage !== stage.name);
    const sources = [...new Set(ports.map(port => port.stage))];
    return sources.map(source => ({ source, target: stage.name, ports: ports.filter(port => port.stage === source) }));
  });
}

/** How far a run is, if its message says so (`notebook 1: cell 3 of 10`). */
export function progressOf(message: string): { done: number; total: number } | null {
  const match = /cell (\d+) of (\d+)/.exec(message);
  return match ? { done: Number(match[1]), total: Number(match[2]) } : null;
}

/** A type as people write it: `pandas.core.frame.DataFrame` is a `DataFrame`. */
export function shortType(type: string): string {
  return type === 'Any' ? '' : (type.split('.').at(-1) ?? type);
}

/** What a port is, line by line: the variable and its type, and what its value was when the notebook ran. */
export function aboutPort(port: Port, seen?: PortObservation): string {
  const shape = [seen?.shape.join(' × '), seen?.dtype].filter(Boolean).join(' ');
  const parts = (seen?.parts ?? []).map(part => `  ${part.name} ${part.type}`.trimEnd());
  return [`${port.variable}: ${port.type}`, shape, ...parts].filter(Boolean).join('\n');
}
