// Runs every audit of GraphQL over HTTP against a served process, and prints what came of each as JSON.
// usage: node audits.mjs ADDRESS TOKEN
import { serverAudits } from "graphql-http";

const [address, token] = process.argv.slice(2);
const audits = serverAudits({
  url: `http://${address}/graphql`,
  fetchFn: (url, init = {}) => fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
});
const results = [];
for (const audit of audits) {
  const { status, reason } = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status, reason: reason ?? null });
}
console.log(JSON.stringify(results));
