// Asks the server who is signed in, by the token or else by the session cookie, and says it in one line.
import { authorization } from './token.js';

export async function whoami(endpoint, token) {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/graphql-response+json, application/json;q=0.9',
        ...authorization(token),
      },
      body: JSON.stringify({ query: '{ viewer { user { name } } }' }),
    });
    if (!token && response.status === 401) {
      return { state: 'none', text: 'Not signed in: sign in, or paste an access token' };
    }
    const { data, errors } = await response.json();
    const name = data?.viewer?.user?.name;
    if (name) return { state: 'ok', text: `Signed in as ${name}`, name };
    if (errors?.length) return { state: 'bad', text: errors[0].message };
    if (token && data?.viewer) return { state: 'ok', text: 'Signed in with a token that belongs to no user' };
    return { state: 'bad', text: 'The server does not say who is signed in' };
  } catch {
    return { state: 'bad', text: 'The server does not answer' };
  }
}
