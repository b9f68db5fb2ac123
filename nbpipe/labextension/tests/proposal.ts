import type { Port, Proposal, Stage } from '../src/documents';

const ROWS: Port = {
  name: 'raw_rows',
  variable: 'rows',
  stage: 'load',
  point: 'c2.s1',
  type: 'pandas.DataFrame',
  format: 'pickle',
  artefact: 'raw_rows'
};

const EMPTY: Stage = {
  name: '',
  phase: 'collection',
  title: '',
  statements: [],
  report: [],
  repeated: [],
  report_repeated: [],
  inputs: [],
  report_inputs: [],
  outputs: [],
  parameters: [],
  report_parameters: [],
  random: false,
  by_name: false,
  operations: { retries: 0, timeout: 0, cpu: 0, memory: 0, gpu: 0 }
};

/** A plan of five cells: imports, loading (with a look at it), cleaning, and a cell that is left out. */
export function proposal(more: Partial<Proposal> = {}): Proposal {
  return {
    plan: {
      nbpipe: '0',
      format: 1,
      kind: 'plan',
      notebook: 'n.ipynb',
      package: 'work',
      stages: [
        { ...EMPTY, name: 'load', statements: ['c2.s1'], report: ['c2.s2', 'c3.s1'], outputs: [ROWS] },
        { ...EMPTY, name: 'clean', statements: ['c3.s2', 'c3.s3'], inputs: [ROWS], parameters: ['size'] }
      ],
      parameters: [{ name: 'size', default: 3, stages: ['clean'], spans: [], origin: 'c3.s2' }],
      shared: { imports: ['c1.s1'], functions: [], classes: [], constants: [], settings: [] },
      left_out: [
        { statement: 'c4.s1', reason: 'nobody uses it', output_only: false },
        { statement: 'c3.s2', reason: 'shown elsewhere', output_only: true }
      ],
      added: [],
      findings: [],
      schedule: '',
      image: ''
    },
    digest: 'd',
    statements: ['c1.s1', 'c2.s1', 'c2.s2', 'c3.s1', 'c3.s2', 'c3.s3', 'c4.s1'].map(id => ({
      id,
      cell: Number(id.slice(1, 2)) - 1,
      line: 1,
      end_line: 1,
      phase: 'collection',
      glimpse: id
    })),
    refused: [],
    ...more
  };
}
