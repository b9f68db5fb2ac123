/** The open notebook: what it holds, and the marks at its cells. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { PipelineModel } from './model';
import { stageOfCells, stageViews, verdictOfCells } from './stages';
import type { ICellContent, INotebookContent, ISource } from './tokens';

/** A notebook panel as a source. */
export class NotebookSource implements ISource {
  constructor(
    private readonly panel: NotebookPanel,
    readonly path: string
  ) {}

  /** The notebook as it stands. Outputs stay behind: they can be large, and no plan depends on them. */
  content(): INotebookContent {
    const shared = this.panel.content.model?.sharedModel;
    const cells = (shared?.cells ?? []).map((cell): ICellContent => {
      const plain = {
        cell_type: cell.cell_type,
        id: cell.getId(),
        source: cell.getSource(),
        metadata: cell.getMetadata()
      };
      return cell.cell_type === 'code' ? { ...plain, outputs: [], execution_count: null } : plain;
    });
    return { cells, metadata: shared?.getMetadata() ?? {}, nbformat: 4, nbformat_minor: 5 };
  }
}

/**
 * Mark each cell with its stage and its verdict: on the cells' elements only, so that the document stays clean.
 *
 * All widgets are marked, also those that are out of the window and have no place in the page just now.
 */
export function markCells(panel: NotebookPanel, model: PipelineModel | null): void {
  const stages = model?.proposal ? stageOfCells(stageViews(model.proposal, model.cells)) : new Map<number, never>();
  const checks = model?.current ? (model.run.job?.result?.verification?.checks ?? []) : [];
  const verdicts = verdictOfCells(checks);
  const index = new Map((model?.cells ?? []).map((id, at) => [id, at]));
  for (const cell of panel.content.widgets) {
    const at = index.get(cell.model.sharedModel.getId()) ?? -1;
    const view = stages.get(at);
    const verdict = verdicts.get(at);
    mark(cell.node, 'nbpipeStage', view ? `${view.index + 1} ${view.stage.name}` : '');
    mark(cell.node, 'nbpipeVerdict', verdict?.status ?? '');
    const colour = view?.colour ?? 'transparent';
    if (cell.node.style.getPropertyValue('--nbp-cell-colour') !== colour) {
      cell.node.style.setProperty('--nbp-cell-colour', colour);
    }
  }
}

/** Write what has changed only: each write makes the browser compute styles anew. */
function mark(node: HTMLElement, name: string, value: string): void {
  if (value === (node.dataset[name] ?? '')) {
    return;
  }
  if (value) {
    node.dataset[name] = value;
  } else {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the way to remove a data attribute
    delete node.dataset[name];
  }
}

/** Show at the cells where the pointer is, and tell where it is; returns what ends that. */
export function joinHover(panel: NotebookPanel, model: PipelineModel): () => void {
  const idAt = (target: EventTarget | null): string | null => {
    const node = target instanceof Element ? target.closest('.jp-Cell') : null;
    return panel.content.widgets.find(cell => cell.node === node)?.model.sharedModel.getId() ?? null;
  };
  const over = (event: MouseEvent) => model.hover(idAt(event.target));
  const out = () => model.hover(null);
  const show = (_: PipelineModel, id: string | null) => {
    for (const cell of panel.content.widgets) {
      mark(cell.node, 'nbpipeJoined', cell.model.sharedModel.getId() === id ? 'true' : '');
    }
  };
  const { node } = panel.content;
  node.addEventListener('mouseover', over);
  node.addEventListener('mouseleave', out);
  model.hovered.connect(show);
  return () => {
    node.removeEventListener('mouseover', over);
    node.removeEventListener('mouseleave', out);
    model.hovered.disconnect(show);
  };
}

/** Go to a cell. */
export async function jump(panel: NotebookPanel, cell: number): Promise<void> {
  panel.content.activeCellIndex = cell;
  await panel.content.scrollToItem(cell, 'smart');
  panel.content.activate();
}
