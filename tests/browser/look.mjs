// Opens pages in a real browser, on a wide and a narrow screen, light and dark, and tells what is wrong with them.
//
// One argument, as JSON: {chromium, base, token, paths, shots?}. Prints a list of {page, problem} as JSON. `shots` is a directory for
// pictures of what was seen.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const { chromium: executablePath, base, token, paths, shots } = JSON.parse(process.argv[2]);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const problems = [];

const browser = await chromium.launch({
  executablePath,
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
});

// Signs in as a person does who follows the link of the demo.
async function signIn() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${base}/login#token=${token}`);
  await page.click('form[action="login"] button');
  await page.waitForURL((url) => !url.pathname.startsWith('/login'));
  const state = await context.storageState();
  await context.close();
  return state;
}

async function look(context, path, name) {
  const page = await context.newPage();
  const tell = (problem) => problems.push({ page: `${path} (${name})`, problem });
  page.on('console', (message) => message.type() === 'error' && tell(`console: ${message.text()}`));
  page.on('pageerror', (error) => tell(`error: ${error}`));
  page.on('requestfailed', (request) => tell(`did not load ${request.url()}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== base) tell(`asks ${url.origin}`);
  });
  const response = await page.goto(`${base}${path}`, { waitUntil: 'load' });
  if (response.status() !== 200) tell(`status ${response.status()}`);
  for (const details of await page.locator('details').all()) await details.evaluate((element) => { element.open = true; });
  const [width, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (width > shown) tell(`${width} pixels wide on a screen of ${shown}`);
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const { id, impact, help, nodes } of found.violations) {
    if (impact === 'serious' || impact === 'critical') tell(`${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html).join(' ')}`);
  }
  if (shots) {
    for (const details of await page.locator('details').all()) await details.evaluate((element) => { element.open = false; });
    const file = `${path.replace(/^\//, '').replace(/[^\w-]+/g, '_') || 'overview'}-${name}.png`;
    await page.screenshot({ path: join(shots, file), fullPage: true });
  }
  await page.close();
}

const storageState = await signIn();
for (const [kind, options] of [
  ['desktop', { viewport: { width: 1280, height: 900 } }],
  ['phone', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
]) {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ ...options, colorScheme, storageState });
    for (const path of paths) await look(context, path, `${kind}-${colorScheme}`);
    await context.close();
  }
}
await browser.close();
console.log(JSON.stringify(problems));
