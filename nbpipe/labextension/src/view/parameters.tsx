/** The literals that people tune: what they are called, and which stay in the code. */

import * as React from 'react';
import type { PipelineModel } from '../model';
import { placeOf } from '../stages';
import { useServices } from './context';
import { NameField } from './field';

export function Parameters(props: { model: PipelineModel }): React.ReactElement {
  const { model } = props;
  const { jump, trans } = useServices();
  const parameters = model.proposal?.plan.parameters ?? [];
  return (
    <>
      <ul className="nbp-Parameters">
        {parameters.map(parameter => {
          const place = placeOf(parameter.origin, model.cells);
          const cell = parameter.spans[0]?.cell;
          return (
            <li key={parameter.name} data-parameter={parameter.name} title={parameter.stages.join(', ')}>
              <NameField
                name={parameter.name}
                label={trans.__('Name of the parameter')}
                title={trans.__('Rename this parameter')}
                onName={name => model.apply({ kind: 'name parameter', place, parameter: parameter.name, name })}
              />
              <code>{JSON.stringify(parameter.default)}</code>
              {cell !== undefined && (
                <button className="nbp-Small" onClick={() => jump(cell)}>
                  {trans.__('cell %1', cell + 1)}
                </button>
              )}
              <button
                className="nbp-Small"
                title={trans.__('Keep the literal in the code')}
                aria-label={trans.__('Delete the parameter %1', parameter.name)}
                onClick={() => void model.apply({ kind: 'drop parameter', place, parameter: parameter.name })}
              >
                ✕
              </button>
            </li>
          );
        })}
      </ul>
      <p className="nbp-Empty">
        {trans.__(
          'To make another: place the cursor in a literal of a cell, and choose “Make a Parameter” in its menu.'
        )}
      </p>
    </>
  );
}
