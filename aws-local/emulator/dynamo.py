"""DynamoDB, one request at a time.

moto's server has a thread for each request and no lock around its tables: of two conditional writes at the
same moment both may be let through, and a transaction is not atomic. AWS promises both.
"""

import threading

import wsgi


class OneAtATime:
    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        if not wsgi.target(environ).startswith("DynamoDB_"):
            return self.app(environ, start_response)
        with self.lock:
            return list(self.app(environ, start_response))
