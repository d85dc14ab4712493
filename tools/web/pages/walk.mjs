// Walks the sandbox's pages in a headless Chromium, with and without JavaScript, and checks each page with axe.
//
//   node walk.mjs SANDBOX [FOLDER]
//
// SANDBOX is the program that runs the sandbox: it prints its address and takes `--port`. With FOLDER, a picture of each
// page goes there. The exit code is 1 if anything fails.

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
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
  const stop = () => new Promise((resolve) => { child.once("exit", resolve); child.kill("SIGINT"); });
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

/** Checks the open page: errors of the browser, axe, headings, and requests to elsewhere. */
async function check(page, name, mode) {
  const say = (text) => problems.push(`${mode.name}: ${name}: ${text}`);
  // Evaluation works without the page's JavaScript and under its policy.
  await page.evaluate(AXE);
  const result = await page.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules }), RULES);
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

/** Runs every journey in one way of using a browser. */
async function run(mode, sandbox, receiver) {
  const profile = await mkdtemp(join(tmpdir(), "walk-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    args: FLAGS,
    chromiumSandbox: false,
    javaScriptEnabled: mode.script,
    colorScheme: mode.scheme,
    viewport: { width: mode.width, height: 900 },
  });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(10_000);
    page.on("console", (own) => {
      // A page of an error has an error's status: Chromium reports it.
      if (own.type() === "error" && !own.text().includes("status of 4")) problems.push(`${mode.name}: ${own.text()}`);
    });
    page.on("pageerror", (error) => problems.push(`${mode.name}: ${error}`));
    context.on("request", (own) => {
      const url = new URL(own.url());
      if (url.origin !== sandbox && url.protocol !== "data:") problems.push(`${mode.name}: request to ${url.origin}`);
    });
    for (const [name, journey] of Object.entries(journeys)) {
      const api = new Api(sandbox, receiver);
      await api.sandbox("POST", "/reset");
      try {
        await journey({ page, api, mode, check: (title) => check(page, title, mode) });
      } catch (error) {
        problems.push(`${mode.name}: journey ${name}: ${error.stack}`);
      }
    }
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

const MODES = [
  { name: "script", script: true, scheme: "light", width: 1280 },
  { name: "plain", script: false, scheme: "dark", width: 1280 },
  { name: "narrow", script: false, scheme: "light", width: 390 },
];

if (folder) await mkdir(folder, { recursive: true });
const { address, stop } = await startSandbox();
const receiver = await startReceiver();
try {
  for (const mode of MODES) await run(mode, address, receiver.url);
} finally {
  await stop();
  receiver.stop();
}
for (const own of problems) console.error(`FAILED ${own}`);
console.log(`${seen.size} pages in ${MODES.length} ways: ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
