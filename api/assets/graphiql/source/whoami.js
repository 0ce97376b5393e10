// Asks the server who the token belongs to, and says it in one line.
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
    const { data, errors } = await response.json();
    const name = data?.viewer?.user?.name;
    if (name) return { state: 'ok', text: `Signed in as ${name}` };
    if (token && errors?.length) return { state: 'bad', text: errors[0].message };
    if (token && data?.viewer) return { state: 'ok', text: 'Signed in with a token that belongs to no user' };
    return { state: 'none', text: 'Not signed in: paste an access token' };
  } catch {
    return { state: 'bad', text: 'The server does not answer' };
  }
}
