// GitHub as it describes itself, for the tests of what we ask it and of what it tells us.
//
//     node github.mjs serve DESCRIPTION PORT   answers as the description says, and refuses what does not keep to it, until its standard
//                                              input closes
//     node github.mjs sign                     {secret} to the examples of its webhooks, with the signatures of its own library
//     node github.mjs verify                   [{secret, body, signature}] to what that library says of each
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sign, verify } from '@octokit/webhooks-methods';

// Where GitHub Enterprise has its API, and the part of it that we use.
const ROOT = '/api/v3';
const PATHS = ['/repos/{owner}/{repo}', '/repos/{owner}/{repo}/issues', '/repos/{owner}/{repo}/issues/{issue_number}', '/search/users', '/users/{username}'];
const MEDIA = 'application/json';

const file = (name) => JSON.parse(readFileSync(new URL(`node_modules/@octokit/${name}`, import.meta.url), 'utf8'));
const input = () => JSON.parse(readFileSync(0, 'utf8'));
const isObject = (value) => value !== null && typeof value === 'object';

// The server leaves a schema unchecked that it cannot compile, and `nullable` without a type makes one such.
const compilable = (schema) => {
  if (!isObject(schema)) return;
  if ('nullable' in schema && !('type' in schema)) delete schema.nullable;
  Object.values(schema).forEach(compilable);
};

const strict = ({ requestBody, responses }) => {
  if (requestBody) {
    const { schema } = requestBody.content[MEDIA];
    compilable(schema);
    // GitHub would pass over a field that it does not know; here it is a mistake.
    schema.additionalProperties = false;
  }
  for (const response of Object.values(responses)) {
    const examples = response.content?.[MEDIA]?.examples;
    if (!examples) continue;
    for (const [name, { value }] of Object.entries(examples)) {
      // Some refer to their value instead of to an example.
      if (value?.$ref) examples[name] = value;
    }
    // The examples are the answers, though some lack what their schema asks for. The longer name is the one that GitHub recommends.
    response.content = { 'application/vnd.github+json': { examples } };
  }
};

// The description of our paths alone: the whole of it takes long to load.
const cut = (description) => {
  const whole = file(`openapi/generated/${description}.json`);
  const part = { openapi: whole.openapi, info: whole.info, paths: {}, components: {} };
  const take = (value) => {
    if (!isObject(value)) return;
    if (typeof value.$ref === 'string') {
      const [, , kind, name] = value.$ref.split('/');
      const known = (part.components[kind] ??= {});
      if (!(name in known)) {
        known[name] = whole.components[kind][name];
        take(known[name]);
      }
    }
    Object.values(value).forEach(take);
  };
  for (const path of PATHS) {
    Object.values(whole.paths[path]).forEach(strict);
    part.paths[ROOT + path] = whole.paths[path];
    take(whole.paths[path]);
  }
  // The examples are pull requests, which we do not take for issues; here they are to be issues.
  for (const { value } of Object.values(part.components.examples)) {
    for (const issue of [value].flat()) delete issue?.pull_request;
  }
  return part;
};

const serve = async (description, port) => {
  const folder = mkdtempSync(join(tmpdir(), 'postmortem-github-'));
  const path = join(folder, 'description.json');
  writeFileSync(path, JSON.stringify(cut(description)));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  process.stdin.on('end', () => process.exit()).resume();
  process.argv.splice(2, Infinity, 'mock', '--errors', '--multiprocess', 'false', '--port', port, '--host', '127.0.0.1', path);
  await import('@stoplight/prism-cli/dist/index.js');
};

const signed = async ({ secret }) => {
  const events = file('webhooks-examples/api.github.com/index.json');
  const all = events.flatMap(({ name, examples }) => examples.map((example) => [name, example]));
  return Promise.all(
    all.map(async ([event, example]) => {
      const body = JSON.stringify(example);
      return { event, number: example.issue?.number, body, signature: await sign(secret, body) };
    }),
  );
};

const tell = (answer) => process.stdout.write(JSON.stringify(answer));
const tasks = {
  serve,
  sign: async () => tell(await signed(input())),
  verify: async () =>
    tell(await Promise.all(input().map(({ secret, body, signature }) => verify(secret, body, signature).catch(() => false)))),
};
const [task, ...rest] = process.argv.slice(2);
await tasks[task](...rest);
