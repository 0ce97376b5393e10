// Visits the explorer in a browser like somebody new, and prints as one line of JSON what they got.
// usage: node visit.mjs '{"chromium": PATH, "base": URL, "token": TOKEN}'
import { chromium } from "playwright-core";

const asked = JSON.parse(process.argv[2]);
const browser = await chromium.launch({ executablePath: asked.chromium, args: ["--no-sandbox"] });
const found = { answers: {}, elsewhere: [], errors: [], sockets: [], session: {} };

// Whoever has signed out is refused, which the browser notes.
let isOut = false;

const newPage = async () => {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(60_000);
  const see = (url) => {
    const { protocol, host } = new URL(url);
    if (protocol !== "data:" && protocol !== "blob:" && host !== new URL(asked.base).host) found.elsewhere.push(url);
  };
  page.on("request", (request) => see(request.url()));
  page.on("websocket", (socket) => {
    see(socket.url());
    found.sockets.push(new URL(socket.url()).pathname);
  });
  page.on("pageerror", (error) => found.errors.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !isOut) found.errors.push(message.text());
  });
  return page;
};

const result = (page) =>
  page.evaluate(() => document.querySelector(".result-window .CodeMirror")?.CodeMirror.getValue() ?? "");

// A click while GraphiQL still puts itself together can open a tab that stays empty. Whoever sees that clicks once more.
const open = async (page, question) => {
  const holds = (question) =>
    document.querySelector(".graphiql-query-editor .CodeMirror")?.CodeMirror.getValue().startsWith(`# ${question}`);
  for (let tries = 1; ; tries += 1) {
    await page.getByRole("button", { name: question, exact: true }).click();
    try {
      await page.waitForFunction(holds, question, { timeout: 20_000 });
      return;
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
};

// Opens an example by its button, runs it by GraphiQL's, and waits for its answer.
const run = async (page, question) => {
  await open(page, question);
  // GraphiQL reads what stands in its editor a moment later.
  await page.waitForTimeout(500);
  await page.locator(".graphiql-execute-button").click();
  for (let tries = 0; tries < 200; tries += 1) {
    const text = await result(page);
    if (text) return JSON.parse(text);
    await page.waitForTimeout(100);
  }
  throw new Error(`no answer to ${question}`);
};

const signedIn = (page) => page.getByText("Signed in as").waitFor();
const questions = (page) => page.locator(".explorer-examples li button").allTextContents();

try {
  // With a token in the link, as the demo prints it.
  const page = await newPage();
  await page.goto(`${asked.base}/graphiql#token=${asked.token}`);
  await signedIn(page);
  found.address = page.url().replace(asked.base, "");
  found.questions = await questions(page);
  found.title = await page.title();
  for (const question of found.questions) found.answers[question] = await run(page, question);
  // An example that is open already is found again.
  const tabs = () => page.locator(".graphiql-tab").count();
  const before = await tabs();
  await page.getByRole("button", { name: found.questions[0], exact: true }).click();
  found.reopened = (await tabs()) === before;
  // The pane stays closed once it is closed.
  await page.getByRole("button", { name: "Hide Examples" }).click();
  await page.reload();
  await signedIn(page);
  found.closed = (await page.locator(".explorer-examples").count()) === 0;

  // Signed in at the sign-in page, with nothing but the cookie.
  const mine = await newPage();
  await mine.goto(`${asked.base}/login?return_to=graphiql`);
  await mine.fill("#token", asked.token);
  await mine.getByRole("button", { name: "Sign in with the token" }).click();
  await signedIn(mine);
  found.session.stored = await mine.evaluate(() => Object.values(sessionStorage).length);
  const live = found.questions.at(-1);
  found.session.answer = await run(mine, live);
  // It goes on until it is stopped.
  await mine.locator('.graphiql-execute-button[aria-label^="Stop"]').click();
  await mine.locator('.graphiql-execute-button[aria-label^="Execute"]').waitFor();
  isOut = true;
  await mine.getByRole("button", { name: "Sign out" }).click();
  await mine.getByText("Not signed in").waitFor();
} catch (error) {
  found.failed = String(error);
}
await browser.close();
console.log(JSON.stringify(found));
