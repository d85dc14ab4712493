#!/usr/bin/env python3
"""Tests the sandbox against its OpenAPI documents with schemathesis.

For each document: starts the sandbox on a free port, makes objects for the calls, runs schemathesis, stops the
sandbox. Fails if a document is not valid or a call differs from it.

    tools/web/api/run.py SANDBOX [DOCUMENT…]

SANDBOX is the program, which prints its base URL; documents are public, agent, platform, sandbox (default: all).
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from openapi_spec_validator import validate

DOCUMENTS = {
    "public": "/api/public/v1",
    "agent": "/api/agent",
    "platform": "/api/partner/v1",
    "sandbox": "/sandbox",
}
EMPLOYER = ["jobs:write", "proposals:write", "messages:write", "payments:write", "team:write", "webhooks:manage"]
PLATFORM = ["project-links:write", "contracts:read", "participants:read", "participants:email", "usage:write",
            "webhooks:manage"]
# Calls of the sandbox that remove objects of other calls. They run last, in this order.
LAST = [["endInApp", "releaseInApp"], ["reset"]]
CONFIG = Path(__file__).with_name("schemathesis.toml")


class Client:
    def __init__(self, origin):
        self.origin, self.token = origin, ""

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.origin + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def human(self, path, body):
        return self.call("POST", f"/sandbox{path}", body)

    def public(self, path, body=None):
        return self.call("POST", f"/api/public/v1{path}", body)


def seed(origin):
    """Makes the objects that schemathesis.toml names. Returns the tokens and the code of a claim."""
    client = Client(origin)
    employer = client.human("/tokens", {"scopes": EMPLOYER})["token"]
    client.token = employer
    for _ in range(2):
        client.public("/tokens")
        client.public("/credits/top-ups", {"amountUsd": 50})
        client.public("/webhooks", {"url": "https://tool.example/hook", "eventTypes": ["proposal.received"]})
    jobs(client)
    contracts(client)
    install = {"appSlug": "tool", "scopes": PLATFORM, "piiConsent": True, "organizationId": "org_1"}
    platform = client.human("/installs", install)["token"]
    client.token = platform
    for number in (1, 2):
        link = {"externalProjectId": f"project-{number}", "jobId": "job_1"}
        client.call("POST", "/api/partner/v1/project-links", link)
        endpoint = {"url": "https://tool.example/hook", "eventTypes": ["contract.started"]}
        client.call("POST", "/api/partner/v1/webhook-endpoints", endpoint)
    return {"public": employer, "platform": platform, "code": claim(client)}


def jobs(client):
    """Six open jobs, two drafts, and six proposals for the first job."""
    job = {"jobTitle": "Label scenes", "jobDescription": "Boxes around cars.", "dataType": "IMAGE",
           "experienceLevel": "INTERMEDIATE", "paymentType": "PAY_PER_HOUR", "pricePerHour": 20}
    for number in range(8):
        made = client.public("/job-drafts", {"format": "opentrain_canonical", "job": job})
        if number < 6:
            client.public(f"/jobs/{made['jobId']}/publish")
    for _ in range(6):
        client.human("/proposals", {"jobId": "job_1"})


def contracts(client):
    """Two contracts with a funded and an open milestone each, two pending approvals, two conversations."""
    hire = {"milestone": {"name": "First", "amount": 200}}
    for proposal in ("prp_1", "prp_2"):
        approval = client.public(f"/proposals/{proposal}/hire", hire)["approval"]["id"]
        client.human(f"/approvals/{approval}/confirm", {})
    for contract in ("ctr_1", "ctr_2"):
        client.public(f"/contracts/{contract}/milestones", {"description": "Second", "volume": 10})
    for proposal in ("prp_3", "prp_4"):
        client.public(f"/proposals/{proposal}/hire", hire)
        conversation = client.public(f"/proposals/{proposal}/conversation")["conversationId"]
        client.public("/messages", {"conversationId": conversation, "content": "Hello."})


def claim(client):
    agent = client.call("POST", "/api/agent/identity", {})
    attempt = {"claim_token": agent["claim_token"], "email": "ann@acme.example"}
    return client.call("POST", "/api/agent/identity/claim", attempt)["user_code"]


def test(name, origin):
    """Tests one document. Returns whether it holds, and the output."""
    url = f"{origin}{DOCUMENTS[name]}/openapi.json"
    with urllib.request.urlopen(url, timeout=10) as answer:
        validate(json.load(answer))
    made = seed(origin)
    environment = dict(os.environ, SANDBOX_TOKEN=made.get(name, "none"), SANDBOX_CODE=made["code"])
    program = Path(sys.executable).with_name("schemathesis")
    command = [program, "--config-file", CONFIG, "run", url, "--no-color"]
    last = LAST if name == "sandbox" else []
    parts = [[f"--exclude-operation-id={own}" for part in last for own in part]]
    parts += [[f"--include-operation-id={own}" for own in part] for part in last]
    runs = [subprocess.run(command + part, env=environment, capture_output=True, text=True, check=False)
            for part in parts]
    return all(run.returncode == 0 for run in runs), "".join(run.stdout + run.stderr for run in runs)


def run(sandbox, name):
    """Tests one document on a server of its own. Returns whether it holds."""
    began = time.monotonic()
    with subprocess.Popen([sandbox, "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        try:
            holds, output = test(name, server.stdout.readline().strip())
        finally:
            server.terminate()
    if not holds:
        print(output)
    print(f"{name}: {'ok' if holds else 'FAILED'}, {time.monotonic() - began:.0f} s", flush=True)
    return holds


def main():
    sandbox, names = sys.argv[1], sys.argv[2:] or list(DOCUMENTS)
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(lambda name: run(sandbox, name), names))
    if not all(results):
        sys.exit("the sandbox differs from its documents")


if __name__ == "__main__":
    main()
