"""The clock of SQS: the machine's clock, or a fixed time that a test sets.

`PUT /_clock` takes {"ms": milliseconds since 1970}.
"""

import json
import threading
import time

from moto.sqs import models

import wsgi

PATH = "/_clock"

# Guards the queues of all tests' requests, and wakes waiting receives when a queue has changed.
changed = threading.Condition(threading.RLock())
fixed = None


def millis():
    return time.time() * 1000 if fixed is None else fixed


def is_fixed():
    return fixed is not None


class Clock:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        global fixed
        if environ.get("PATH_INFO") != PATH:
            return self.app(environ, start_response)
        with changed:
            fixed = json.loads(wsgi.body(environ))["ms"]
            changed.notify_all()
        return wsgi.answer(start_response, "200 OK", {})


def mend():
    """Makes moto's queues use this clock. A message is visible from the moment its timeout ends; moto shows it later."""
    models.Message.visible = property(lambda message: millis() >= message.visible_at)
    models.unix_time_millis = lambda *_: millis()
    models.unix_time = lambda *_: millis() / 1000
