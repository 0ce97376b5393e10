// The page: a bar to sign in with a token, and GraphiQL below it.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import CodeMirror from 'codemirror';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { tabs } from './queries.js';
import { authorization, load, save } from './token.js';
import { whoami } from './whoami.js';

const root = document.getElementById('explorer');
// Relative to the page, so that the product may live below any path of a reverse proxy.
const endpoint = new URL(root.dataset.endpoint, location.href).href;
const sockets = new URL(root.dataset.subscriptions, location.href).href.replace(/^http/, 'ws');

// The editors' hidden text fields have no name of their own; the sections around them say which editor it is.
CodeMirror.defaults.screenReaderLabel = 'Code editor';

function Explorer({ initialToken }) {
  const [token, setToken] = useState(initialToken);
  const [status, setStatus] = useState({ state: 'none', text: 'Connecting …' });
  // A new token means a new fetcher, upon which GraphiQL reads the schema again.
  const fetcher = useMemo(
    () =>
      createGraphiQLFetcher({
        url: endpoint,
        headers: authorization(token),
        wsClient: createClient({ url: sockets, connectionParams: authorization(token) }),
      }),
    [token],
  );
  useEffect(() => {
    let current = true;
    whoami(endpoint, token).then((answer) => current && setStatus(answer));
    return () => {
      current = false;
    };
  }, [token]);
  const use = (text) => {
    save(text);
    setToken(text);
  };
  return (
    <>
      <Bar token={token} status={status} use={use} />
      <main className="explorer-main" aria-label="Query editor">
        <GraphiQL fetcher={fetcher} defaultTabs={tabs} shouldPersistHeaders={false} showPersistHeadersSettings={false} />
      </main>
    </>
  );
}

function Bar({ token, status, use }) {
  const [text, setText] = useState('');
  const submit = (event) => {
    event.preventDefault();
    if (!text.trim()) return;
    use(text.trim());
    setText('');
  };
  return (
    <header className="explorer-bar">
      <h1>Postmortem API</h1>
      <form onSubmit={submit}>
        <label htmlFor="token">Access token</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder={token ? 'in use; paste another to replace it' : 'paste a token'}
          aria-describedby="who"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit">Use token</button>
        {token && (
          <button type="button" onClick={() => use('')}>
            Forget it
          </button>
        )}
      </form>
      <p id="who" role="status" data-state={status.state}>
        {status.text}
      </p>
    </header>
  );
}

createRoot(root).render(<Explorer initialToken={load()} />);
