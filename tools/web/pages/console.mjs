// Walks the pages of `bridge console` in a headless Chromium, with and without JavaScript, dark and light, on a wide and
// on a narrow screen, and checks each page with axe.
//
//   node console.mjs BRIDGE FILL [FOLDER]
//
// BRIDGE is the program `bridge`, FILL the example `console_scale`, which fills a database. OpenTrain and the tool are
// those of `bridge sandbox`. With FOLDER, a picture of each page is stored there. The exit code is 1 if anything fails.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { follow, heading, press } from "./acts.mjs";
import { Api } from "./api.mjs";
import { launch, Report, Visit, within } from "./browser.mjs";
import { banner, start } from "./program.mjs";

const [program, filler, folder] = process.argv.slice(2);
if (!filler) {
  console.error("usage: node console.mjs BRIDGE FILL [FOLDER]");
  process.exit(2);
}

// Programs run in a folder of their own.
const [bridge, fill] = [resolve(program), resolve(filler)];
const home = await mkdtemp(join(tmpdir(), "console-"));
const database = join(home, "bridge.db");
const report = new Report(folder);
await report.prepare();

/** A sandbox with two contracts on one link. */
async function startSandbox() {
  const sandbox = await start(bridge, ["sandbox", "--listen", "127.0.0.1:0", "--json"], { cwd: home, env: {} }, banner);
  const { opentrainBaseUrl, toolBaseUrl, toolToken } = sandbox.found;
  const api = new Api(opentrainBaseUrl, "http://127.0.0.1:9/");
  const scopes = ["project-links:read", "project-links:write", "contracts:read", "participants:read", "participants:email", "webhooks:manage", "usage:write"];
  const install = await api.sandbox("POST", "/installs", { appSlug: "simulated", scopes, piiConsent: true });
  const token = await api.full();
  const job = await api.job(token);
  const link = { externalProjectId: "streets", externalProjectName: "Street scenes", jobId: job };
  const made = await api.platform("POST", "/project-links", install.token, link);
  assert.ok(made.status < 300, JSON.stringify(made.body));
  for (const name of ["Maria S.", "Jonas K."]) {
    const approval = await api.hire(token, job, name);
    await api.sandbox("POST", `/approvals/${approval.id}/confirm`);
  }
  const env = {
    OPENTRAIN_BASE_URL: opentrainBaseUrl,
    OPENTRAIN_PARTNER_TOKEN: install.token,
    OPENTRAIN_WEBHOOK_SECRET: "whsec_any",
    TOOL_KIND: "rest",
    TOOL_BASE_URL: toolBaseUrl,
    TOOL_API_TOKEN: toolToken,
    BRIDGE_DB: database,
    BRIDGE_CONNECTIONS: join(home, "none.json"),
  };
  return { env, stop: sandbox.stop, end: (contract) => endContract(api, token, contract) };
}

async function endContract(api, token, contract) {
  const end = await api.public("POST", `/contracts/${contract}/end`, token);
  await api.sandbox("POST", `/approvals/${end.approval.id}/confirm`);
}

/** Starts a console. Returns the link that works once. */
function startConsole(env, args) {
  const link = (text) => text.match(/http:\S+\/open\?token=\w+/)?.[0];
  return start(bridge, ["console", ...args], { cwd: home, env }, link);
}

/** Loads the page again until the run has ended. */
async function untilEnded(page) {
  while (await page.getByText("running", { exact: true }).count()) await page.reload();
}

/** Each page, as a reader sees it. */
async function read({ page, origin, check, mode }) {
  const pages = {
    overview: "/",
    people: "/people",
    "people-failed": "/people?state=failed",
    "people-none": "/people?state=failed&project=project-7",
    person: "/people/of?what=usr_00000",
    "person-removed": "/people/of?what=usr_00003",
    "person-unknown": "/people/of?what=usr_none",
    projects: "/projects",
    project: "/projects/of?id=project-3",
    budgets: "/budgets",
    "budgets-low": "/budgets?level=low",
    contract: "/budgets/of?connection=default&contract=ctr_00007",
    deliveries: "/deliveries",
    refused: "/deliveries?outcome=refused",
    "dead-letters": "/dead-letters",
    "dead-letter": "/dead-letters/of?id=1",
    usage: "/usage",
    audit: "/audit",
    "audit-trainer": "/audit?trainer=usr_00003",
    late: "/audit/late",
    check: "/check",
    reconcile: "/reconcile",
    nowhere: "/nowhere",
    misused: "/people?nothing=1",
    "read-only": "/people/retry?trainer=usr_00000",
  };
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(origin + path);
    await check(name);
  }
  // By keyboard alone: to the content, and to the next page of a list.
  await page.goto(`${origin}/people`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  const next = page.getByRole("link", { name: "Next 100" });
  await next.focus();
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.match(page.url(), /after=/);
  if (!mode.script) assert.equal(await page.locator("#live").innerText(), "");
}

