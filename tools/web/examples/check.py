"""Checks the examples of the members contract with `bridge check-tool`. Run by `make test-web-examples`."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
BRIDGE = ROOT / "target/debug/bridge"
TOKEN = "example-token"
EXAMPLES = [
    [sys.executable, "examples/python/server.py"],
    ["node", "examples/typescript/server.js"],
]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, server):
    deadline = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the example did not come up: {server.args}") from None
            time.sleep(0.02)


def check(command):
    port = free_port()
    variables = os.environ | {
        "TOOL_API_TOKEN": TOKEN,
        "TOOL_KIND": "rest",
        "TOOL_BASE_URL": f"http://127.0.0.1:{port}",
    }
    server = subprocess.Popen([*command, str(port)], cwd=ROOT, env=variables, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, server)
        args = [BRIDGE, "check-tool", "--project", "streets", "--yes"]
        return subprocess.run(args, env=variables, timeout=60).returncode
    finally:
        server.terminate()
        server.wait()


failed = [command[1] for command in EXAMPLES if check(command) != 0]
sys.exit(f"rules are broken: {', '.join(failed)}" if failed else 0)
