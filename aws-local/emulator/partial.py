"""Batches that are only partly processed, as AWS does when it is busy, and lists that lack new items.

 - SendMessageBatch: the first entries are returned under `Failed`, as a fault of SQS
 - BatchGetItem: the first keys are returned under `UnprocessedKeys`
 - GetParametersByPath: the first parameters are not in the list
"""

import io
import json

import wsgi


def answer(app, environ, start_response, part):
    asked = json.loads(wsgi.body(environ))
    if "Path" in asked:
        told = json.loads(b"".join(app(replaced(environ, asked), lambda *_: None)))
        return wsgi.answer(start_response, "200 OK", {**told, "Parameters": told["Parameters"][part:]})
    split = split_messages if "Entries" in asked else split_keys
    rest, add = split(asked, part)
    if rest is None:
        told = {}
    else:
        told = json.loads(b"".join(app(replaced(environ, rest), lambda *_: None)))
    return wsgi.answer(start_response, "200 OK", add(told))


def replaced(environ, value):
    text = json.dumps(value).encode()
    return {**environ, "wsgi.input": io.BytesIO(text), "CONTENT_LENGTH": str(len(text))}


def split_messages(asked, part):
    entries = asked["Entries"]
    failed = [
        {"Id": it["Id"], "SenderFault": False, "Code": "InternalError", "Message": "on demand"}
        for it in entries[:part]
    ]

    def add(told):
        return {"Successful": [], **told, "Failed": failed + told.get("Failed", [])}

    rest = {**asked, "Entries": entries[part:]}
    return rest if entries[part:] else None, add


def split_keys(asked, part):
    ((table, wanted),) = asked["RequestItems"].items()
    keys = wanted["Keys"]

    def add(told):
        left = {table: {**wanted, "Keys": keys[:part]}}
        return {"Responses": {}, **told, "UnprocessedKeys": left}

    rest = {**asked, "RequestItems": {table: {**wanted, "Keys": keys[part:]}}}
    return rest if keys[part:] else None, add
