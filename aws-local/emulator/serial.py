"""DynamoDB and the Parameter Store, one request at a time.

moto's server has a thread for each request and no lock around its tables. Two conditional writes at the same time may
both succeed, a transaction is not atomic, and two writes of a parameter may become the same version. AWS excludes
all three.
"""

import threading

import wsgi

SERVICES = ("DynamoDB_", "AmazonSSM.")


class OneAtATime:
    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        if not wsgi.target(environ).startswith(SERVICES):
            return self.app(environ, start_response)
        with self.lock:
            return list(self.app(environ, start_response))
