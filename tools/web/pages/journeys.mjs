// What people do on the pages. Each journey begins in a fresh sandbox, and reads its result through the APIs.

import assert from "node:assert/strict";
import { follow, heading, press } from "./acts.mjs";

async function claim({ page, api, check }) {
  const agent = await api.agent("/identity", { agent_name: "Hiring agent", organization_name: "Acme Robotics" });
  const start = { claim_token: agent.claim_token, email: "ann@acme.example" };
  const claim = await api.agent("/identity/claim", start);
  await page.goto(claim.verification_uri);
  await heading(page, "Claim an agent's account");
  await check("claim");
  await page.getByLabel("Your e-mail, as the agent gave it").fill("ann@acme.example");
  await page.getByLabel("Code of 6 digits from the agent").fill(claim.user_code === "000000" ? "000001" : "000000");
  await press(page, "Claim the account");
  await heading(page, "Not found");
  await check("claim-wrong-code");
  await follow(page, "Back");
  await page.goto(claim.verification_uri);
  await page.getByLabel("Your e-mail, as the agent gave it").fill("ann@acme.example");
  await page.getByLabel("Code of 6 digits from the agent").fill(claim.user_code);
  await press(page, "Claim the account");
  await heading(page, "Account claimed");
  await check("claim-done");
  const token = await api.poll(agent.claim_token);
  assert.equal(token.status, 200, JSON.stringify(token.body));
  await page.goto(claim.verification_uri);
  await check("claim-used");
}

