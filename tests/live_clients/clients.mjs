// Runs the reference clients against a served process and prints what they received as one line of JSON.
// usage: node clients.mjs ADDRESS TOKEN
import { createClient as overSocket } from "graphql-ws";
import { createClient as overStream } from "graphql-sse";
import WebSocket from "ws";

const [address, token] = process.argv.slice(2);
const bearer = { Authorization: `Bearer ${token}` };
const EVENTS = { query: "subscription { events(types: [\"report.*\"]) { type } }" };
const TYPENAME = { query: "{ __typename }" };
const INVALID = { query: "{ nothing }" };
const CREATE = {
  query: "mutation ($input: CreateReportInput!) { createReport(input: $input) { report { key } } }",
  variables: {
    input: { title: "Report", incident: { title: "Incident", severity: "SEV2", startedAt: "2026-03-01T09:00:00Z" } },
  },
};

const once = (client, request) =>
  new Promise((resolve) => {
    const results = [];
    client.subscribe(request, {
      next: (result) => results.push(result),
      error: (error) => resolve({ error: Array.isArray(error) ? error.map((each) => each.extensions.code) : String(error) }),
      complete: () => resolve({ results }),
    });
  });

// Creates reports until the subscription has told of one: nothing says when a subscription has begun.
const live = (client) =>
  new Promise((resolve, reject) => {
    const unsubscribe = client.subscribe(EVENTS, {
      next: (result) => {
        clearInterval(writer);
        unsubscribe();
        resolve(result);
      },
      error: reject,
      complete: () => {},
    });
    const writer = setInterval(() => once(client, CREATE), 300);
  });

const run = async (client) => {
  const answer = await once(client, TYPENAME);
  const invalid = await once(client, INVALID);
  const event = await live(client);
  client.dispose();
  return { answer, invalid, event };
};

const url = `http://${address}/graphql`;
const closes = (payload) =>
  new Promise((resolve) => {
    const client = overSocket({
      url: `ws://${address}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: payload,
    });
    client.subscribe(TYPENAME, {
      next: () => {},
      error: (event) => resolve(event.code),
      complete: () => resolve("complete"),
    });
  });

const socket = overSocket({ url: `ws://${address}/graphql`, webSocketImpl: WebSocket, connectionParams: bearer });
const results = {
  socket: await run(socket),
  stream: await run(overStream({ url, headers: bearer, retryAttempts: 0 })),
  single: await run(overStream({ url, headers: { ...bearer }, singleConnection: true, retryAttempts: 0 })),
  forbidden: await closes({ Authorization: "Bearer nobody" }),
};
console.log(JSON.stringify(results));
process.exit(0);
