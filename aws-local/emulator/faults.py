"""Injected faults.

`PUT /_faults` takes a list of {"target", "error": {"status", "code"}, "delay_ms", "lose", "part", "times"}:

 - `target`: the operation, or the start of its name: `AmazonSQS.` means all of SQS
 - `error`: the request gets this error and is not carried out
 - `delay_ms`: the request is carried out after this delay
 - `lose`: the request is carried out, but gets a server error, as if the answer had been lost
 - `part`: this many items of a batch are not processed, and the answer names them; of a list, they are left out
 - `times`: the number of requests; all requests if omitted

The list replaces the previous one; an empty list removes all faults. `GET /_faults` returns the number of requests of
each operation.
"""

import collections
import json
import threading
import time

import partial
import wsgi

PATH = "/_faults"


class Faults:
    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()
        self.faults = []
        self.seen = collections.Counter()

    def __call__(self, environ, start_response):
        if environ.get("PATH_INFO") == PATH:
            return self.control(environ, start_response)
        fault = self.next(wsgi.target(environ))
        if fault is None:
            return self.app(environ, start_response)
        time.sleep(fault.get("delay_ms", 0) / 1000)
        if "error" in fault:
            wsgi.body(environ)
            told = fault["error"]
            return wsgi.error(start_response, told["status"], told["code"], "a fault on demand")
        if fault.get("lose"):
            list(self.app(environ, lambda *_: None))
            return wsgi.error(start_response, 500, "InternalServerError", "the answer was lost")
        if fault.get("part"):
            return partial.answer(self.app, environ, start_response, fault["part"])
        return self.app(environ, start_response)

    def control(self, environ, start_response):
        with self.lock:
            if environ["REQUEST_METHOD"] == "PUT":
                self.faults = json.loads(wsgi.body(environ))
            return wsgi.answer(start_response, "200 OK", dict(self.seen))

    def next(self, target):
        with self.lock:
            self.seen[target] += 1
            for fault in self.faults:
                if target.startswith(fault["target"]) and fault.get("times") != 0:
                    if fault.get("times") is not None:
                        fault["times"] -= 1
                    return fault
        return None
