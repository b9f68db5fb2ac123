import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Code, Edit, JobView, ProjectRequest, Remarks, RemarksRequest } from '../src/documents';
import { PipelineModel } from '../src/model';
import type { INotebookContent, IServer, IWork, IWorkStore } from '../src/tokens';
import { proposal } from './proposal';

const MOVE: Edit = { kind: 'move', place: { cell: 'b' }, other: { cell: 'a', statement: 1 } };
const PLAIN = { folder: '', target: 'package' };
const NAME: Edit = { kind: 'name', place: { cell: 'a' }, name: 'first' };

function job(more: Partial<JobView>): JobView {
  return {
    id: '1',
    state: 'running',
    path: 'n.ipynb',
    folder: 'n',
    digest: 'd',
    next: 0,
    messages: [],
    result: null,
    error: '',
    ...more
  };
}

/** A model with a server that answers what a test gives it, over a notebook whose text the test changes. */
function setUp(answers: Partial<IServer> = {}, kept: Partial<IWork> = {}) {
  const text = { now: 'x = 1' };
  const content = (): INotebookContent => ({
    cells: [{ cell_type: 'code', id: 'a', source: text.now, metadata: {} }],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5
  });
  const plan = vi.fn<IServer['plan']>(() => Promise.resolve(proposal()));
  const remarks = vi.fn((request: RemarksRequest): Promise<Remarks> =>
    Promise.resolve({ digest: 'd', text: JSON.stringify(request.edits), findings: [], added: [], misfit: '' })
  );
  const code = vi.fn((request: ProjectRequest): Promise<Code> =>
    Promise.resolve({ files: { 'a.py': request.target ?? '' }, on_disk: {}, provenance: [], findings: [] })
  );
  const version = () => Promise.resolve({ nbpipe: '0', format: 1, targets: { package: 'Package', dvc: 'DVC' } });
  const store = { load: vi.fn(() => Promise.resolve(kept)), save: vi.fn(() => Promise.resolve()) } satisfies IWorkStore;
  const server = {
    plan,
    remarks,
    code,
    version,
    jobs: () => Promise.resolve({ jobs: [] }),
    ...answers
  } as unknown as IServer;
  const model = new PipelineModel({ path: 'folder/n.ipynb', content }, server, store, 'tab');
  return { model, plan, remarks, code, store, text };
}

describe('refresh', () => {
  it('asks once for a notebook that has not changed', async () => {
    const { model, plan } = setUp();
    await model.refresh();
    await model.refresh();
    expect(plan).toHaveBeenCalledTimes(1);
  });

  it('of what happens during a question asks only for the latest', async () => {
    const { model, plan, text } = setUp();
    const first = model.refresh();
    for (const now of ['x = 2', 'x = 3', 'x = 4']) {
      text.now = now;
      void model.refresh();
    }
    await first;
    expect(plan).toHaveBeenCalledTimes(2);
    expect(plan.mock.lastCall?.[0].notebook).toMatchObject({ cells: [{ source: 'x = 4' }] });
  });

  it('keeps the last plan, and says why there is no newer one', async () => {
    const { model, plan, text } = setUp();
    await model.refresh();
    plan.mockRejectedValueOnce(new Error('cell 1 has no end'));
    text.now = 'x = (';
    await model.refresh();
    expect([model.problem, model.proposal?.plan.stages.length]).toEqual(['cell 1 has no end', 2]);
    await model.refresh();
    expect(model.problem).toBe('');
  });
});

describe('edits', () => {
  it('are sent in their order, and kept', async () => {
    const { model, plan, store } = setUp();
    await model.apply(NAME);
    await model.apply(MOVE);
    expect(plan.mock.lastCall?.[0].edits).toEqual([NAME, MOVE]);
    expect(store.save).toHaveBeenLastCalledWith('folder/n.ipynb', { edits: [NAME, MOVE], ...PLAIN });
  });

  it('can be undone and done again', async () => {
    const { model, plan } = setUp();
    await model.apply(NAME);
    await model.undo();
    expect(plan.mock.lastCall?.[0].edits).toEqual([]);
    await model.redo();
    expect(plan.mock.lastCall?.[0].edits).toEqual([NAME]);
    expect([model.edits, model.undone]).toEqual([[NAME], []]);
  });

  it('that a dependence forbids are taken back, with the reason', async () => {
    const { model, plan, store } = setUp();
    await model.apply(NAME);
    plan.mockResolvedValueOnce(proposal({ refused: [{ edit: 1, reasons: ['`c2.s1` needs `x`'], passing: false }] }));
    await model.apply(MOVE);
    expect(model.notice).toEqual({ lines: ['`c2.s1` needs `x`'], bad: true });
    expect(model.edits).toEqual([NAME]);
    expect(store.save).toHaveBeenLastCalledWith('folder/n.ipynb', { edits: [NAME], ...PLAIN });
  });

  it('of an earlier page are there again', async () => {
    const { model, plan } = setUp({}, { edits: [NAME] });
    await model.begin();
    expect(plan.mock.lastCall?.[0].edits).toEqual([NAME]);
  });
});

