// A Linear with one team. It answers what its published schema allows, and nothing else; `/issues` shows and changes what it holds.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { graphql } from "graphql";
import { linear } from "./schema.mjs";

const schema = linear();
const team = { id: "team-1", key: "ENG", name: "Engineering", retiredAt: null };
const names = ["Triage", "Backlog", "Todo", "In Progress", "In Review", "Done", "Canceled", "Duplicate"];
const states = names.map((name, position) => ({ id: `state-${position}`, name }));
const users = [];
const labels = [{ id: "label-1", name: "network" }];
const issues = [];
const invalid = [];
let [limited, failing, calls] = [false, null, 0];

const shown = (issue) => ({
  ...issue,
  url: `${home}/acme/issue/${issue.identifier}/${issue.title.toLowerCase().replace(/\W+/g, "-")}`,
  team,
  state: states.find((state) => state.id === issue.stateId),
  assignee: users.find((user) => user.id === issue.assigneeId) ?? null,
});

const lacking = (what) => {
  throw Object.assign(new Error(`Entity not found: ${what}`), {
    extensions: { code: "INPUT_ERROR", userPresentableMessage: `Could not find referenced ${what}.` },
  });
};

function change(issue, input) {
  if (input.stateId && !states.some((state) => state.id === input.stateId)) lacking("WorkflowState");
  if (input.assigneeId && !users.some((user) => user.id === input.assigneeId)) lacking("User");
  Object.assign(issue, input, { updatedAt: new Date().toISOString() });
  return issue;
}

const one = (id) => issues.find((issue) => [issue.id, issue.identifier].includes(id)) ?? lacking("Issue");

const root = {
  teams: ({ filter }) => {
    const found = filter.key.eq === team.key ? [{ ...team, states: () => ({ nodes: states }) }] : [];
    return { nodes: found };
  },
  issue: ({ id }) => shown(one(id)),
  issues: ({ filter, first, after }) => {
    const { description } = filter;
    const found = issues
      .filter((issue) => filter.team.key.eq === team.key)
      .filter((issue) => !description || issue.description.includes(description.contains));
    const from = after ? Number(after) : 0;
    const nodes = found.slice(from, from + first).map(shown);
    const end = from + nodes.length;
    return { nodes, pageInfo: { hasNextPage: end < found.length, endCursor: String(end) } };
  },
  issueCreate: ({ input }) => {
    const fresh = { id: randomUUID(), identifier: `ENG-${issues.length + 1}`, stateId: "state-1", trashed: null };
    issues.push(change({ description: "", dueDate: null, assigneeId: null, ...fresh }, input));
    return { success: true, issue: shown(issues.at(-1)) };
  },
  issueUpdate: ({ id, input }) => ({ success: true, issue: shown(change(one(id), input)) }),
  issueLabels: ({ filter }) => ({ nodes: labels.filter((label) => filter.name.in.includes(label.name)) }),
  users: ({ filter }) => {
    const same = (user) => user.email.toLowerCase() === filter.email.eqIgnoreCase.toLowerCase();
    return { nodes: users.filter(same) };
  },
};

async function ask(request, body) {
  if (limited) {
    const error = { message: "Rate limit exceeded", extensions: { code: "RATELIMITED" } };
    return [400, { errors: [error] }];
  }
  if (!["lin_api_test", "Bearer lin_oauth_test"].includes(request.headers.authorization)) {
    return [401, { errors: [{ message: "Authentication required", extensions: { code: "AUTHENTICATION_ERROR" } }] }];
  }
  calls += 1;
  if (failing) return [failing.status, { errors: failing.errors, data: null }];
  const { query, variables } = JSON.parse(body);
  const answer = await graphql({ schema, source: query, rootValue: root, variableValues: variables });
  // What the schema refuses has no path; what is not to be found has one.
  invalid.push(...(answer.errors ?? []).filter((error) => !error.path).map((error) => error.message));
  return [answer.errors ? 400 : 200, answer];
}

function tend(request, body) {
  const more = body ? JSON.parse(body) : null;
  if (request.method === "POST") {
    limited = more.limited ?? limited;
    if (more.failing !== undefined) failing = more.failing;
    if (more.user) users.push({ displayName: more.user.id, name: more.user.id, ...more.user });
    if (more.identifier) change(one(more.identifier), more);
    if (more.open) root.issueCreate({ input: more.open });
  }
  return [200, { issues: issues.map(shown), calls, invalid }];
}

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", async () => {
    const [status, answer] = request.url === "/graphql" ? await ask(request, body) : tend(request, body);
    const reset = String(Date.now() + 90_000);
    response.writeHead(status, { "content-type": "application/json", "x-ratelimit-requests-reset": reset });
    response.end(JSON.stringify(answer));
  });
});
let home = "";
server.listen(0, "127.0.0.1", () => {
  home = `http://127.0.0.1:${server.address().port}`;
  console.log(home);
});
