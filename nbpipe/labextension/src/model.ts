/** The pipeline of one open notebook: the plan as it follows the cells, a person's edits to it, the generated code, and the verification. */

import { Signal, type ISignal } from '@lumino/signaling';
import type { Code, Edit, JobView, PlanRequest, ProjectRequest, Proposal, Refusal, Remarks } from './documents';
import { FORMAT, type IEditStore, type INotebookContent, type IServer, type ISource } from './tokens';

/** Milliseconds without a newer plan after which what takes longer is asked for: the findings of the rules, the code. */
const SETTLED = 500;

/** How a project is made. */
export interface IProjectOptions {
  /** Where it is written, in the server's folder; empty means beside the notebook, by the package's name. */
  folder: string;
  target: string;
  overwrite: boolean;
}

/** A sentence or more for the person. */
export interface INotice {
  lines: readonly string[];
  bad: boolean;
}

/** The generated code, with the ids of the notebook's cells as they were then. */
export interface IGenerated {
  code: Code;
  cells: readonly string[];
}

/** The model that the panel shows. */
export class PipelineModel {
  /** The latest plan. */
  proposal: Proposal | null = null;
  /** The ids of the notebook's cells, in order, as they were when the plan was made. */
  cells: readonly string[] = [];
  /** Why there is no newer plan. */
  problem = '';
  /** What the person should know about what they just did: a move that is forbidden, files that were written. */
  notice: INotice | null = null;
  edits: readonly Edit[] = [];
  undone: readonly Edit[] = [];
  generated: IGenerated | null = null;
  /** All findings and the plan's text, of the latest plan or of one shortly before. */
  remarks: Remarks | null = null;
  /** What can be generated: name → title. */
  targets: Readonly<Record<string, string>> = {};
  /** Milliseconds that the latest plan took. */
  pace = 0;
  job: JobView | null = null;
  /** What the job said. */
  messages: readonly string[] = [];
  options: IProjectOptions = { folder: '', target: 'package', overwrite: false };
  /** Counts the changes, for views. */
  version = 0;
  /** The id of the cell that the pointer is at, or at a line of which; emitted when it changes. */
  readonly hovered = new Signal<this, string | null>(this);
  /** Emitted when the notebook is closed. */
  readonly disposed = new Signal<this, void>(this);

  constructor(
    readonly source: ISource,
    private readonly server: IServer,
    private readonly store: IEditStore,
    private readonly tab: string
  ) {}

  /** Emitted whenever anything above has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether a verification is under way. */
  get verifying(): boolean {
    return this.job !== null && (this.job.state === 'queued' || this.job.state === 'running');
  }

  /** Whether the verdict is about the notebook as it stands. */
  get current(): boolean {
    return this.job !== null && this.job.digest === this.proposal?.digest;
  }

  /** Where the project is written. */
  get folder(): string {
    const here = this.source.path.split('/').slice(0, -1);
    return this.options.folder || [...here, this.proposal?.plan.package ?? ''].join('/');
  }

  /** The edits that the plan does not obey any more, with the reasons. */
  get refused(): readonly { edit: Edit; refusal: Refusal }[] {
    return (this.proposal?.refused ?? []).flatMap(refusal => {
      const edit = this._asked[refusal.edit];
      return edit ? [{ edit, refusal }] : [];
    });
  }

  /** Take up the work on this notebook where it was left: its edits, and a verification that may be under way. */
  async begin(): Promise<void> {
    this.edits = await this.store.load(this.source.path);
    await Promise.all([this.refresh(), this.greet()]);
    await this.resume();
  }

  /** End: nothing is emitted any more. */
  dispose(): void {
    this._disposed = true;
    clearTimeout(this._settling);
    this.disposed.emit();
    Signal.clearData(this);
  }

  /** Plan again, if the notebook has changed; returns when the plan is that of the notebook as it stood at the call. */
  refresh(): Promise<void> {
    this._wanted = true;
    this._running ??= this.planUntilCurrent().finally(() => (this._running = null));
    return this._running;
  }

  /** Do an edit; one that a dependence forbids is taken back, and the notice says which. */
  async apply(edit: Edit): Promise<void> {
    this.notice = null;
    await this.change([...this.edits, edit], []);
    const refusal = this.refused.find(found => found.edit === edit)?.refusal;
    if (refusal) {
      this.edits = this.edits.filter(kept => kept !== edit);
      this.notice = { lines: refusal.reasons, bad: true };
      await this.change(this.edits, this.undone);
    }
  }

  async undo(): Promise<void> {
    const last = this.edits.at(-1);
    if (last) {
      this.notice = null;
      await this.change(this.edits.slice(0, -1), [...this.undone, last]);
    }
  }

  async redo(): Promise<void> {
    const last = this.undone.at(-1);
    if (last) {
      this.notice = null;
      await this.change([...this.edits, last], this.undone.slice(0, -1));
    }
  }

  /** Forget the edits: the plan is the proposed one again. */
  async reset(): Promise<void> {
    this.notice = null;
    await this.change([], []);
  }

  setOptions(options: Partial<IProjectOptions>): void {
    this.options = { ...this.options, ...options };
    this.emit();
    this.settleSoon();
  }

  /** Say at which cell the pointer is. */
  hover(cell: string | null): void {
    if (cell !== this._hovered) {
      this._hovered = cell;
      this.hovered.emit(cell);
    }
  }

  /** Keep the code that of the plan from now on, until the returned function is called. */
  watchCode(): () => void {
    this._codeWatchers += 1;
    if (this._codeWatchers === 1 && this.proposal) {
      void this.loadCode();
    }
    return () => {
      this._codeWatchers -= 1;
    };
  }

