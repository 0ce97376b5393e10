// Reads cases {secret, headers, body} as JSON and says of each whether the official library and our sample take it. The library knows
// no public keys; the sample for these is asked twice.
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { verify as verifyPublic } from '../it/fixtures/webhooks/verify-public.mjs';
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
const verdicts = cases.map(({ secret, headers, body }) => {
  const checks = secret.startsWith('whpk_')
    ? [verifyPublic, verifyPublic]
    : [(key) => new Webhook(key).verify(body, headers), verify];
  return checks.map((check) => takes(() => check(secret, headers, body)));
});
process.stdout.write(JSON.stringify(verdicts));
