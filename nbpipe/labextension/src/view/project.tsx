/** Writing the project, and verifying it. */

import * as React from 'react';
import type { Check, Entry, TableDifference, Verdict } from '../documents';
import type { PipelineModel } from '../model';
import { progressOf } from '../stages';
import { Action, useServices } from './context';
import { Findings, Notice } from './findings';

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
      <Components model={model} />
      {model.run.job && <Run model={model} />}
    </div>
  );
}

/** What people added to the project on the command line. */
function Components(props: { model: PipelineModel }): React.ReactElement | null {
  const { trans } = useServices();
  const { added = [], misfit = '' } = props.model.details.remarks ?? {};
  const names = [...new Set(added.map(one => one.component))];
  return (
    <>
      {names.length > 0 && (
        <p className="nbp-Ports nbp-Components">
          <span>{trans.__('components')}</span>
          {names.map(name => (
            <code key={name}>{name}</code>
          ))}
        </p>
      )}
      {misfit && <Notice lines={[misfit]} bad />}
    </>
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

/** The rows that differ, entry by entry. */
function Differing(props: { table: TableDifference }): React.ReactElement {
  const { head, rows } = props.table;
  return (
    <div className="nbp-Differing">
      <table>
        <thead>
          {head.map((row, index) => (
            <Entries key={index} row={row} kind="th" />
          ))}
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <Entries key={index} row={row} kind="td" />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Entries(props: { row: readonly Entry[]; kind: 'td' | 'th' }): React.ReactElement {
  const { row, kind: Tag } = props;
  return (
    <tr>
      {row.map(({ expected, found }, index) => (
        <Tag key={index}>
          {expected === found ? (
            found
          ) : (
            <>
              {expected !== null && <del>{expected}</del>} {found !== null && <ins>{found}</ins>}
            </>
          )}
        </Tag>
      ))}
    </tr>
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
            <small> {check.detail}</small>
            {check.tables.map((table, number) => (
              <Differing key={number} table={table} />
            ))}
            {check.lines.length > 0 && <pre>{check.lines.join('\n')}</pre>}
          </li>
        );
      })}
    </ul>
  );
}
