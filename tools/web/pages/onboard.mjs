// Walks the pages of `bridge onboard` in a headless Chromium, with and without JavaScript, dark and light, on a wide and
// on a narrow screen, and checks each page with axe. OpenTrain's consent is the sandbox's page.
//
//   node onboard.mjs BRIDGE [FOLDER]
//
// BRIDGE is the program `bridge`. With FOLDER, a picture of each page is stored there. The exit code is 1 if anything
// fails.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { follow, heading, press } from "./acts.mjs";
import { Api } from "./api.mjs";
import { launch, Report, Visit, within } from "./browser.mjs";
import { banner, start } from "./program.mjs";

const [program, folder] = process.argv.slice(2);
if (!program) {
  console.error("usage: node onboard.mjs BRIDGE [FOLDER]");
  process.exit(2);
}

const bridge = resolve(program);
const PROJECT = "streets";
const SCOPES = ["project-links:write", "contracts:read", "participants:read", "participants:email", "webhooks:manage"];
const report = new Report(folder);
await report.prepare();

/** A sandbox with an app and a job, and a bridge without connections. */
async function startAll(home) {
  const sandbox = await start(bridge, ["sandbox", "--listen", "127.0.0.1:0", "--json"], { cwd: home, env: {} }, banner);
  const { opentrainBaseUrl, toolBaseUrl, toolToken } = sandbox.found;
  const env = {
    OPENTRAIN_BASE_URL: opentrainBaseUrl,
    TOOL_KIND: "rest",
    TOOL_BASE_URL: toolBaseUrl,
    TOOL_API_TOKEN: toolToken,
    BRIDGE_LISTEN: "127.0.0.1:0",
    BRIDGE_LOG_FORMAT: "json",
    ONBOARD_APP: "acme-labels",
    ONBOARD_URL: "http://127.0.0.1",
  };
  const address = (text) => text.match(/"address":"(127\.0\.0\.1:\d+)"/)?.[1];
  const served = await start(bridge, ["serve"], { cwd: home, env, output: "stderr" }, address);
  const origin = `http://${served.found}`;
  env.ONBOARD_URL = origin;
  const api = new Api(opentrainBaseUrl, "http://127.0.0.1:9/");
  const app = { slug: "acme-labels", name: "Acme Labels", scopes: SCOPES, redirectUris: [`${origin}/onboard/back`] };
  await api.sandbox("POST", "/apps", app);
  const job = await api.job(await api.full());
  const stop = async () => {
    await served.stop();
    await sandbox.stop();
  };
  return { env, origin, api, job, stop };
}

function onboard({ home, env }, ...args) {
  const done = spawnSync(bridge, ["onboard", ...args, "--json"], { cwd: home, env, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

/** Approves at OpenTrain. Returns the token, and the page is back at the bridge. */
async function approve(page) {
  await follow(page, "Continue to OpenTrain");
  await heading(page, /Connect Acme Labels/);
  await page.getByLabel(/Share the trainers' work e-mails/).check();
  await press(page, "Connect");
  const token = await page.locator(".token code.value").innerText();
  await follow(page, /Continue to Acme Labels/);
  await heading(page, /Enter the token/);
  return token;
}

async function enter(page, token) {
  await page.getByLabel("Token from OpenTrain").fill(token);
  await press(page, "Check and store the token");
}

/** From the link to a linked job, with wrong tokens before. */
async function connect(own) {
  const { page, check, job } = own;
  const { link } = onboard(own, "acme", "--project", PROJECT, "--from", "Acme Labels Ltd");
  await page.goto(link);
  await heading(page, /Connect with OpenTrain/);
  await check("welcome");
  const token = await approve(page);
  await check("token");
  for (const [name, wrong] of [["secret", "whsec_wrong"], ["unknown", "ot_ptk_wrong"]]) {
    await enter(page, wrong);
    await heading(page, /can't be used/);
    await check(`refused-${name}`);
    await follow(page, "Enter a token");
  }
  await enter(page, token);
  await heading(page, /Connected/);
  assert.ok(!(await page.content()).includes(token), "the token is shown");
  assert.match(await page.locator("main").innerText(), /this site answers/);
  await check("done");
  await page.getByLabel("Id of your job").fill("job_unknown");
  await press(page, "Link the job");
  await check("job-unknown");
  await follow(page, "Back");
  await page.getByLabel("Id of your job").fill(job);
  await press(page, "Link the job");
  assert.match(await page.locator("main").innerText(), /is linked to the project/);
  await check("linked");
  // The link, opened again, shows the last page.
  await page.goto(link);
  await heading(page, /Connected/);
  const [listed] = onboard(own, "--list").links;
  assert.equal(listed.state, "used");
}

/** What a used, a changed and a revoked link show, and a browser without the cookie. */
async function refuse(own) {
  const { page, check, context } = own;
  await page.goto(`${own.origin}/onboard/token`);
  await heading(page, /used already/);
  await check("used");
  const { link } = onboard(own, "second");
  await context.clearCookies();
  await page.goto(`${own.origin}/onboard/done`);
  await heading(page, /Open your link first/);
  await check("no-cookie");
  await page.goto(`${link.slice(0, -1)}g`);
  await heading(page, /nothing here/);
  await check("changed");
  await page.goto(link);
  const other = await approve(page);
  assert.equal(onboard(own, "--revoke", "second").revoked, "second");
  await enter(page, other);
  await heading(page, /revoked/);
  await check("revoked");
}

const MODES = [
  { name: "onboard-light", script: true, scheme: "light", width: 1280 },
  { name: "onboard-plain-dark", script: false, scheme: "dark", width: 390 },
];

/** One mode, with programs of its own. */
async function walk(browser, mode) {
  const home = await mkdtemp(join(tmpdir(), "onboard-"));
  const all = await startAll(home);
  // The consent is a page of OpenTrain.
  const say = (text) => text.endsWith(`request to ${all.api.origin}`) || report.say(text);
  const visit = new Visit(Object.assign(Object.create(report), { say }), mode, all.origin);
  const page = await visit.open(browser);
  const check = (name) => visit.check(name);
  for (const journey of [connect, refuse]) {
    const walked = journey({ ...all, home, page, check, context: visit.context });
    await within(120, journey.name, walked).catch((error) => {
      report.say(`${mode.name}: ${journey.name}: at ${page.url()}: ${error.stack}`);
    });
    console.log(`${mode.name}: ${journey.name}`);
  }
  await visit.close();
  await all.stop();
  await rm(home, { recursive: true });
}

const browser = await launch();
try {
  for (const mode of MODES) await walk(browser, mode);
} finally {
  await browser.close();
}
report.end(MODES.length);
