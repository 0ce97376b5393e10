// Reads cases {secret, headers, body} as JSON and says of each whether the official library and our sample take it.
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { verify } from '../it/fixtures/webhooks/verify.mjs';

const takes = (check) => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};
const cases = JSON.parse(readFileSync(0, 'utf8'));
const verdicts = cases.map(({ secret, headers, body }) => [
  takes(() => new Webhook(secret).verify(body, headers)),
  takes(() => verify(secret, headers, body)),
]);
process.stdout.write(JSON.stringify(verdicts));
