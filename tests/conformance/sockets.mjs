// Speaks graphql-transport-ws with a served process, as its reference client and by hand, and prints what came as JSON.
// usage: node sockets.mjs ADDRESS TOKEN
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [address, token] = process.argv.slice(2);
const url = `ws://${address}/graphql`;
const INIT = { type: "connection_init", payload: { Authorization: `Bearer ${token}` } };
const TYPENAME = { query: "{ __typename }" };
const EVENTS = { query: "subscription { events { type } }" };
const subscribe = (id, payload) => ({ type: "subscribe", id, payload });

// Sends messages one after another, each once as many have come as it waits for, and gives all that came until `enough`, or until
// the socket was closed.
const talk = (messages, enough, protocols = ["graphql-transport-ws"]) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols);
    const heard = [];
    const waiting = messages.map((message) => (Array.isArray(message) ? message : [0, message]));
    const end = (how) => {
      socket.terminate();
      resolve({ ...how, protocol: socket.protocol, heard });
    };
    const go = () => {
      while (waiting.length > 0 && waiting[0][0] <= heard.length) {
        const message = waiting.shift()[1];
        socket.send(typeof message === "string" || message instanceof Uint8Array ? message : JSON.stringify(message));
      }
      if (enough && heard.length >= enough) end({});
    };
    socket.on("open", go);
    socket.on("message", (data) => {
      heard.push(JSON.parse(data));
      go();
    });
    socket.on("close", (code, reason) => end({ code, reason: reason.toString() }));
    socket.on("error", (error) => reject(error));
    setTimeout(() => end({ late: true }), 15_000).unref();
  });

const client = (more = {}) =>
  createClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { Authorization: `Bearer ${token}` },
    ...more,
  });

const once = (client, request) =>
  new Promise((resolve) => {
    const results = [];
    client.subscribe(request, {
      next: (result) => results.push(result),
      error: (error) => resolve({ results, errors: Array.isArray(error) ? error.map((each) => each.extensions.code) : error.code }),
      complete: () => resolve({ results }),
    });
  });

// Many operations at once on one socket, among them one that is given up.
const together = async () => {
  const one = client();
  const given = one.subscribe(EVENTS, { next: () => {}, error: () => {}, complete: () => {} });
  const answers = await Promise.all([TYPENAME, { query: "{ nothing }" }, { query: "{" }, TYPENAME].map((request) => once(one, request)));
  given();
  answers.push(await once(one, TYPENAME));
  await one.dispose();
  return answers;
};

// The client's own pings are answered, or it would close the socket.
const alive = () =>
  new Promise((resolve) => {
    const one = client({ keepAlive: 50, lazy: false, on: { pong: (received) => received && resolve(true), closed: () => resolve(false) } });
  });

const results = {
  noProtocol: await talk([], 0, []),
  otherProtocol: await talk([], 0, ["graphql-ws"]).catch((error) => ({ refused: String(error.message) })),
  oneOfTwo: await talk([INIT], 1, ["graphql-ws", "graphql-transport-ws"]),
  beforeInit: await talk([subscribe("1", TYPENAME)]),
  subscribeWithoutWaiting: await talk([INIT, subscribe("1", TYPENAME)], 3),
  initTwice: await talk([INIT, [1, INIT]]),
  initTwiceAtOnce: await talk([INIT, INIT]),
  noInit: await talk([]),
  unknownType: await talk([INIT, [1, { type: "start", id: "1", payload: TYPENAME }]]),
  ofTheServer: await talk([INIT, [1, { type: "next", id: "1", payload: {} }]]),
  noType: await talk([{}]),
  noJson: await talk(["connection_init"]),
  binary: await talk([new Uint8Array([1, 2, 3])]),
  noId: await talk([INIT, [1, { type: "subscribe", payload: TYPENAME }]]),
  noPayload: await talk([INIT, [1, { type: "subscribe", id: "1" }]]),
  noQuery: await talk([INIT, [1, subscribe("1", { variables: {} })]]),
  wrongVariables: await talk([INIT, [1, subscribe("1", { ...TYPENAME, variables: [] })]]),
  wrongExtensions: await talk([INIT, [1, subscribe("1", { ...TYPENAME, extensions: "none" })]]),
  sameId: await talk([INIT, [1, subscribe("1", EVENTS)], [1, subscribe("1", TYPENAME)]]),
  sameIdLater: await talk([INIT, [1, subscribe("1", TYPENAME)], [3, subscribe("1", TYPENAME)]], 5),
  sameIdAfterComplete: await talk(
    [INIT, [1, subscribe("1", EVENTS)], [1, { type: "complete", id: "1" }], [1, subscribe("1", TYPENAME)]],
    3,
  ),
  completeNothing: await talk([INIT, [1, { type: "complete", id: "none" }], [1, { type: "ping" }]], 2),
  invalid: await talk([INIT, [1, subscribe("1", { query: "{ nothing }" })], [2, subscribe("1", TYPENAME)]], 4),
  syntax: await talk([INIT, [1, subscribe("1", { query: "{" })]], 2),
  pings: await talk([{ type: "ping" }, [1, INIT], [2, { type: "ping", payload: { at: 1 } }], [3, { type: "pong" }], [3, { type: "ping" }]], 4),
  stranger: await talk([{ type: "connection_init", payload: { Authorization: "Bearer nobody" } }]),
  together: await together(),
  alive: await alive(),
};
console.log(JSON.stringify(results));
process.exit(0);
