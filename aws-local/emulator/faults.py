"""Faults on demand.

`PUT /_faults` takes a list of {"target", "error": {"status", "code"}, "delay_ms", "lose", "part", "times"}:

 - `target`: the operation, or how its name begins: `AmazonSQS.` is all of SQS
 - `error`: it is answered, and nothing is done
 - `delay_ms`: it is done that much later
 - `lose`: it is done, and answered with an error of the server as if the answer had been lost
 - `part`: of a batch, so many items are left undone, and the answer names them
 - `times`: for so many requests; for all of them when left out

The list takes the place of the one before; an empty one mends everything. `GET /_faults` tells how many
requests each operation had.
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
