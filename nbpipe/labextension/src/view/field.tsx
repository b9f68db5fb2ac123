/** A name that can be changed: a button, and a field while it is being changed. */

import * as React from 'react';

export function NameField(props: {
  name: string;
  label: string;
  title: string;
  onName: (name: string) => Promise<void>;
}): React.ReactElement {
  const { name, label, title, onName } = props;
  const [text, setText] = React.useState<string | null>(null);
  const done = (typed: string | null) => {
    setText(null);
    const clean = typed?.trim().replace(/\s+/g, '_') ?? '';
    if (clean && clean !== name) {
      void onName(clean);
    }
  };
  if (text === null) {
    return (
      <button className="nbp-Name" title={title} onClick={() => setText(name)}>
        {name}
      </button>
    );
  }
  return (
    <input
      className="jp-mod-styled nbp-NameField"
      aria-label={label}
      autoFocus
      value={text}
      onFocus={event => event.currentTarget.select()}
      onChange={event => setText(event.currentTarget.value)}
      onBlur={() => done(text)}
      onKeyDown={event => {
        if (event.key === 'Enter') {
          done(text);
        } else if (event.key === 'Escape') {
          done(null);
        }
      }}
    />
  );
}
