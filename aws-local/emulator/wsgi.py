"""Helpers of the layers around moto: read a request, and answer in AWS's JSON protocols."""

import io
import json


def target(environ):
    """The operation, such as `AmazonSQS.SendMessage` or `DynamoDB_20120810.PutItem`."""
    return environ.get("HTTP_X_AMZ_TARGET", "")


def body(environ):
    """The request's body, which can be read again."""
    text = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(text)
    return text


def error(start_response, status, code, message):
    """An error as DynamoDB, SQS and Secrets Manager write it."""
    text = json.dumps({"__type": code, "message": message, "Message": message}).encode()
    headers = [
        ("Content-Type", "application/x-amz-json-1.0"),
        ("Content-Length", str(len(text))),
    ]
    start_response(f"{status} Error", headers)
    return [text]


def answer(start_response, status, value):
    """Any JSON."""
    text = json.dumps(value).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
    start_response(status, headers)
    return [text]
