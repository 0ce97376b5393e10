// The examples, as a pane beside the editor.
import { useEditorContext } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import { flushSync } from 'react-dom';
import { examples } from './examples.js';

const TITLE = 'Examples';
const PANE = 'postmortem:pane';

// The examples are open until somebody closes them, and then stay closed. GraphiQL has no pane open at first, whatever it is told,
// so the button of this one is pressed once it is there.
let isFirst = (localStorage.getItem(PANE) ?? TITLE) === TITLE;

export const keepPane = (plugin) => localStorage.setItem(PANE, plugin?.title ?? '');

function Icon() {
  const icon = useRef(null);
  useEffect(() => {
    if (isFirst) icon.current.closest('button').click();
    isFirst = false;
  }, []);
  return (
    <svg ref={icon} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <circle cx="12" cy="12" r="9.5" />
      <path d="M9.2 9.3a2.9 2.9 0 1 1 4 2.7c-.8.3-1.2.9-1.2 1.7v.5M12 17.3v.2" strokeLinecap="round" />
    </svg>
  );
}

function Content() {
  const { addTab, changeTab, queryEditor, tabs } = useEditorContext({ nonNull: true });
  const open = (query) => {
    const known = tabs.findIndex((tab) => tab.query === query);
    if (known >= 0) {
      changeTab(known);
      return;
    }
    // The tab has to be there before its text is: a new one begins with an empty editor.
    flushSync(addTab);
    queryEditor.setValue(query);
  };
  return (
    <section className="explorer-examples" aria-label="Examples">
      <h2>Examples</h2>
      <p>Open one, then run it. Each stays as it is here, whatever you change in its tab.</p>
      <ol>
        {examples.map(({ question, about, query }) => (
          <li key={question}>
            <button type="button" onClick={() => open(query)}>
              {question}
            </button>
            <p>{about}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

// One object for ever: GraphiQL closes its panes when it is given other plugins.
export const plugins = [{ title: TITLE, icon: Icon, content: Content }];
