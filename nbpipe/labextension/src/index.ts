/** The plugin: commands, the button, the side panel. */

import { ILabShell, ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, InputDialog, MainAreaWidget } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IFrame, LabIcon } from '@jupyterlab/ui-components';
import type { Edit } from './documents';
import { literalAt } from './literals';
import type { PipelineModel } from './model';
import { jump } from './notebook';
import { CodePanel, PipelinePanel } from './panel';
import { Server } from './request';
import type { IViewServices } from './view/context';
import { CommandIDs, PLUGIN_ID, type IWork, type IWorkStore } from './tokens';
import { PipelineTracker } from './tracker';

const icon = new LabIcon({
  name: 'nbpipe:pipeline',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16"><g class="jp-icon3" fill="#616161">' +
    '<rect x="1" y="1" width="5" height="4" rx="1"/><rect x="10" y="6" width="5" height="4" rx="1"/><rect x="1" y="11" width="5" height="4" rx="1"/>' +
    '<path d="M6 2.5h3v4h1v1.6H9v4.4H6v-1.2h1.8V3.7H6z"/></g></svg>'
});

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'Shows a notebook as a pipeline.',
  autoStart: true,
  requires: [INotebookTracker, IEditorLanguageRegistry],
  optional: [ICommandPalette, ISettingRegistry, IStateDB, ITranslator, ILayoutRestorer, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    languages: IEditorLanguageRegistry,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    state: IStateDB | null,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    lab: ILabShell | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbpipe');
    const { contents, serverSettings } = app.serviceManager;
    const services: IViewServices = {
      languages,
      trans,
      jump: cell => {
        if (notebooks.currentWidget) {
          void jump(notebooks.currentWidget, cell);
        }
      },
      savePlan: async (model: PipelineModel) => {
        await model.details.loadRemarks();
        const path = model.source.path.replace(/\.\w+$/, '') + '.plan.toml';
        await contents.save(path, { type: 'file', format: 'text', content: model.details.remarks?.text ?? '' });
        return path;
      },
      openReport
    };
    if (lab) {
      services.openCode = openCode; // elsewhere a page has room for one document only
    }
    const panel = new PipelinePanel(services);
    panel.title.icon = icon;
    const tracker = new PipelineTracker(notebooks, panel, new Server(serverSettings), workStore(state), path =>
      contents.localPath(path)
    );
    app.shell.add(panel, 'right', { rank: 900 });
    restorer?.add(panel, panel.id);

    app.commands.addCommand(CommandIDs.open, {
      label: trans.__('Show Pipeline'),
      caption: trans.__('Show this notebook as a pipeline (nbpipe)'),
      icon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => notebooks.currentWidget !== null,
      execute: () => {
        app.shell.activateById(panel.id);
        tracker.follow();
      }
    });
    addEdit(CommandIDs.split, trans.__('Pipeline: Begin a New Stage Here'), 'split');
    addEdit(CommandIDs.leaveOut, trans.__('Pipeline: Leave Cell Out'), 'leave out');
    app.commands.addCommand(CommandIDs.addParameter, {
      label: trans.__('Pipeline: Make a Parameter of This Literal…'),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => panel.model !== null && literalAtCursor() !== null,
      execute: async () => {
        const found = literalAtCursor();
        const title = trans.__('Name of the parameter %1', found?.literal ?? '');
        const name = found && (await InputDialog.getText({ title, pattern: '[A-Za-z_]\\w*', required: true })).value;
        if (name) {
          await panel.model?.apply({
            kind: 'add parameter',
            place: { cell: found.cell },
            literal: found.literal,
            name
          });
        }
      }
    });
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('Pipeline') });
    }
    void settings?.load(PLUGIN_ID).then(loaded => {
      const take = () => {
        const { delay, markCells } = loaded.composite as { delay: number; markCells: boolean };
        tracker.setOptions({ delay, markCells });
      };
      loaded.changed.connect(take);
      take();
    });

    /** The literal of the active cell that the cursor is in. */
    function literalAtCursor(): { cell: string; literal: string } | null {
      const active = notebooks.currentWidget?.content.activeCell;
      const editor = active?.editor;
      if (!active || !editor) {
        return null;
      }
      const literal = literalAt(active.model.sharedModel.getSource(), editor.getOffsetAt(editor.getCursorPosition()));
      return literal === null ? null : { cell: active.model.sharedModel.getId(), literal };
    }

    /** The report is a page of its own, without an origin: its scripts reach nothing of JupyterLab's, and its own rules let them load nothing. */
    async function openReport(model: PipelineModel): Promise<void> {
      const html = await model.run.report();
      const content = new IFrame({ sandbox: ['allow-scripts'], referrerPolicy: 'no-referrer' });
      const widget = new MainAreaWidget({ content });
      widget.addClass('nbp-Report');
      widget.title.label = trans.__('Report of %1', model.source.path.split('/').at(-1) ?? '');
      widget.title.icon = icon;
      app.shell.add(widget, lab ? 'main' : 'right');
      content.node.querySelector('iframe')?.setAttribute('srcdoc', html);
    }

    function openCode(model: PipelineModel): Promise<void> {
      const widget = new MainAreaWidget({ content: new CodePanel(services, model) });
      widget.title.label = trans.__('Code of %1', model.source.path.split('/').at(-1) ?? '');
      widget.title.icon = icon;
      model.disposed.connect(() => widget.dispose());
      lab?.add(widget, 'main', { mode: 'split-right' });
      return Promise.resolve();
    }

    /** A command that changes the plan at the active cell. */
    function addEdit(command: string, label: string, kind: Edit['kind']): void {
      const active = () => notebooks.currentWidget?.content.activeCell?.model.sharedModel.getId();
      app.commands.addCommand(command, {
        label,
        describedBy: { args: { type: 'object', properties: {} } },
        isEnabled: () => panel.model !== null && active() !== undefined,
        execute: async () => {
          const cell = active();
          if (cell !== undefined) {
            await panel.model?.apply({ kind, place: { cell } });
          }
        }
      });
    }
  }
};

/** Work in the state database of the workspace; without one it lasts as long as the page. */
function workStore(state: IStateDB | null): IWorkStore {
  const key = (path: string) => `nbpipe:work:${path}`;
  return {
    load: async path => ((await state?.fetch(key(path))) as Partial<IWork> | undefined) ?? {},
    save: async (path, work) => {
      await state?.save(key(path), work as never);
    }
  };
}

export default plugin;
