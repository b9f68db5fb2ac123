/** The side panel: it shows the pipeline of the notebook that is in front. */

import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Signal, type ISignal } from '@lumino/signaling';
import * as React from 'react';
import type { PipelineModel } from './model';
import { Pipeline } from './view';
import { CodeView } from './view/code';
import { ServicesProvider, type IViewServices } from './view/context';

export class PipelinePanel extends ReactWidget {
  constructor(private readonly services: IViewServices) {
    super();
    this.id = 'nbpipe';
    this.addClass('nbp-Panel');
    this.title.caption = services.trans.__('Pipeline');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', services.trans.__('Pipeline'));
  }

  /** The pipeline that is shown, if a notebook is in front. */
  get model(): PipelineModel | null {
    return this._model;
  }
  set model(model: PipelineModel | null) {
    if (model !== this._model) {
      this._model = model;
      this.update();
    }
  }

  /** Emitted when the panel comes into sight. */
  get shown(): ISignal<this, void> {
    return this._shown;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._shown.emit();
  }

  protected render(): React.ReactElement {
    if (!this._model) {
      return <p className="nbp-Empty">{this.services.trans.__('Open a notebook to see its pipeline.')}</p>;
    }
    return (
      <ServicesProvider value={this.services}>
        <Pipeline key={this._model.source.path} model={this._model} />
      </ServicesProvider>
    );
  }

  private _model: PipelineModel | null = null;
  private readonly _shown = new Signal<this, void>(this);
}

/** The generated code in a place of its own. */
export class CodePanel extends ReactWidget {
  constructor(
    private readonly services: IViewServices,
    private readonly model: PipelineModel
  ) {
    super();
    this.addClass('nbp-CodePanel');
  }

  protected render(): React.ReactElement {
    return (
      <ServicesProvider value={this.services}>
        <CodeView model={this.model} wide />
      </ServicesProvider>
    );
  }
}
