/** One generated file, with the colours of the notebook's own editors; lines and cells know each other. */

import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState, StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, lineNumbers, type DecorationSet } from '@codemirror/view';
import { jupyterTheme, type IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import * as React from 'react';
import type { IGenerated } from '../details';
import type { PipelineModel } from '../model';
import { useServices } from './context';

/** What is left of a long stretch that is equal on both sides. */
const COLLAPSE = { margin: 3, minSize: 6 };

/** A file; beside, or in place of, what the folder has (`before`). A double click on a line goes to the cell that it came from. */
export function Listing(props: {
  model: PipelineModel;
  generated: IGenerated;
  file: string;
  before: string | undefined;
  sideBySide: boolean;
}): React.ReactElement {
  const { model, generated, file, before, sideBySide } = props;
  const { languages, jump } = useServices();
  const host = React.useRef<HTMLDivElement>(null);
  const { code, cells } = generated;
  const text = code.files[file] ?? '';
  React.useEffect(() => {
    let shown: EditorView | MergeView | undefined;
    let gone = false;
    const origins = new Map(
      code.provenance.filter(origin => origin.file === file).map(origin => [origin.line, origin.cell])
    );
    const show = (_: PipelineModel, id: string | null) => {
      const editor = shown instanceof MergeView ? shown.b : shown;
      const cell = id === null ? -1 : cells.indexOf(id);
      editor?.dispatch({ effects: joined.of([...origins].filter(([, from]) => from === cell).map(([line]) => line)) });
    };
    void readOnly(languages, file).then(plain => {
      if (gone || !host.current) {
        return;
      }
      const parent = host.current;
      const extensions = [plain, joinedLines, following(model, cells, origins, jump)];
      if (before === undefined) {
        shown = new EditorView({ parent, state: EditorState.create({ doc: text, extensions }) });
      } else if (sideBySide) {
        const a = { doc: before, extensions: [plain] };
        shown = new MergeView({ parent, a, b: { doc: text, extensions }, collapseUnchanged: COLLAPSE });
      } else {
        const merge = unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: COLLAPSE });
        shown = new EditorView({ parent, state: EditorState.create({ doc: text, extensions: [extensions, merge] }) });
      }
    });
    model.hovered.connect(show);
    return () => {
      gone = true;
      model.hovered.disconnect(show);
      shown?.destroy();
    };
  }, [languages, model, code, cells, file, text, before, sideBySide, jump]);
  return <div ref={host} className="nbp-Listing" data-file={file} data-compared={before !== undefined || undefined} />;
}

/** Tell the model at which cell's line the pointer is, and go there at a double click. */
function following(
  model: PipelineModel,
  cells: readonly string[],
  origins: ReadonlyMap<number, number>,
  jump: (cell: number) => void
): Extension {
  const cellAt = (event: MouseEvent, editor: EditorView): number | undefined => {
    const nearest = editor.posAtCoords({ x: event.clientX, y: event.clientY }, false); // beside a line it is the line, too
    return origins.get(editor.state.doc.lineAt(nearest).number);
  };
  return EditorView.domEventHandlers({
    mousemove: (event, editor) => {
      const cell = cellAt(event, editor);
      model.hover(cell === undefined ? null : (cells[cell] ?? null));
    },
    mouseleave: () => model.hover(null),
    dblclick: (event, editor) => {
      const cell = cellAt(event, editor);
      if (cell !== undefined) {
        jump(cell);
      }
    }
  });
}

const joined = StateEffect.define<readonly number[]>();
const JOINED = Decoration.line({ class: 'nbp-JoinedLine' });

/** The lines that came from the cell at which the pointer is. */
const joinedLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (lines, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(joined)) {
        const { doc } = transaction.state;
        const inside = effect.value.filter(line => line <= doc.lines);
        return Decoration.set(
          inside.map(line => JOINED.range(doc.line(line).from)),
          true
        );
      }
    }
    return lines;
  },
  provide: field => EditorView.decorations.from(field)
});

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
