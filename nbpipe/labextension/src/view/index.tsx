/** The panel's content. */

import * as React from 'react';
import type { PipelineModel } from '../model';
import { CodeView } from './code';
import { Action, Section, useModel, useServices } from './context';
import { Findings, Notice, Refused } from './findings';
import { Graph } from './graph';
import { Parameters } from './parameters';
import { PlanView } from './plan';
import { Project } from './project';
import { Stages } from './stages';

export function Pipeline(props: { model: PipelineModel }): React.ReactElement {
  const { model } = props;
  const { trans } = useServices();
  useModel(model);
  const { proposal } = model;
  const findings = model.details.remarks?.findings ?? proposal?.plan.findings ?? [];
  return (
    <div className="nbp-Pipeline" data-digest={proposal?.digest}>
      <div className="nbp-Head">
        <div className="nbp-Bar">
          <Action label={trans.__('Undo')} disabled={model.edits.length === 0} onClick={() => model.undo()} />
          <Action label={trans.__('Redo')} disabled={model.undone.length === 0} onClick={() => model.redo()} />
          <Action
            label={trans.__('Reset')}
            title={trans.__('Forget your changes: the plan as it is proposed')}
            disabled={model.edits.length === 0}
            onClick={() => model.reset()}
          />
        </div>
        {model.notice && <Notice {...model.notice} />}
        {model.problem && <Notice lines={[model.problem]} bad />}
      </div>
      <Refused model={model} />
      {proposal && (
        <div data-outdated={model.problem ? true : undefined}>
          <Section title={trans.__('Graph')} open>
            <Graph model={model} />
          </Section>
          <Section title={trans.__('Stages')} count={proposal.plan.stages.length} open>
            <Stages model={model} />
          </Section>
          <Section title={trans.__('Parameters')} count={proposal.plan.parameters.length}>
            <Parameters model={model} />
          </Section>
          <Section title={trans.__('Findings')} count={findings.length}>
            <Findings findings={findings} />
          </Section>
          <Section title={trans.__('Project')} open>
            <Project model={model} />
          </Section>
          <Section title={trans.__('Code')} lazy>
            <CodeView model={model} />
          </Section>
          <Section title={trans.__('Plan')}>
            <PlanView model={model} />
          </Section>
        </div>
      )}
    </div>
  );
}
