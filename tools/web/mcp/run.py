#!/usr/bin/env python3
"""Calls `bridge mcp` with the official Python client, in both of its modes, beside a bridge on the sandbox.

    tools/web/mcp/run.py BRIDGE
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mcp import Client, StdioServerParameters, stdio_client

BRIDGE = str(Path(sys.argv[1]).resolve())
READS = {
    "get_status", "list_people", "explain", "list_projects", "list_contracts", "get_budget", "list_deliveries",
    "list_dead_letters", "query_audit", "run_check", "plan_reconcile", "search_docs",
}
WRITES = {
    "apply_reconcile", "redrive_dead_letters", "drop_dead_letters", "retry_person", "link_project", "unlink_project",
}
# The list of tools is part of each conversation, so it is limited to 6,000 tokens of about four characters.
MOST_CHARACTERS = 24_000


def start(folder, env, *args):
    return subprocess.Popen([BRIDGE, *args], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def sandbox(folder):
    process = start(folder, {}, "sandbox", "--listen", "127.0.0.1:0", "--json")
    banner = json.loads(process.stdout.readline())
    env = dict(line.split("=", 1) for line in Path(folder, "sandbox.env").read_text().splitlines())
    env |= {"OPENTRAIN_PARTNER_TOKEN": banner["partnerToken"], "BRIDGE_LISTEN": "127.0.0.1:0",
            "OPENTRAIN_WEBHOOK_SECRET": "whsec_of_a_test"}
    return process, banner, env


def wait_for(path):
    deadline = time.monotonic() + 30
    while not Path(path).exists():
        assert time.monotonic() < deadline, f"{path} is missing"
        time.sleep(0.05)


async def converse(folder, env, banner, mode, writes):
    args = ["mcp", *(["--allow-writes"] if writes else [])]
    server = StdioServerParameters(command=BRIDGE, args=args, env=env, cwd=folder)
    async with Client(stdio_client(server), mode=mode) as client:
        print(mode, client.protocol_version, client.server_info.name)
        listed = await client.list_tools()
        tools = {tool.name: tool for tool in listed.tools}
        assert set(tools) == READS | (WRITES if writes else set()), sorted(tools)
        size = len(listed.model_dump_json(by_alias=True, exclude_none=True))
        assert size < MOST_CHARACTERS, f"the list of tools has {size} characters"
        for tool in tools.values():
            hints = tool.annotations
            all_hints = (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
            assert None not in all_hints, tool.name
            assert hints.read_only_hint == (tool.name in READS), tool.name
        status = await client.call_tool("get_status", {})
        assert not status.is_error and status.structured_content["schemaVersion"] == 1, status
        assert json.loads(status.content[0].text) == status.structured_content
        plan = await client.call_tool("plan_reconcile", {})
        assert plan.structured_content["planId"].startswith("plan_"), plan
        checked = await client.call_tool("run_check", {"only": ["tool"]})
        assert checked.structured_content["findings"], checked
        found = await client.call_tool("search_docs", {"query": "rotate webhook secret"})
        assert found.structured_content["sections"], found
        wrong = await client.call_tool("list_people", {"nonsense": 1})
        assert wrong.is_error and "cursor" in wrong.content[0].text, wrong
        unknown = await client.call_tool("explain", {"id": "usr_unknown"})
        assert unknown.is_error and "bridge status" in unknown.content[0].text, unknown
        if writes:
            arguments = {"jobId": banner["jobId"], "projectId": banner["projectId"]}
            dry = await client.call_tool("link_project", arguments)
            assert dry.structured_content["dryRun"] is True, dry
            applied = await client.call_tool("apply_reconcile", {"planId": plan.structured_content["planId"]})
            assert not applied.is_error, applied


def main():
    with tempfile.TemporaryDirectory() as folder:
        process, banner, env = sandbox(folder)
        server = start(folder, env, "serve")
        try:
            wait_for(Path(folder, "bridge.db"))
            for mode in ("auto", "legacy"):
                for writes in (False, True):
                    asyncio.run(converse(folder, env, banner, mode, writes))
        finally:
            for child in (server, process):
                child.terminate()
                child.wait()


main()
