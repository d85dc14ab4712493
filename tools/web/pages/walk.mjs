// Walks the sandbox's pages in a headless Chromium, with and without JavaScript, and checks each page with axe.
//
//   node walk.mjs SANDBOX [FOLDER]
//
// SANDBOX is the program that runs the sandbox: it prints its address and takes `--port`. With FOLDER, a picture of
// each page is stored there. The exit code is 1 if anything fails.

import { createServer } from "node:http";
import { Api } from "./api.mjs";
import { launch, Report, Visit, within } from "./browser.mjs";
import { journeys } from "./journeys.mjs";
import { start } from "./program.mjs";

const [program, folder] = process.argv.slice(2);
if (!program) {
  console.error("usage: node walk.mjs SANDBOX [FOLDER]");
  process.exit(2);
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

/** Runs every journey in one way of using a browser. */
async function run(browser, mode, sandbox, receiver) {
  const visit = new Visit(report, mode, sandbox);
  const page = await visit.open(browser);
  for (const [name, journey] of Object.entries(journeys)) {
    const api = new Api(sandbox, receiver);
    await api.sandbox("POST", "/reset");
    const walk = journey({ page, api, mode, check: (title) => visit.check(title) });
    await within(90, `journey ${name}`, walk).catch((error) => {
      report.say(`${mode.name}: journey ${name}: ${error.stack}`);
    });
    console.log(`${mode.name}: ${name}`);
  }
  await visit.close();
}

const MODES = [
  { name: "script", script: true, scheme: "light", width: 1280 },
  { name: "plain", script: false, scheme: "dark", width: 390 },
];

const report = new Report(folder);
await report.prepare();
const local = (text) => text.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
const { found: address, stop } = await start(program, ["--port", "0"], { signal: "SIGINT" }, local);
const receiver = await startReceiver();
const browser = await launch();
try {
  for (const mode of MODES) await run(browser, mode, address, receiver.url);
} finally {
  await browser.close();
  await stop();
  receiver.stop();
}
report.end(MODES.length);
