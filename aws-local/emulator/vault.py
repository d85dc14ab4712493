"""Secrets Manager: one request at a time, working moves of a label, and the size limit of AWS.

 - moto reads where a staging label is and then moves it, without a lock: two moves at the same time may both succeed
 - it stores the id of the current version beside the labels, and does not update it when AWSCURRENT is moved
 - it accepts secrets of any size
"""

import base64
import json
import threading

from moto.secretsmanager.models import SecretsManagerBackend

import wsgi

LARGEST = 65536


class Vault:
    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        if not wsgi.target(environ).startswith("secretsmanager."):
            return self.app(environ, start_response)
        with self.lock:
            asked = json.loads(wsgi.body(environ) or b"{}")
            text = (asked.get("SecretString") or "").encode()
            if max(len(text), len(base64.b64decode(asked.get("SecretBinary") or ""))) > LARGEST:
                message = "Value failed to satisfy constraint: at most 65536 bytes"
                return wsgi.error(start_response, 400, "ValidationException", message)
            return list(self.app(environ, start_response))


def mend():
    """Makes reads return the version to which AWSCURRENT was moved."""
    move = SecretsManagerBackend.update_secret_version_stage

    def update_secret_version_stage(
        backend, secret_id, version_stage, remove_from_version_id, move_to_version_id
    ):
        moved = move(
            backend,
            secret_id=secret_id,
            version_stage=version_stage,
            remove_from_version_id=remove_from_version_id,
            move_to_version_id=move_to_version_id,
        )
        if version_stage == "AWSCURRENT":
            backend.secrets[secret_id].set_default_version_id(move_to_version_id)
        return moved

    SecretsManagerBackend.update_secret_version_stage = update_secret_version_stage
