// The page: a bar to sign in and out, or to use a token, and GraphiQL below it.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import CodeMirror from 'codemirror';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { useEffect, useMemo, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { examples } from './examples.js';
import { keepPane, plugins } from './examples.jsx';
import { logout } from './logout.js';
import { authorization, load, save } from './token.js';
import { whoami } from './whoami.js';

const root = document.getElementById('explorer');
// Relative to the page, so that the product may live below any path of a reverse proxy.
const endpoint = new URL(root.dataset.endpoint, location.href).href;
const sockets = new URL(root.dataset.subscriptions, location.href).href.replace(/^http/, 'ws');

// The editors' hidden text fields have no name of their own; the sections around them say which editor it is.
CodeMirror.defaults.screenReaderLabel = 'Code editor';

// The first visit begins with what is late.
const tabs = [{ query: examples[1].query }];

// Whoever sets this status has the server asked who is signed in.
const asking = { state: 'asking', text: 'Connecting …' };

// A pasted token wins; without one the browser sends the session cookie by itself, if there is any.
function Explorer({ initialToken }) {
  const [token, setToken] = useState(initialToken);
  const [status, setStatus] = useState(asking);
  // A new token means a new fetcher, upon which GraphiQL reads the schema again.
  const fetcher = useMemo(() => {
    const watched = async (...request) => {
      const response = await fetch(...request);
      // The session or the token may have ended meanwhile.
      if (response.status === 401) setStatus((now) => (now.state === 'ok' ? asking : now));
      return response;
    };
    return createGraphiQLFetcher({
      url: endpoint,
      headers: authorization(token),
      wsClient: createClient({ url: sockets, connectionParams: authorization(token) }),
      fetch: watched,
    });
  }, [token]);
  useEffect(() => {
    if (status !== asking) return undefined;
    let current = true;
    whoami(endpoint, token).then((answer) => current && setStatus(answer));
    return () => {
      current = false;
    };
  }, [status, token]);
  const use = (text) => {
    save(text);
    setToken(text);
    setStatus(asking);
  };
  const signOut = async () => {
    if (await logout(root.dataset.logout)) {
      // All anew: the answers in the tabs and the subscriptions do not outlive the session. The queries do.
      location.reload();
    } else {
      setStatus({ ...status, state: 'bad', text: `The server did not sign you out, ${status.name}: try again` });
    }
  };
  return (
    <>
      <Bar token={token} status={status} use={use} signOut={signOut} />
      <main className="explorer-main" aria-label="Query editor">
        <GraphiQL
          fetcher={fetcher}
          defaultTabs={tabs}
          plugins={plugins}
          onTogglePluginVisibility={keepPane}
          shouldPersistHeaders={false}
          showPersistHeadersSettings={false}
        />
      </main>
    </>
  );
}

function Bar({ token, status, use, signOut }) {
  const [text, setText] = useState('');
  const field = useRef(null);
  const bySession = !token && Boolean(status.name);
  const anonymous = !token && !status.name && status !== asking;
  const submit = (event) => {
    event.preventDefault();
    if (!text.trim()) return;
    use(text.trim());
    setText('');
  };
  // The button goes away when pressed; the keyboard's focus goes to the field, not back to the page's top.
  const forget = () => {
    use('');
    field.current.focus();
  };
  return (
    <header className="explorer-bar">
      <h1>Postmortem API</h1>
      <form onSubmit={submit}>
        <label htmlFor="token">Access token</label>
        <input
          id="token"
          ref={field}
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
          <button type="button" onClick={forget}>
            Forget it
          </button>
        )}
      </form>
      {anonymous && <a href={root.dataset.login}>Sign in</a>}
      <p id="who" role="status" data-state={status.state}>
        {status.text}
      </p>
      {bySession && (
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      )}
    </header>
  );
}

createRoot(root).render(<Explorer initialToken={load()} />);
