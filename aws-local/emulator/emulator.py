"""AWS on this machine: moto's server, corrected where a difference from AWS would affect this project.

usage: python emulator.py

It listens on a free port of loopback, prints `listening on PORT` to standard output, and ends with its standard
input, so it never outlives the program that started it.

 - `fifo`: SQS FIFO as AWS documents it
 - `clock`: a settable clock of the queues
 - `serial`: one request at a time to DynamoDB and the Parameter Store
 - `vault`: Secrets Manager, one request at a time, with its size limit
 - `roles`: rights of each function, by the template
 - `faults`: errors, slowness and lost answers on demand
"""

import os
import sys
import threading

from werkzeug.serving import make_server

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)

import clock
import faults
import fifo
import roles
import serial
import vault


class QuietHandler(MotoRequestHandler):
    """Prints no line for each request."""

    def log(self, *_):
        pass


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    clock.mend()
    fifo.mend()
    vault.mend()
    moto = DomainDispatcherApplication(create_backend_app)
    app = clock.Clock(roles.Roles(faults.Faults(vault.Vault(serial.OneAtATime(moto)))))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    threading.Thread(target=end_with_parent, daemon=True).start()
    # The socket listens already, so the reader of this line can connect.
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
