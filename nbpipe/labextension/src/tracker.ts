/** Follows the open notebooks: each has a model from when the panel first shows it, and its cells carry marks. */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { PipelineModel } from './model';
import { joinHover, markCells, NotebookSource } from './notebook';
import type { PipelinePanel } from './panel';
import type { IWorkStore, IServer } from './tokens';

/** How the tracker works; people change it in the settings. */
export interface ITrackerOptions {
  /** Milliseconds without a keystroke after which the notebook is analysed again, at least. */
  delay: number;
  markCells: boolean;
}

/** How long to wait for more keystrokes, as a part of what the latest plan took: while one types the server rests for that part of the time. */
const PAUSE = 0.25;

export class PipelineTracker {
  constructor(
    private readonly notebooks: INotebookTracker,
    private readonly panel: PipelinePanel,
    private readonly server: IServer,
    private readonly store: IWorkStore,
    private readonly localPath: (path: string) => string
  ) {
    notebooks.currentChanged.connect(() => this.follow());
    panel.shown.connect(() => this.follow());
  }

  setOptions(options: ITrackerOptions): void {
    this._options = options;
    this._models.forEach((model, notebook) => this.mark(notebook, model));
  }

  /** Show the pipeline of the notebook that is in front, if the panel can be seen. */
  follow(): void {
    const notebook = this.notebooks.currentWidget;
    if (!notebook) {
      this.panel.model = null;
    } else if (this.panel.isVisible) {
      void this.show(notebook);
    }
  }

  private async show(notebook: NotebookPanel): Promise<void> {
    await notebook.context.ready;
    if (notebook.isDisposed || this.notebooks.currentWidget !== notebook) {
      return;
    }
    const known = this._models.get(notebook);
    const model = known ?? this.add(notebook);
    this.panel.model = model;
    await (known ? model.refresh() : model.begin());
  }

  private add(notebook: NotebookPanel): PipelineModel {
    const source = new NotebookSource(notebook, this.localPath(notebook.context.path));
    const model = new PipelineModel(source, this.server, this.store, crypto.randomUUID());
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const typed = () => {
      clearTimeout(waiting); // a later keystroke takes the place of this one
      const delay = Math.max(this._options.delay, model.pace * PAUSE);
      waiting = setTimeout(() => (this.panel.isVisible ? void model.refresh() : undefined), delay);
    };
    const leave = joinHover(notebook, model);
    notebook.context.model.contentChanged.connect(typed);
    model.changed.connect(() => this.mark(notebook, model));
    this._models.set(notebook, model);
    const end = () => {
      notebook.context.model.contentChanged.disconnect(typed);
      clearTimeout(waiting);
      leave();
      model.dispose();
      this._models.delete(notebook);
      if (this.panel.model === model) {
        this.panel.model = null;
      }
    };
    notebook.disposed.connect(end);
    notebook.context.pathChanged.connect(() => {
      end(); // edits and verifications are found by the path
      notebook.disposed.disconnect(end);
      this.follow();
    });
    return model;
  }

  private mark(notebook: NotebookPanel, model: PipelineModel): void {
    if (!notebook.isDisposed) {
      markCells(notebook, this._options.markCells ? model : null);
    }
  }

  private readonly _models = new Map<NotebookPanel, PipelineModel>();
  private _options: ITrackerOptions = { delay: 20, markCells: true };
}
