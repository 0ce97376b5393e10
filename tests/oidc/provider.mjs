// The OpenID Connect provider that the integration tests sign in with.
//
//     node provider.mjs --port 0 --redirect-uri URL [--redirect-uri URL ...]
//
// It prints one line of JSON when it is ready, {"issuer", "port"}, and ends when its standard
// input closes, so that it cannot outlive the test process that started it. Nobody has to click
// anything: `login_hint` names who signs in, and "alice" does if there is none.
//
//     POST /test/account   {sub, email, email_verified, name, groups}: creates or replaces it
//     POST /test/id-token  {sub, audience?, lifetime?, kid?}: signs {id_token, kid}
//     POST /test/rotate    makes a new signing key the only one: {kid}
//     GET  /test/requests  how often {jwks, discovery} were fetched

import { Console } from 'node:console';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import Provider, { interactionPolicy } from 'oidc-provider';

const CLIENT = 'postmortem';
const SECRET = 'a-secret-for-tests-only-0123456789';
const CLAIMS = {
  openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'],
};
const HOUR = 3600;

// The library writes its notices to standard output, which belongs to the line of JSON.
globalThis.console = new Console(process.stderr, process.stderr);

const { values: flags } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'redirect-uri': { type: 'string', multiple: true, default: [] },
  },
});

const ALICE = {
  sub: 'alice', name: 'Alice Example', groups: ['responders'],
  email: 'alice@example.com', email_verified: true,
};
const accounts = new Map([[ALICE.sub, ALICE]]);
const requests = { jwks: 0, discovery: 0 };
// The same for every provider, so that cookies stay valid when the key is rotated.
const cookieKeys = [randomUUID()];
let issuer;
let key;
let provider;

const refusal = (statusCode, message) => Object.assign(new Error(message), { statusCode });
const wanted = (params) => params.login_hint ?? ALICE.sub;

async function newKey() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'RS256', use: 'sig' };
  return { kid: jwk.kid, privateKey, jwk };
}

// Out of the box a session of bob answers for everybody; here the hint decides every time.
function policy() {
  const { Check } = interactionPolicy;
  const prompts = interactionPolicy.base();
  prompts.get('login').checks.add(
    new Check('other_account', 'somebody else is to sign in', 'login_required', ({ oidc }) =>
      oidc.session.accountId === wanted(oidc.params)
        ? Check.NO_NEED_TO_PROMPT
        : Check.REQUEST_PROMPT),
  );
  return prompts;
}

function newProvider() {
  const created = new Provider(issuer, {
    claims: CLAIMS,
    clients: [{
      client_id: CLIENT,
      client_secret: SECRET,
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: flags['redirect-uri'],
      scope: Object.keys(CLAIMS).join(' '),
    }],
    // Puts the claims of the scopes into the ID token, not only into the answer of userinfo.
    conformIdTokenClaims: false,
    cookies: { keys: cookieKeys },
    features: { devInteractions: { enabled: false } },
    findAccount: (ctx, sub) => {
      const account = accounts.get(sub);
      return account && { accountId: sub, claims: () => account };
    },
    interactions: { policy: policy() },
    jwks: { keys: [key.jwk] },
    pkce: { methods: ['S256'], required: () => true },
    renderError: (ctx, error) => { ctx.body = error; },
    scopes: ['openid'],
    ttl: { AccessToken: HOUR, Grant: HOUR, IdToken: HOUR, Interaction: HOUR, Session: HOUR },
  });
  for (const event of ['authorization.error', 'grant.error', 'server_error']) {
    created.on(event, (ctx, error) => console.error(event, error));
  }
  return created;
}

// Takes the place of the pages where a person would sign in and consent.
async function signIn(req, res) {
  const { params, session } = await provider.interactionDetails(req, res);
  const sub = wanted(params);
  if (!accounts.has(sub)) {
    const refused = { error: 'access_denied', error_description: 'login_hint names no account' };
    return provider.interactionFinished(req, res, refused);
  }
  const grant = new provider.Grant({ accountId: sub, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const consent = { grantId: await grant.save() };
  const result = { login: { accountId: sub }, consent };
  const location = await provider.interactionResult(req, res, result);
  if (session && session.accountId !== sub) {
    // Otherwise the library answers with a page whose script signs the other account out.
    const stored = await provider.Session.findByUid(session.uid);
    delete stored.accountId;
    await stored.persist();
  }
  res.writeHead(303, { location }).end();
}

const controls = {
  'POST /test/account': (account) => {
    if (typeof account.sub !== 'string' || !account.sub) throw refusal(400, 'sub is missing');
    accounts.set(account.sub, account);
    return account;
  },

  'POST /test/id-token': async ({ sub, audience = CLIENT, lifetime = HOUR, kid = key.kid }) => {
    const account = accounts.get(sub);
    if (!account) throw refusal(404, 'there is no such account');
    const now = Math.floor(Date.now() / 1000);
    const id_token = await new SignJWT({ ...account })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer(issuer)
      .setAudience(audience)
      // A token that has run out was still issued before it did.
      .setIssuedAt(Math.min(now, now + lifetime - 1))
      .setExpirationTime(now + lifetime)
      .sign(key.privateKey);
    return { id_token, kid };
  },

  // The library reads its keys once, hence another provider behind the same server.
  'POST /test/rotate': async () => {
    key = await newKey();
    provider = newProvider();
    return { kid: key.kid };
  },

  'GET /test/requests': () => requests,
};

async function control(route, req) {
  if (!Object.hasOwn(controls, route)) throw refusal(404, `there is no ${route}`);
  return controls[route](JSON.parse((await text(req)) || '{}'));
}

function reply(res, status, body) {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function handle(req, res) {
  const { pathname } = new URL(req.url, issuer);
  if (pathname.startsWith('/test/')) {
    reply(res, 200, await control(`${req.method} ${pathname}`, req));
  } else if (pathname.startsWith('/interaction/')) {
    await signIn(req, res);
  } else {
    if (pathname === '/jwks') requests.jwks += 1;
    if (pathname === '/.well-known/openid-configuration') requests.discovery += 1;
    provider.callback()(req, res);
  }
}

const server = createServer((req, res) => {
  handle(req, res).catch((error) => {
    console.error(req.method, req.url, error);
    reply(res, error.statusCode ?? 500, { error: error.message });
  });
});

process.stdin.on('end', () => process.exit()).on('error', () => process.exit()).resume();
process.on('SIGTERM', () => process.exit());

key = await newKey();
server.listen(Number(flags.port), '127.0.0.1', async () => {
  const { port } = server.address();
  issuer = `http://127.0.0.1:${port}`;
  provider = newProvider();
  // The library checks the redirect URIs when it first needs them; a wrong one should stop us now.
  await provider.Client.find(CLIENT);
  process.stdout.write(`${JSON.stringify({ issuer, port })}\n`);
});
