"""Secrets Manager, one request at a time, and no secret larger than AWS takes.

moto checks where a staging label is and then moves it, without a lock: of two moves at the same moment both may
be let through. And it takes secrets of any size.
"""

import json
import threading

import wsgi

LARGEST = 65536


class Secrets:
    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        if not wsgi.target(environ).startswith("secretsmanager."):
            return self.app(environ, start_response)
        with self.lock:
            text = json.loads(wsgi.body(environ) or b"{}").get("SecretString") or ""
            if len(text.encode()) > LARGEST:
                message = "Value at 'secretString' failed to satisfy constraint: at most 65536 bytes"
                return wsgi.error(start_response, 400, "ValidationException", message)
            return list(self.app(environ, start_response))
