/** The plan as text: what the command line reads. */

import * as React from 'react';
import type { PipelineModel } from '../model';
import { Action, useServices } from './context';

export function PlanView(props: { model: PipelineModel }): React.ReactElement {
  const { model } = props;
  const { savePlan, trans } = useServices();
  const [saved, setSaved] = React.useState('');
  return (
    <div className="nbp-Plan">
      <div className="nbp-Bar">
        <Action
          label={trans.__('Save beside the notebook')}
          onClick={async () => {
            try {
              setSaved(trans.__('Saved as %1.', await savePlan(model)));
            } catch (error) {
              setSaved(String(error));
            }
          }}
        />
        <span role="status">{saved}</span>
      </div>
      <pre>{model.details.remarks?.text}</pre>
    </div>
  );
}
