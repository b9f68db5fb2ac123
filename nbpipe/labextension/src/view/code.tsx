/** The generated code: which file, and whether it is compared with what is on disk. */

import * as React from 'react';
import type { Code } from '../documents';
import type { PipelineModel } from '../model';
import { Action, useModel, useServices } from './context';
import { Listing } from './listing';

/** The files; `wide` says that they are in a place of their own. */
export function CodeView(props: { model: PipelineModel; wide?: boolean }): React.ReactElement {
  const { model, wide = false } = props;
  const { openCode, trans } = useServices();
  useModel(model);
  const [chosen, setChosen] = React.useState('');
  const [compared, setCompared] = React.useState(true);
  React.useEffect(() => model.details.watchCode(), [model]);
  const { generated } = model.details;
  const code = generated?.code;
  const stages = (model.proposal?.plan.stages ?? []).map(stage => stage.name);
  const files = code ? filesOf(code, stages) : [];
  const file = files.includes(chosen) ? chosen : (files[0] ?? '');
  const before = code?.on_disk[file];
  const differ = Object.keys(code?.on_disk ?? {}).length;
  return (
    <div className="nbp-Code">
      <div className="nbp-Bar">
        {code && (
          <select
            className="jp-mod-styled"
            aria-label={trans.__('File')}
            value={file}
            onChange={event => setChosen(event.currentTarget.value)}
          >
            {files.map(name => (
              <option key={name} value={name}>
                {name in code.on_disk ? trans.__('%1 (differs on disk)', name) : name}
              </option>
            ))}
          </select>
        )}
        {openCode && !wide && <Action label={trans.__('Beside the notebook')} onClick={() => openCode(model)} />}
        {differ > 0 && (
          <label>
            <input type="checkbox" checked={compared} onChange={event => setCompared(event.currentTarget.checked)} />
            {trans.__('Compare with the folder (%1 files differ)', differ)}
          </label>
        )}
      </div>
      {generated ? (
        <Listing
          model={model}
          generated={generated}
          file={file}
          before={compared ? before : undefined}
          sideBySide={wide}
        />
      ) : (
        <p className="nbp-Empty">{trans.__('Generating …')}</p>
      )}
    </div>
  );
}

/** The files that people read first come first: the stages, in their order. */
function filesOf(code: Code, stages: readonly string[]): string[] {
  const rank = (file: string) => {
    const stage = stages.findIndex(name => file.endsWith(`/stages/${name}.py`));
    return stage >= 0 ? stage : stages.length + (file.startsWith('src/') ? 0 : 1);
  };
  return Object.keys(code.files)
    .filter(name => code.files[name])
    .sort((one, other) => rank(one) - rank(other) || one.localeCompare(other));
}
