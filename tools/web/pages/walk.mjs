// Walks the sandbox's pages in a headless Chromium, with and without JavaScript, and checks each page with axe.
//
//   node walk.mjs SANDBOX [FOLDER]
//
// SANDBOX is the program that runs the sandbox: it prints its address and takes `--port`. With FOLDER, a picture of each
// page goes there. The exit code is 1 if anything fails.

import { spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { Api } from "./api.mjs";
import { journeys } from "./journeys.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const [program, folder] = process.argv.slice(2);
if (!program) {
  console.error("usage: node walk.mjs SANDBOX [FOLDER]");
  process.exit(2);
}

const problems = [];
const seen = new Set();

/** Starts the sandbox on a free port. Returns its address and how to stop it. */
async function startSandbox() {
  const child = spawn(program, ["--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise((resolve, reject) => {
    let text = "";
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the sandbox ended with ${code}`)));
    child.stdout.on("data", (part) => {
      text += part;
      const found = text.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    });
  });
  child.removeAllListeners("exit");
  const stop = () => new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", resolve);
    child.kill("SIGINT");
  });
  return { address, stop };
}

/** A receiver of webhooks, which answers 204. */
async function startReceiver() {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/hook`, stop: () => server.close() };
}

/** Fails a wait that takes too long, and says which one. */
function within(seconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Axe on the open page. It needs timers, which do not run in a page without JavaScript: what that page shows is opened
 * in a page with JavaScript, without the page's own script.
 */
async function axe(page, mode) {
  let checked = page;
  if (!mode.script) {
    checked = mode.checker;
    const body = await page.content();
    await checked.route("**/*", (route) => {
      const url = route.request().url();
      if (url === page.url()) return route.fulfill({ contentType: "text/html; charset=utf-8", body });
      return url.endsWith(".js") ? route.abort() : route.continue();
    });
    await checked.goto(page.url());
    await checked.unroute("**/*");
  }
  await checked.evaluate(AXE);
  return checked.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules }), RULES);
}

/** Checks the open page: axe, and its width. */
async function check(page, name, mode) {
  const say = (text) => problems.push(`${mode.name}: ${name}: ${text}`);
  const result = await within(30, `axe on ${name}`, axe(page, mode));
  for (const own of result.violations) {
    const where = own.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`);
    say(`axe ${own.id}: ${own.help}\n    ${where.slice(0, 3).join("\n    ")}`);
  }
  for (const own of result.incomplete) say(`axe could not decide ${own.id}: ${own.help}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  if (wide) say("the page is wider than the window");
  if (folder) {
    await page.screenshot({ path: join(folder, `${mode.name}-${name}.png`), fullPage: true });
  }
  seen.add(name);
}

/** Reports errors of the browser, and requests to elsewhere. */
function watch(context, mode, sandbox) {
  context.on("console", (own) => {
    // A page of an error has an error's status, which Chromium reports; the checker's script is blocked.
    const expected = /status of 4|ERR_FAILED/.test(own.text());
    if (own.type() === "error" && !expected) problems.push(`${mode.name}: ${own.text()}`);
  });
  context.on("weberror", (own) => problems.push(`${mode.name}: ${own.error()}`));
  context.on("request", (own) => {
    const url = new URL(own.url());
    if (url.origin !== sandbox && url.protocol !== "data:") problems.push(`${mode.name}: request to ${url.origin}`);
  });
}

/** Runs every journey in one way of using a browser. */
async function run(browser, mode, sandbox, receiver) {
  const look = { colorScheme: mode.scheme, viewport: { width: mode.width, height: 900 } };
  const context = await browser.newContext({ ...look, javaScriptEnabled: mode.script });
  const checking = await browser.newContext(look);
  mode.checker = await checking.newPage();
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  for (const own of [context, checking]) watch(own, mode, sandbox);
  for (const [name, journey] of Object.entries(journeys)) {
    const api = new Api(sandbox, receiver);
    await api.sandbox("POST", "/reset");
    const walk = journey({ page, api, mode, check: (title) => check(page, title, mode) });
    await within(90, `journey ${name}`, walk).catch((error) => {
      problems.push(`${mode.name}: journey ${name}: ${error.stack}`);
    });
    console.log(`${mode.name}: ${name}`);
  }
  await context.close();
  await checking.close();
}

const MODES = [
  { name: "script", script: true, scheme: "light", width: 1280 },
  { name: "plain", script: false, scheme: "dark", width: 390 },
];

if (folder) await mkdir(folder, { recursive: true });
const { address, stop } = await startSandbox();
const receiver = await startReceiver();
// A new, empty folder of user data, which Playwright removes.
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS, chromiumSandbox: false });
try {
  for (const mode of MODES) await run(browser, mode, address, receiver.url);
} finally {
  await browser.close();
  await stop();
  receiver.stop();
}
for (const own of problems) console.error(`FAILED ${own}`);
console.log(`${seen.size} pages in ${MODES.length} ways: ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
