import { expect, it } from 'vitest';
import type { Check } from '../src/documents';
import {
  aboutPort,
  flows,
  leftOutViews,
  placeOf,
  progressOf,
  sharedRows,
  shortType,
  stageOfCells,
  stageViews,
  verdictOfCells
} from '../src/stages';
import { proposal } from './proposal';

const CELLS = ['a', 'b', 'c', 'd'];

it('shows each stage with its cells', () => {
  const views = stageViews(proposal(), CELLS);
  const rows = views.map(view =>
    view.rows.map(row => [row.cell, row.pieces.map(piece => piece.id), row.whole, row.shown])
  );
  expect(rows).toEqual([
    [
      [1, ['c2.s1', 'c2.s2'], true, false],
      [2, ['c3.s1'], false, true]
    ],
    [[2, ['c3.s2', 'c3.s3'], false, false]]
  ]);
  expect(views.map(view => view.anchor)).toEqual([
    { cell: 'b', statement: 1 },
    { cell: 'c', statement: 2 }
  ]);
  expect(views[1]?.parameters.map(parameter => parameter.name)).toEqual(['size']);
});

it('names a whole cell by its id, and a part of one by the statement', () => {
  const [load] = stageViews(proposal(), CELLS);
  expect(load?.rows.map(row => row.place)).toEqual([{ cell: 'b' }, { cell: 'c', statement: 1 }]);
  expect(placeOf('c4.s2', CELLS)).toEqual({ cell: 'd', statement: 2 });
});

it('gives a cell to the stage that has most of it', () => {
  const found = stageOfCells(stageViews(proposal(), CELLS));
  expect([...found].map(([cell, view]) => [cell, view.stage.name])).toEqual([
    [1, 'load'],
    [2, 'clean']
  ]);
});

it('shows what is in no stage', () => {
  expect(leftOutViews(proposal(), CELLS).map(({ row, reason }) => [row.cell, reason])).toEqual([[3, 'nobody uses it']]);
  expect(sharedRows(proposal(), CELLS).map(row => row.cell)).toEqual([0]);
});

it('draws what flows', () => {
  const [flow, ...others] = flows(proposal().plan.stages);
  expect([flow?.source, flow?.target, flow?.ports.map(port => port.name), others]).toEqual([
    'load',
    'clean',
    ['raw_rows'],
    []
  ]);
});

it('tells the worst verdict of each cell', () => {
  const check = (cell: number | null, status: Check['status']): Check => ({
    level: 'output',
    subject: 's',
    status,
    detail: '',
    cell,
    stage: null,
    pictures: [],
    lines: [],
    tables: []
  });
  const found = verdictOfCells([
    check(1, 'same'),
    check(1, 'different'),
    check(1, 'noisy'),
    check(2, 'same'),
    check(null, 'missing')
  ]);
  expect([...found].map(([cell, verdict]) => [cell, verdict.status])).toEqual([
    [1, 'different'],
    [2, 'same']
  ]);
});

it('reads how far a run is', () => {
  expect(progressOf('notebook 1: cell 3 of 10')).toEqual({ done: 3, total: 10 });
  expect(progressOf('comparing')).toBeNull();
});

it('says what a port is, and what it was', () => {
  const port = proposal().plan.stages[0]?.outputs[0];
  if (!port) {
    throw new Error('the plan has a port');
  }
  const seen = {
    port: 'raw_rows',
    type: '',
    size: 9,
    problem: '',
    shape: [60, 2],
    dtype: '',
    parts: [{ name: 'price', type: 'float64' }]
  };
  expect(aboutPort(port)).toBe('rows: pandas.DataFrame');
  expect(aboutPort(port, seen)).toBe('rows: pandas.DataFrame\n60 × 2\n  price float64');
});

it('shortens types', () => {
  expect([shortType('pandas.DataFrame'), shortType('Any'), shortType('int')]).toEqual(['DataFrame', '', 'int']);
});
