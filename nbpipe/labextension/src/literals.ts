/** The literal that the cursor is in. */

const LITERAL =
  /(?<![\w.])(?:\d[\d_]*\.?[\d_]*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)(?![\w.])|(?<!\w)(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|\b(?:True|False)\b/g;

/** The number, text or truth value around a place of some Python, as it is written; a sign is no part of it. */
export function literalAt(source: string, offset: number): string | null {
  for (const match of source.matchAll(LITERAL)) {
    if (match.index <= offset && offset <= match.index + match[0].length) {
      return match[0];
    }
  }
  return null;
}