async function consent({ page, api, mode, check }) {
  const back = `${api.origin}/claim`;
  const scopes = ["project-links:write", "contracts:read", "participants:read", "participants:email", "webhooks:manage"];
  const app = { slug: "acme-labels", name: "Acme Labels", description: "Labels pictures.", scopes, redirectUris: [back] };
  await api.sandbox("POST", "/apps", app);
  const query = new URLSearchParams({ external_project_id: "streets", redirect_uri: back, state: "s&1=2" });
  await page.goto(`${api.origin}/integrations/acme-labels/connect?${query}`);
  await heading(page, "Connect Acme Labels?");
  await check("consent");
  await page.getByLabel(/Share the trainers' work e-mails/).check();
  await press(page, "Connect");
  await heading(page, "Acme Labels is connected");
  await check("consent-token");
  const token = await page.locator(".token code.value").innerText();
  assert.match(token, /^ot_ptk_/);
  assert.equal(await page.getByRole("button", { name: "Copy Token" }).count(), mode.script ? 1 : 0);
  const { status, body } = await api.platform("GET", "/installs/current", token);
  assert.equal(status, 200);
  assert.equal(body.install.piiConsent, true);
  const shown = page.url();
  const link = new URL(await page.getByRole("link", { name: "Continue to Acme Labels" }).getAttribute("href"));
  assert.equal(link.searchParams.get("state"), "s&1=2");
  assert.equal(link.searchParams.get("opentrain_install_id"), body.install.id);
  assert.equal(link.searchParams.get("external_project_id"), "streets");
  await page.goto(shown);
  assert.equal(await page.locator(".token").count(), 0, "the token is shown once");
  await check("consent-again");
  await page.goto(`${api.origin}/integrations/acme-labels/connect`);
  await follow(page, "Decline");
  await heading(page, "Nothing was connected");
  await check("consent-declined");
}

async function approval({ page, api, check }) {
  const token = await api.full();
  const approval = await api.hire(token, await api.job(token));
  await page.goto(approval.approvalUrl);
  await heading(page, "Hire a trainer?");
  await check("approval");
  await page.getByLabel("Amount in dollars").fill("300");
  await press(page, "Show the new total");
  assert.match(await page.locator("table.sum").innerText(), /\$339\.95/);
  await press(page, "Hire and pay");
  assert.match(await page.locator("main").innerText(), /You confirmed it/);
  await check("approval-confirmed");
  const read = await api.public("GET", `/approvals/${approval.id}`, token);
  assert.equal(read.approval.status, "confirmed");
  const contract = await api.public("GET", `/contracts/${read.approval.result.contractId}`, token);
  assert.equal(contract.contract.milestones[0].amountUsd, 300);
  const end = await api.public("POST", `/contracts/${contract.contract.id}/end`, token);
  await page.goto(end.approval.approvalUrl);
  await check("approval-end");
  await press(page, "Decline");
  await check("approval-declined");
  assert.equal((await api.public("GET", `/approvals/${end.approval.id}`, token)).approval.status, "declined");
}

async function checkout({ page, api, check }) {
  const token = await api.full();
  await api.sandbox("POST", "/organizations/org_1", { cardOnFile: false });
  const topUp = await api.public("POST", "/credits/top-ups", token, { amountUsd: 500 });
  await page.goto(topUp.checkoutUrl);
  await check("checkout");
  await press(page, "Pay");
  assert.match(await page.locator("main").innerText(), /Paid\./);
  await check("checkout-paid");
  assert.equal((await api.public("GET", "/credits", token)).credits.availableCents, 50_000);
  const approval = await api.hire(token, await api.job(token));
  await page.goto(approval.approvalUrl);
  assert.equal(await page.getByLabel(/Credits/).isChecked(), true);
  await check("approval-credits");
  await press(page, "Hire and pay");
  assert.equal((await api.public("GET", "/credits", token)).credits.reservedCents, 22_995);
  await page.goto(`${api.origin}/billing`);
  await check("billing");
  await press(page, "Add a card");
  await press(page, "Remove the card");
}

async function jobs({ page, api, check }) {
  const token = await api.full();
  const draft = await api.public("POST", "/job-drafts", token, { rawJobDescription: "Label cats" });
  await page.goto(draft.draftUrl);
  await check("draft");
  const job = await api.job(token);
  await page.goto(`${api.origin}/jobs/${job}`);
  await check("job");
  await follow(page, "Apply");
  await check("apply");
  await page.getByLabel("Bid in dollars").fill("25");
  await press(page, "Apply as a trainer");
  const { proposals } = await api.public("GET", `/jobs/${job}/proposals`, token);
  assert.equal(proposals[0].bid.amountUsd, 25);
  await page.goto(`${api.origin}/freelancers/${proposals[0].candidate.profileSlug}`);
  await check("freelancer");
  await page.goto(`${api.origin}/jobs/job_99`);
  await check("job-unknown");
}

/** From the start page to a contract with work, by keyboard where it is easy. */
async function desk({ page, api, check }) {
  await page.goto(`${api.origin}/`);
  await check("start-empty");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  await press(page, "+1 day");
  assert.match(await page.locator(".outcome").innerText(), /POST \/sandbox\/clock/);
  await page.getByText("Add a fault", { exact: true }).click();
  await press(page, "Add the fault");
  await check("start");
  await press(page, "Clear all faults");
  await follow(page, "Jobs");
  await press(page, "Post");
  await follow(page, "Label street scenes");
  await press(page, "Apply as a trainer");
  await check("desk-job");
  await page.getByText(/Hire or review/).click();
  await press(page, "Hire");
  await follow(page, "ctr_1");
  await page.getByLabel("Hours", { exact: true }).fill("8.5");
  await press(page, "Track the time");
  await check("desk-contract");
  await press(page, "End the contract");
  const contracts = await api.public("GET", "/contracts", await api.full());
  assert.equal(contracts.contracts[0].status, "ended");
}

/** The desk's lists, with rows in each of them. */
async function lists({ page, api, check }) {
  const token = await api.full();
  const install = { appSlug: "simulated", scopes: ["project-links:write", "webhooks:manage"], piiConsent: false };
  const platform = (await api.sandbox("POST", "/installs", install)).token;
  const job = await api.job(token);
  const link = { externalProjectId: "streets", externalProjectName: "Streets", jobId: job };
  await api.platform("POST", "/project-links", platform, link);
  const types = ["contract.started", "contract.ended"];
  await api.platform("POST", "/webhook-endpoints", platform, { url: api.receiver, eventTypes: types });
  const hook = { url: "http://127.0.0.1:9/", eventTypes: ["proposal.received"] };
  await api.public("POST", "/webhooks", token, hook);
  const approval = await api.hire(token, job);
  await api.sandbox("POST", `/approvals/${approval.id}/confirm`);
  await api.hire(token, job, "Jonas K.");
  await api.platform("GET", "/contracts", platform);
  await api.call("GET", "/api/public/v1/jobs/mine");
  await api.sandbox("POST", "/clock", { advance: "PT10M" });
  const all = ["jobs", "contracts", "approvals", "installs", "endpoints", "deliveries", "calls", "limits"];
  for (const name of all) {
    await page.goto(`${api.origin}/desk/${name}`);
    await check(`desk-${name}`);
  }
  await page.goto(`${api.origin}/desk/endpoints/whe_1`);
  await check("desk-endpoint");
  await page.getByLabel("Number of attempts").fill("2");
  await press(page, "Fail the next attempts");
  await page.goto(`${api.origin}/desk/deliveries`);
  await follow(page, "contract.started").catch(() => page.goto(`${api.origin}/desk/deliveries/dlv_2`));
  await check("desk-delivery");
  await press(page, "Resend");
  await page.goto(`${api.origin}/desk/calls?answer=refused`);
  assert.match(await page.locator("tbody").innerText(), /FORBIDDEN|UNAUTHORIZED/);
  await page.goto(`${api.origin}/desk/calls?api=none`);
  await check("desk-bad-filter");
  await page.goto(`${api.origin}/desk/installs`);
  await page.getByText(/Make a token for account/).click();
  await press(page, "Make a token");
  await check("desk-token");
}

export const journeys = { claim, consent, approval, checkout, jobs, desk, lists };
