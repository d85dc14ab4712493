"""Rights of a function, by its role in the template.

`PUT /_roles` takes {key: [[action, ARN]]}, where an ARN may end in `*`. A request that was signed with one of these
access keys and lacks the right is refused, as AWS does. Requests with other keys have all rights.
"""

import fnmatch
import json
import re

import wsgi

PATH = "/_roles"

SERVICES = {
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "DynamoDB_20120810": "dynamodb",
    "secretsmanager": "secretsmanager",
}
SIGNED = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
ACCOUNT = "123456789012"


class Roles:
    def __init__(self, app):
        self.app = app
        self.roles = {}

    def __call__(self, environ, start_response):
        if environ.get("PATH_INFO") == PATH:
            self.roles = json.loads(wsgi.body(environ))
            return wsgi.answer(start_response, "200 OK", {})
        signed = SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
        # The only call of STS here reads the caller's own identity, which needs no right at AWS.
        is_free = signed is None or signed[3] == "sts"
        rights = None if is_free else self.roles.get(signed[1])
        if rights is not None:
            for wanted, resource in needed(environ, signed[2]):
                if not any(wanted == action and fnmatch.fnmatchcase(resource, arn) for action, arn in rights):
                    message = f"{signed[1]} is not authorized to perform {wanted} on {resource}"
                    return wsgi.error(start_response, 400, "AccessDeniedException", message)
        return self.app(environ, start_response)


def needed(environ, region):
    """The rights that a request needs: actions, each with the ARN of its resource."""
    prefix, operation = wsgi.target(environ).split(".")
    service = SERVICES[prefix]
    asked = json.loads(wsgi.body(environ))
    if service == "sqs":
        operation = operation.removesuffix("Batch")
    action = f"{service}:{operation}"
    return [(action, arn(service, region, name)) for name in names(service, asked)]


def names(service, asked):
    if service == "sqs":
        return [asked["QueueUrl"].rsplit("/", 1)[-1]]
    if service == "dynamodb":
        tables = asked.get("RequestItems") or {asked.get("TableName"): None}
        return [f"table/{name}" for name in tables]
    if service == "ssm":
        return ["parameter" + (asked.get("Path") or asked["Name"]).split(":")[0]]
    return [asked["SecretId"]]


def arn(service, region, name):
    return name if name.startswith("arn:") else f"arn:aws:{service}:{region}:{ACCOUNT}:{name}"