/** What runs by a button. */
async function run({ page, origin, check }) {
  await page.goto(`${origin}/check`);
  await press(page, "Run the check");
  await untilEnded(page);
  assert.match(await page.locator("main").innerText(), /Last check/);
  await check("checked");
  await page.goto(`${origin}/audit`);
  await press(page, "Verify all chains");
  await untilEnded(page);
  assert.match(await page.locator("main").innerText(), /whole/);
  await page.goto(`${origin}/reconcile`);
  await press(page, "Read the plan");
  await untilEnded(page);
  assert.match(await page.locator("main").innerText(), /1 to remove/);
  await check("plan");
}

/** A change, with its confirmation. */
async function write({ page, origin, check }) {
  await page.goto(`${origin}/dead-letters`);
  await page.getByRole("checkbox").first().check();
  await check("dead-letters-selected");
  await press(page, "Drop the selected…");
  await heading(page, /Drop dead letters/);
  await check("drop");
  await page.getByLabel("Reason, for the log").fill("a walk through the pages");
  await press(page, "Drop for good");
  assert.match(await page.locator(".result").innerText(), /1 dead letter was dropped/);
  await check("dropped");
  await page.goto(`${origin}/people/of?what=usr_00000`);
  await follow(page, "Retry due work now");
  await check("retry");
  await page.goto(`${origin}/reconcile`);
  await press(page, "Read the plan");
  await untilEnded(page);
  await follow(page, /Apply this plan/);
  await check("apply");
}

/** With JavaScript: one stream a page, which says that something changed and is closed while the page is hidden. */
async function live({ page, origin, mode, env }) {
  if (!mode.script) return;
  await page.goto(`${origin}/`);
  assert.equal(await page.locator("#live").getAttribute("role"), "status");
  const changed = spawnSync(bridge, ["retry", "usr_00007"], { cwd: home, env, encoding: "utf8" });
  assert.equal(changed.status, 0, changed.stderr);
  await page.locator("#live a").waitFor();
  assert.match(await page.locator("#live").innerText(), /Something changed/);
}

const MODES = [
  { name: "console-light", script: true, scheme: "light", width: 1280 },
  { name: "console-dark", script: true, scheme: "dark", width: 1280 },
  { name: "console-plain", script: false, scheme: "light", width: 390 },
  { name: "console-plain-dark", script: false, scheme: "dark", width: 390 },
];

async function walk(browser, mode, env, args, journeys) {
  const console_ = await startConsole(env, args);
  const origin = new URL(console_.found).origin;
  const visit = new Visit(report, mode, origin);
  const page = await visit.open(browser);
  await page.goto(origin);
  await heading(page, /Not signed in/);
  await visit.check("outside");
  await page.goto(console_.found);
  await heading(page, /Overview/);
  for (const journey of journeys) {
    const check = (name) => visit.check(name);
    await within(180, journey.name, journey({ page, origin, check, mode, env })).catch((error) => {
      report.say(`${mode.name}: ${journey.name}: ${error.stack}`);
    });
    console.log(`${mode.name}: ${journey.name}`);
  }
  // An open page does not delay the stop.
  const begun = Date.now();
  await console_.stop();
  if (Date.now() - begun > 2_000) report.say(`${mode.name}: the console took ${Date.now() - begun} ms to stop`);
  await visit.close();
}

const sandbox = await startSandbox();
const browser = await launch();
try {
  const filled = spawnSync(fill, ["--fill", database, "300"], { stdio: "inherit" });
  assert.equal(filled.status, 0, "the database is filled");
  // The hires of the sandbox get access. Then one contract ends without an event.
  spawnSync(bridge, ["reconcile"], { cwd: home, env: sandbox.env });
  await sandbox.end("ctr_1");
  for (const mode of MODES) {
    await walk(browser, mode, sandbox.env, [], [read, run]);
    await walk(browser, mode, sandbox.env, ["--allow-writes"], [write, live]);
  }
} finally {
  await browser.close();
  await sandbox.stop();
  await rm(home, { recursive: true });
}
report.end(MODES.length);
