// The agent's and the platform's side of a journey: calls of the APIs.

import assert from "node:assert/strict";

const JOB = {
  jobTitle: "Label street scenes",
  jobDescription: "Boxes around cars, bicycles and people on foot, in 4,000 pictures of crossings.",
  dataType: "IMAGE",
  experienceLevel: "INTERMEDIATE",
  paymentType: "PAY_PER_HOUR",
  pricePerHour: 20,
  countries: ["ES", "PT"],
  languages: ["English"],
};
const FULL = ["jobs:write", "proposals:write", "messages:write", "payments:write", "team:write", "webhooks:manage"];

export class Api {
  constructor(origin, receiver) {
    this.origin = origin;
    this.receiver = receiver;
  }

  async call(method, path, { token, body, form } = {}) {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    if (body) headers["content-type"] = "application/json";
    const sent = form ? new URLSearchParams(form) : body && JSON.stringify(body);
    const answer = await fetch(this.origin + path, { method, headers, body: sent });
    return { status: answer.status, body: await answer.json().catch(() => null) };
  }

  /** A call below /sandbox that succeeds. */
  async sandbox(method, path, body) {
    const answer = await this.call(method, `/sandbox${path}`, { body });
    assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** A call of the Public API that succeeds. */
  async public(method, path, token, body) {
    const answer = await this.call(method, `/api/public/v1${path}`, { token, body });
    assert.ok(answer.status < 300, `${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async platform(method, path, token, body) {
    return this.call(method, `/api/partner/v1${path}`, { token, body });
  }

  async agent(path, body) {
    return (await this.call("POST", `/api/agent${path}`, { body })).body;
  }

  poll(claimToken) {
    const grant = "urn:opentrain:agent-auth:grant-type:claim";
    const form = { grant_type: grant, claim_token: claimToken };
    return this.call("POST", "/api/agent/oauth/token", { form });
  }

  /** A token of the human's account that may do everything. */
  async full() {
    return (await this.sandbox("POST", "/tokens", { scopes: FULL, name: "Agent" })).token;
  }

  /** A published job. */
  async job(token) {
    const draft = { format: "opentrain_canonical", job: JOB };
    const { jobId } = await this.public("POST", "/job-drafts", token, draft);
    await this.public("POST", `/jobs/${jobId}/publish`, token);
    return jobId;
  }

  /** A hire of 200 dollars that waits for the human. */
  async hire(token, job, displayName = "Maria S.") {
    const { trainerId } = await this.sandbox("POST", "/trainers", { displayName, country: "PT" });
    const { proposalId } = await this.sandbox("POST", "/proposals", { jobId: job, trainerId });
    const milestone = { name: "First 10 hours", description: "Calibration set", amount: 200 };
    const answer = await this.public("POST", `/proposals/${proposalId}/hire`, token, { milestone });
    return answer.approval;
  }
}
