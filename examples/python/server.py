"""A platform behind the members contract, in memory. Python 3.11, standard library only.

    TOOL_API_TOKEN=secret python3 server.py 8790
    TOOL_KIND=rest TOOL_BASE_URL=http://127.0.0.1:8790 TOOL_API_TOKEN=secret bridge check-tool --project streets
"""
import hmac
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import unquote, urlsplit

TOKEN = f"Bearer {os.environ['TOOL_API_TOKEN']}".encode()
# Members by trainer id. Your own platform has database tables for the members and their work.
PROJECTS = {"streets": {"name": "Street scenes", "members": {}, "notice": None}}
LOCK = Lock()

def call(method, path, body):
    project = PROJECTS.get(path[1]) if len(path) > 1 and path[0] == "projects" else None
    match method, path[2:]:
        case _, _ if project is None:
            return 404, {"error": "no such project"}
        case "GET", []:
            return 200, {"id": path[1], "name": project["name"]}
        case "PUT", ["members", trainer]:
            # The trainer id is the key, so a repeated call is the same member.
            known = project["members"].setdefault(trainer, {"memberId": f"m-{trainer}", "status": "active"})
            return 200, known
        case "GET", ["members", trainer] if known := project["members"].get(trainer):
            return 200, known
        case "DELETE", ["members", trainer] if project["members"].pop(trainer, None):
            return 204, None
        case "GET", ["usage"]:
            return 501, {"error": "work is not measured"}
        case "PUT", ["notice"]:
            project["notice"] = body["text"]
            return 204, None
        case "DELETE", ["notice"] if project["notice"]:
            project["notice"] = None
            return 204, None
    return 404, {"error": "no such member, notice or call"}

class Handler(BaseHTTPRequestHandler):
    def handle_call(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, answer = 401, {"error": "wrong token"}
        if hmac.compare_digest(self.headers.get("Authorization", "").encode(), TOKEN):
            path = [unquote(part) for part in urlsplit(self.path).path.split("/")[1:]]
            try:
                with LOCK:
                    status, answer = call(self.command, path, json.loads(body or "null"))
            except (KeyError, TypeError, ValueError):
                status, answer = 400, {"error": "not readable"}
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"" if answer is None else json.dumps(answer).encode())

    do_GET = do_PUT = do_DELETE = handle_call

if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