  /** Generate the code, without writing it. */
  async loadCode(): Promise<void> {
    await this.guarded(async () => {
      const request = this.projectRequest();
      const key = JSON.stringify(request);
      const cells = this.source.content().cells.map(cell => cell.id);
      this.generated = { code: await this.server.code(request), cells };
      this._codeKey = key;
    }, this.notice);
  }

  /** Find what takes longer than a plan: all findings, and the plan's text. */
  async loadRemarks(): Promise<void> {
    const request = this.planRequest(this.source.content(), this.edits);
    const key = JSON.stringify(request);
    if (key !== this._remarksKey) {
      this.remarks = await this.server.remarks(request);
      this._remarksKey = key;
      this.emit();
    }
  }

  /** Write the project. */
  async write(): Promise<void> {
    await this.guarded(async () => {
      const folder = this.folder;
      const made = await this.server.convert(this.projectRequest());
      this.notice = { lines: [`${made.files.length} files are in ${folder}.`], bad: false };
      this._codeKey = '';
    });
    this.settleSoon();
  }

  /** Write the project and verify it. */
  async verify(): Promise<void> {
    await this.guarded(async () => {
      await this.follow(await this.server.start(this.projectRequest()), []);
      this._codeKey = '';
    });
    this.settleSoon();
  }

  /** The report of the latest verification. */
  async report(): Promise<string> {
    return this.job ? (await this.server.report(this.job.id)).html : '';
  }

  async cancel(): Promise<void> {
    await this.guarded(async () => {
      if (this.job) {
        await this.server.cancel(this.job.id);
      }
    });
  }

  /** Ask what the server can do, and whether it and this page understand each other. */
  private async greet(): Promise<void> {
    await this.guarded(async () => {
      const { format, nbpipe, targets } = await this.server.version();
      this.targets = targets;
      if (format !== FORMAT) {
        throw new Error(`The server runs another version of nbpipe (${nbpipe}) than this page: reload the page.`);
      }
    });
  }

  /** Find the latest verification of this notebook again, as after a reload of the page. */
  private async resume(): Promise<void> {
    await this.guarded(async () => {
      const latest = (await this.server.jobs(this.source.path)).jobs[0];
      if (latest && !this.verifying) {
        await this.follow({ ...latest, next: 0, messages: [], result: null, state: 'running' }, []);
      }
    }, this.notice);
  }

  /** Take in what a job says until it is over. */
  private async follow(started: JobView, said: readonly string[]): Promise<void> {
    let job = started;
    this.take(job, [...said, ...job.messages]);
    while (this.verifying && !this._disposed) {
      const next = await this.server.job(job.id, job.next);
      if (this.job?.id !== job.id) {
        return; // another one was begun
      }
      job = next;
      this.take(job, [...this.messages, ...job.messages]);
    }
    if (job.state === 'failed') {
      this.notice = { lines: [job.error], bad: true };
      this.emit();
    }
  }

  private take(job: JobView, messages: readonly string[]): void {
    this.job = job;
    this.messages = messages;
    this.emit();
  }

  private async change(edits: readonly Edit[], undone: readonly Edit[]): Promise<void> {
    this.edits = edits;
    this.undone = undone;
    await this.refresh();
    await this.store.save(this.source.path, this.edits);
  }

  private async planUntilCurrent(): Promise<void> {
    while (this._wanted && !this._disposed) {
      this._wanted = false;
      const notebook = this.source.content();
      const key = JSON.stringify([notebook, this.edits]);
      if (key !== this._key) {
        await this.plan(notebook, this.edits, key);
      }
    }
  }

  private async plan(notebook: INotebookContent, edits: readonly Edit[], key: string): Promise<void> {
    try {
      const begun = performance.now();
      this.proposal = await this.server.plan(this.planRequest(notebook, edits));
      this.pace = performance.now() - begun;
      this.cells = notebook.cells.map(cell => cell.id);
      this._asked = edits;
      this._key = key;
      this.problem = '';
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.emit();
    this.settleSoon();
  }

  private settleSoon(): void {
    clearTimeout(this._settling);
    if (!this._disposed) {
      this._settling = setTimeout(() => void this.settle(), SETTLED);
    }
  }

  /** Ask for what takes longer, now that nobody types. */
  private async settle(): Promise<void> {
    if (this.problem || !this.proposal) {
      return;
    }
    try {
      await this.loadRemarks();
    } catch {
      return; // a later question took the place of this one, or the plan will say what is wrong
    }
    if (this._codeWatchers && !this.verifying && JSON.stringify(this.projectRequest()) !== this._codeKey) {
      await this.loadCode();
    }
  }

  private planRequest(notebook: INotebookContent, edits: readonly Edit[]): PlanRequest {
    return { path: this.source.path, notebook, edits: [...edits], tab: this.tab };
  }

  private projectRequest(): ProjectRequest {
    const { target, overwrite } = this.options;
    const edits = [...this.edits];
    return { path: this.source.path, notebook: this.source.content(), edits, folder: this.folder, target, overwrite };
  }

  /** Do some work; what goes wrong becomes a notice, in the place of the one that is kept until then. */
  private async guarded(work: () => Promise<void>, kept: INotice | null = null): Promise<void> {
    this.notice = kept;
    try {
      await work();
    } catch (error) {
      this.notice = { lines: [messageOf(error)], bad: true };
    }
    this.emit();
  }

  private emit(): void {
    this.version += 1;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _asked: readonly Edit[] = [];
  private _codeKey = '';
  private _codeWatchers = 0;
  private _disposed = false;
  private _hovered: string | null = null;
  private _key = '';
  private _remarksKey = '';
  private _running: Promise<void> | null = null;
  private _settling: ReturnType<typeof setTimeout> | undefined;
  private _wanted = false;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
