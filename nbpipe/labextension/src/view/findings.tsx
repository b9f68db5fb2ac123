/** What nbpipe noticed, and edits that the notebook does not allow any more. */

import * as React from 'react';
import type { Finding } from '../documents';
import type { PipelineModel } from '../model';
import { useServices } from './context';

const GRAVEST_FIRST = ['error', 'warning', 'note'];

export function Findings(props: { findings: readonly Finding[] }): React.ReactElement {
  const { jump, trans } = useServices();
  const rank = (finding: Finding) => GRAVEST_FIRST.indexOf(finding.severity);
  const findings = [...props.findings].sort(
    (one, other) => rank(one) - rank(other) || (one.span?.cell ?? -1) - (other.span?.cell ?? -1)
  );
  if (findings.length === 0) {
    return <p className="nbp-Empty">{trans.__('Nothing.')}</p>;
  }
  return (
    <ul className="nbp-Findings">
      {findings.map((finding, index) => {
        const { span } = finding;
        return (
          <li key={index} data-severity={finding.severity}>
            {span && (
              <button className="nbp-Small" onClick={() => jump(span.cell)}>
                {trans.__('cell %1, line %2', span.cell + 1, span.line)}
              </button>
            )}
            <span className="nbp-Rule">{finding.rule}</span> <Prose text={finding.message} />
            {finding.fix && (
              <small>
                <Prose text={finding.fix} />
              </small>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** A sentence; what names code is shown as code. */
function Prose(props: { text: string }): React.ReactElement {
  return <>{props.text.split('`').map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part))}</>;
}

const SHOWN = 3;

/** What the person should know about what they just did. */
export function Notice(props: { lines: readonly string[]; bad: boolean }): React.ReactElement {
  const { lines, bad } = props;
  const { trans } = useServices();
  return (
    <div className="nbp-Notice" data-bad={bad} role={bad ? 'alert' : 'status'}>
      {lines.slice(0, SHOWN).map((line, index) => (
        <p key={index}>
          <Prose text={line} />
        </p>
      ))}
      {lines.length > SHOWN && <p>{trans.__('… and %1 more.', lines.length - SHOWN)}</p>}
    </div>
  );
}

/** The edits that cannot be obeyed just now. */
export function Refused(props: { model: PipelineModel }): React.ReactElement | null {
  const { model } = props;
  const { trans } = useServices();
  if (model.refused.length === 0) {
    return null;
  }
  return (
    <div className="nbp-Refused" role="status">
      <p>{trans.__('Of your changes these do not fit the notebook as it is now:')}</p>
      <ul>
        {model.refused.map(({ edit, refusal }, index) => (
          <li key={index}>
            {edit.kind}: {refusal.reasons.slice(0, SHOWN).join('; ')}
          </li>
        ))}
      </ul>
    </div>
  );
}
