/** What all views need. */

import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { PipelineModel } from '../model';

/** The services of JupyterLab that the views use, and what they can ask of the notebook. */
export interface IViewServices {
  languages: IEditorLanguageRegistry;
  trans: TranslationBundle;
  /** Go to a cell of the notebook. */
  jump: (cell: number) => void;
  /** Show the code in a place of its own beside the notebook; absent where there is none. */
  openCode?: (model: PipelineModel) => Promise<void>;
  /** Show the report of the latest verification in a tab. */
  openReport: (model: PipelineModel) => Promise<void>;
  /** Write the plan beside the notebook, and return its path. */
  savePlan: (model: PipelineModel) => Promise<string>;
}

const Services = React.createContext<IViewServices | null>(null);

export const ServicesProvider = Services.Provider;

export function useServices(): IViewServices {
  const services = React.useContext(Services);
  if (!services) {
    throw new Error('a view of nbpipe is shown without its services');
  }
  return services;
}

/** Render again whenever the model changes. */
export function useModel(model: PipelineModel): void {
  const subscribe = React.useCallback(
    (changed: () => void) => {
      model.changed.connect(changed);
      return () => void model.changed.disconnect(changed);
    },
    [model]
  );
  React.useSyncExternalStore(subscribe, () => model.version);
}

/** A view that is rendered again only when what it shows has another content. */
export function memoByContent<P extends { model: PipelineModel }>(view: React.FunctionComponent<P>) {
  const content = (props: P) => JSON.stringify({ ...props, model: null });
  return React.memo(view, (one, other) => one.model === other.model && content(one) === content(other));
}

/** A button of the panel that starts work. */
export function Action(props: {
  label: string;
  title?: string;
  disabled?: boolean;
  onClick: () => Promise<void>;
}): React.ReactElement {
  return (
    <button
      className="jp-mod-styled nbp-Action"
      title={props.title}
      disabled={props.disabled}
      onClick={() => void props.onClick()}
    >
      {props.label}
    </button>
  );
}

/** A part of the panel that can be folded. */
export function Section(props: {
  title: string;
  count?: number;
  open?: boolean;
  /** What is inside is only there while it can be seen. */
  lazy?: boolean;
  children: React.ReactNode;
}): React.ReactElement {
  const [open, setOpen] = React.useState(props.open ?? false);
  return (
    <details className="nbp-Section" open={open} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        {props.title}
        {props.count !== undefined && <span className="nbp-Count">{props.count}</span>}
      </summary>
      {(open || !props.lazy) && props.children}
    </details>
  );
}
