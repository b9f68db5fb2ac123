/** The pipeline of one open notebook: the plan as it follows the cells, a person's edits to it, the generated code, and the verification. */

import { Signal, type ISignal } from '@lumino/signaling';
import type { Edit, PlanRequest, ProjectRequest, Proposal, Refusal } from './documents';
import { Details } from './details';
import { Run } from './run';
import { FORMAT, type INotebookContent, type IServer, type ISource, type IWork, type IWorkStore } from './tokens';

/** How a project is made. */
export interface IProjectOptions extends Pick<IWork, 'folder' | 'target'> {
  overwrite: boolean;
}

/** A sentence or more for the person. */
export interface INotice {
  lines: readonly string[];
  bad: boolean;
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
  /** What can be generated: name → title. */
  targets: Readonly<Record<string, string>> = {};
  /** Milliseconds that the latest plan took. */
  pace = 0;
  readonly run: Run;
  readonly details: Details;
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
    private readonly store: IWorkStore,
    private readonly tab: string
  ) {
    this.run = new Run(
      server,
      () => this.emit(),
      () => this._disposed
    );
    this.details = new Details(server, {
      remarksRequest: () => ({ ...this.planRequest(this.source.content(), this.edits), folder: this.folder }),
      projectRequest: () => this.projectRequest(),
      cells: () => this.source.content().cells.map(cell => cell.id),
      ready: () => this.proposal !== null && !this.problem && !this._running && !this.run.active && !this._disposed,
      told: () => this.emit(),
      failed: error => {
        this.notice = { lines: [messageOf(error)], bad: true };
        this.emit();
      }
    });
  }

  /** Emitted whenever anything above has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether the verdict is about the notebook as it stands. */
  get current(): boolean {
    return this.run.job !== null && this.run.job.digest === this.proposal?.digest;
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
    this._loading = this.takeUp().finally(() => (this._loading = null));
    await this._loading;
    await Promise.all([this.refresh(), this.greet()]);
    await this.guarded(() => this.run.resume(this.source.path), this.notice);
  }

  /** End: nothing is emitted any more. */
  dispose(): void {
    this._disposed = true;
    this.details.dispose();
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
    this._chosen = { ...this._chosen, ...options };
    this.emit();
    this.details.settleSoon();
    void this.keep();
  }

  /** Say at which cell the pointer is. */
  hover(cell: string | null): void {
    if (cell !== this._hovered) {
      this._hovered = cell;
      this.hovered.emit(cell);
    }
  }

  /** Write the project. */
  async write(): Promise<void> {
    await this.guarded(async () => {
      const folder = this.folder;
      const made = await this.server.convert(this.projectRequest());
      this.notice = { lines: [`${made.files.length} files are in ${folder}.`], bad: false };
      this.details.forget();
    });
  }

  /** Write the project and verify it. */
  async verify(): Promise<void> {
    await this.guarded(async () => {
      await this.run.follow(await this.server.start(this.projectRequest()));
      this.details.forget();
    });
    this.details.settleSoon();
  }

  async cancel(): Promise<void> {
    await this.guarded(() => this.run.cancel());
  }

  private async takeUp(): Promise<void> {
    const { edits = [], ...options } = await this.store.load(this.source.path);
    this.edits = edits;
    this.options = { ...this.options, ...options, ...this._chosen };
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

  private async change(edits: readonly Edit[], undone: readonly Edit[]): Promise<void> {
    this.edits = edits;
    this.undone = undone;
    await this.refresh();
    await this.keep();
  }

  private async keep(): Promise<void> {
    if (this._loading) {
      await this._loading; // what was kept before must not be replaced unread
    }
    const { folder, target } = this.options;
    await this.store.save(this.source.path, { edits: this.edits, folder, target });
  }

  private async planUntilCurrent(): Promise<void> {
    if (this._loading) {
      await this._loading; // no plan is shown, and edited, before the edits that were kept are there
    }
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
    this.details.settleSoon();
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
  private _chosen: Partial<IProjectOptions> = {};
  private _disposed = false;
  private _hovered: string | null = null;
  private _key = '';
  private _loading: Promise<void> | null = null;
  private _running: Promise<void> | null = null;
  private _wanted = false;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
