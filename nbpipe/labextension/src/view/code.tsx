/** The generated code, with the colours of the notebook's own editors. */

import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { jupyterTheme, type IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import * as React from 'react';
import type { Code } from '../documents';
import type { PipelineModel } from '../model';
import { Action, useModel, useServices } from './context';

/** The files; `wide` says that they are in a place of their own. */
export function CodeView(props: { model: PipelineModel; wide?: boolean }): React.ReactElement {
  const { model } = props;
  const { openCode, trans } = useServices();
  useModel(model);
  const [chosen, setChosen] = React.useState('');
  const { code } = model;
  const stages = (model.proposal?.plan.stages ?? []).map(stage => stage.name);
  const files = code ? filesOf(code, stages) : [];
  const file = files.includes(chosen) ? chosen : (files[0] ?? '');
  return (
    <div className="nbp-Code">
      <div className="nbp-Bar">
        <Action label={code ? trans.__('Generate again') : trans.__('Generate')} onClick={() => model.loadCode()} />
        {openCode && !props.wide && (
          <button className="jp-mod-styled nbp-Action" onClick={() => openCode(model)}>
            {trans.__('Beside the notebook')}
          </button>
        )}
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
      </div>
      {code && <Listing model={model} code={code} file={file} />}
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

/** One file; a click on a line goes to the cell that it came from. */
function Listing(props: { model: PipelineModel; code: Code; file: string }): React.ReactElement {
  const { code, file } = props;
  const { languages, jump } = useServices();
  const host = React.useRef<HTMLDivElement>(null);
  const text = code.files[file] ?? '';
  React.useEffect(() => {
    let view: EditorView | undefined;
    let gone = false;
    const origins = new Map(
      code.provenance.filter(origin => origin.file === file).map(origin => [origin.line, origin.cell])
    );
    const follow = EditorView.domEventHandlers({
      dblclick: (event, editor) => {
        const position = editor.posAtCoords({ x: event.clientX, y: event.clientY });
        const cell = position === null ? undefined : origins.get(editor.state.doc.lineAt(position).number);
        if (cell !== undefined) {
          jump(cell);
        }
      }
    });
    void readOnly(languages, file).then(extensions => {
      if (!gone && host.current) {
        view = new EditorView({
          parent: host.current,
          state: EditorState.create({ doc: text, extensions: [extensions, follow] })
        });
      }
    });
    return () => {
      gone = true;
      view?.destroy();
    };
  }, [languages, code, file, text, jump]);
  return <div ref={host} className="nbp-Listing" data-file={file} />;
}

async function readOnly(languages: IEditorLanguageRegistry, file: string): Promise<Extension> {
  const spec = languages.findByFileName(file);
  const language = spec ? await languages.getLanguage(spec) : null;
  return [
    jupyterTheme,
    lineNumbers(),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    language?.support ?? []
  ];
}
