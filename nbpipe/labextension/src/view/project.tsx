/** Writing the project, and verifying it. */

import * as React from 'react';
import type { Check, Verdict } from '../documents';
import type { PipelineModel } from '../model';
import { progressOf } from '../stages';
import { Action, useServices } from './context';
import { Findings } from './findings';

export function Project(props: { model: PipelineModel }): React.ReactElement {
  const { model } = props;
  const { trans } = useServices();
  return (
    <div className="nbp-Project">
      <label>
        {trans.__('Made for')}
        <select
          className="jp-mod-styled"
          value={model.options.target}
          onChange={event => model.setOptions({ target: event.currentTarget.value })}
        >
          {Object.entries({ package: 'package', ...model.targets }).map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        {trans.__('Folder')}
        <input
          className="jp-mod-styled"
          value={model.options.folder}
          placeholder={model.folder}
          onChange={event => model.setOptions({ folder: event.currentTarget.value })}
        />
      </label>
      <label>
        <input
          type="checkbox"
          checked={model.options.overwrite}
          onChange={event => model.setOptions({ overwrite: event.currentTarget.checked })}
        />
        {trans.__('Replace files that were changed since')}
      </label>
      <div className="nbp-Bar">
        <Action
          label={trans.__('Write')}
          disabled={model.run.active || !model.proposal}
          onClick={() => model.write()}
        />
        <Action
          label={trans.__('Write and verify')}
          disabled={model.run.active || !model.proposal}
          title={trans.__('Execute the notebook and the pipeline, and compare')}
          onClick={() => model.verify()}
        />
        {model.run.active && <Action label={trans.__('Cancel')} onClick={() => model.cancel()} />}
      </div>
      {model.run.job && <Run model={model} />}
    </div>
  );
}

/** A verification: how far it is, or its verdict. */
function Run(props: { model: PipelineModel }): React.ReactElement {
  const { model } = props;
  const { openReport, trans } = useServices();
  const { job, messages } = model.run;
  const verdict = job?.result?.verification;
  const last = messages.at(-1) ?? '';
  const progress = model.run.active ? progressOf(last) : null;
  return (
    <div className="nbp-Run">
      <p role="status" data-state={job?.state} data-passed={verdict?.passed}>
        {model.run.active && (last || trans.__('waiting'))}
        {job?.state === 'cancelled' && trans.__('Cancelled.')}
        {verdict && (verdict.passed ? trans.__('It computes the same.') : trans.__('It does not compute the same.'))}
        {verdict && !model.current && ` ${trans.__('(Of another version of the notebook.)')}`}
      </p>
      {progress && <progress value={progress.done} max={progress.total} />}
      {verdict && <Action label={trans.__('Open the report')} onClick={() => openReport(model)} />}
      {verdict && <VerdictView verdict={verdict} />}
    </div>
  );
}

function VerdictView(props: { verdict: Verdict }): React.ReactElement {
  const { verdict } = props;
  const { trans } = useServices();
  const wrong = verdict.checks.filter(check => check.status === 'different' || check.status === 'missing');
  return (
    <>
      <ul className="nbp-Counts">
        {Object.entries(verdict.counts)
          .filter(([, count]) => count > 0)
          .map(([status, count]) => (
            <li key={status} data-status={status}>
              {count} {status}
            </li>
          ))}
      </ul>
      <Checks checks={wrong} />
      <details className="nbp-Others">
        <summary>{trans.__('All checks')}</summary>
        <Checks checks={verdict.checks} />
      </details>
      {verdict.findings.length > 0 && <Findings findings={verdict.findings} />}
    </>
  );
}

function Checks(props: { checks: readonly Check[] }): React.ReactElement {
  const { jump } = useServices();
  return (
    <ul className="nbp-Checks">
      {props.checks.map((check, index) => {
        const { cell } = check;
        return (
          <li key={index} data-status={check.status}>
            {cell === null ? (
              check.subject
            ) : (
              <button className="nbp-Small" onClick={() => jump(cell)}>
                {check.subject}
              </button>
            )}{' '}
            <small>{check.level}</small> {check.status}
            {check.detail.includes('\n') ? <pre>{check.detail}</pre> : <small> {check.detail}</small>}
          </li>
        );
      })}
    </ul>
  );
}