describe('a verification', () => {
  it('is followed to its end', async () => {
    const views = [job({ next: 2, messages: ['one', 'two'] }), job({ next: 3, messages: ['three'], state: 'done' })];
    const asked: number[] = [];
    const { model } = setUp({
      start: () => Promise.resolve(job({ state: 'queued' })),
      job: (_, since) => {
        asked.push(since);
        return Promise.resolve(views.shift() as JobView);
      }
    });
    await model.refresh();
    await model.verify();
    expect([asked, model.run.messages, model.run.job?.state]).toEqual([[0, 2], ['one', 'two', 'three'], 'done']);
    expect(model.current).toBe(true);
  });

  it('is found again after a reload', async () => {
    const { model } = setUp({
      jobs: () => Promise.resolve({ jobs: [job({ next: 5, state: 'done' })] }),
      job: (_, since) => Promise.resolve(job({ next: 5, messages: ['all'].slice(since), state: 'done' }))
    });
    await model.begin();
    expect([model.run.job?.state, model.run.messages]).toEqual(['done', ['all']]);
  });

  it('that cannot be begun says why', async () => {
    const { model } = setUp({ start: () => Promise.reject(new Error('too many')) });
    await model.refresh();
    await model.verify();
    expect(model.notice).toEqual({ lines: ['too many'], bad: true });
  });
});

describe('what takes longer', () => {
  afterEach(() => vi.useRealTimers());

  it('is asked for once nobody types any more', async () => {
    vi.useFakeTimers();
    const { model, plan, remarks, text } = setUp();
    for (const now of ['x = 2', 'x = 3', 'x = 4']) {
      text.now = now;
      await model.refresh();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect([plan.mock.calls.length, remarks.mock.calls.length]).toEqual([3, 0]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(remarks).toHaveBeenCalledTimes(1);
    expect(remarks.mock.lastCall?.[0].notebook).toMatchObject({ cells: [{ source: 'x = 4' }] });
    expect(model.details.remarks?.text).toBe('[]');
  });

  it('waits until no newer plan is being made', async () => {
    vi.useFakeTimers();
    const { model, plan, remarks, text } = setUp();
    await model.refresh();
    let answer: () => void = () => undefined;
    plan.mockReturnValueOnce(new Promise(resolve => (answer = () => resolve(proposal()))));
    text.now = 'x = 2';
    void model.refresh();
    await vi.advanceTimersByTimeAsync(1000);
    expect(remarks).not.toHaveBeenCalled();
    answer();
    await vi.advanceTimersByTimeAsync(1000);
    expect(remarks).toHaveBeenCalledTimes(1);
    expect(remarks.mock.lastCall?.[0].folder).toBe('folder/work');
  });

  it('is the code too, while it is looked at', async () => {
    vi.useFakeTimers();
    const { model, code, text } = setUp();
    await model.refresh();
    await vi.advanceTimersByTimeAsync(1000);
    expect(code).not.toHaveBeenCalled();
    const leave = model.details.watchCode();
    await vi.advanceTimersByTimeAsync(1000);
    expect(code).toHaveBeenCalledTimes(1);
    model.setOptions({ target: 'dvc' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(model.details.generated?.code.files).toEqual({ 'a.py': 'dvc' });
    leave();
    text.now = 'x = 2';
    await model.refresh();
    await vi.advanceTimersByTimeAsync(1000);
    expect(code).toHaveBeenCalledTimes(2);
  });

  it('ends with the notebook', async () => {
    vi.useFakeTimers();
    const { model, remarks } = setUp();
    await model.refresh();
    model.dispose();
    await vi.advanceTimersByTimeAsync(1000);
    expect(remarks).not.toHaveBeenCalled();
  });
});

it('says that the page is older than the server', async () => {
  const { model } = setUp({ version: () => Promise.resolve({ nbpipe: '9', format: 2, targets: {} }) });
  await model.begin();
  expect(model.notice?.lines[0]).toContain('reload the page');
});

it('tells where the pointer is when that has changed', () => {
  const { model } = setUp();
  const told: (string | null)[] = [];
  model.hovered.connect((_, cell) => told.push(cell));
  for (const cell of ['a', 'a', null, null, 'b']) {
    model.hover(cell);
  }
  expect(told).toEqual(['a', null, 'b']);
});

it('remembers where a project is written, and what it is made for', async () => {
  const { model, store } = setUp({}, { folder: 'there', target: 'dvc' });
  await model.begin();
  expect([model.folder, model.options.target]).toEqual(['there', 'dvc']);
  model.setOptions({ target: 'kedro', overwrite: true });
  expect(store.save).toHaveBeenLastCalledWith('folder/n.ipynb', { edits: [], folder: 'there', target: 'kedro' });
});

it('keeps what was chosen before the work was there, and that work', async () => {
  const { model, store } = setUp({}, { edits: [NAME], folder: 'there', target: 'dvc' });
  const begun = model.begin();
  model.setOptions({ target: 'kedro' });
  await begun;
  expect([model.folder, model.options.target]).toEqual(['there', 'kedro']);
  expect(store.save).toHaveBeenCalledTimes(1);
  expect(store.save).toHaveBeenLastCalledWith('folder/n.ipynb', { edits: [NAME], folder: 'there', target: 'kedro' });
});

it('plans nothing before the edits that were kept are there', async () => {
  const { model, plan } = setUp({}, { edits: [NAME] });
  await Promise.all([model.begin(), model.refresh()]);
  expect(plan.mock.calls.map(([request]) => request.edits)).toEqual([[NAME]]);
});

it('writes beside the notebook unless a folder is named', async () => {
  const { model } = setUp();
  await model.refresh();
  expect(model.folder).toBe('folder/work');
  model.setOptions({ folder: 'elsewhere' });
  expect(model.folder).toBe('elsewhere');
});
