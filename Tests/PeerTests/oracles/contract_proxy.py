# Stands between a client and an endpoint and holds every request and every answer against docs/sipd-rekap.openapi.yaml, with openapi-core.
# SPDX-License-Identifier: Apache-2.0
"""contract_proxy.py SPECIFICATION HOST:PORT REPORT

Prints its port. Each exchange is a JSON line of REPORT: method, path, status, what is wrong with the request, what with the answer.
A room of the stand-in (/~NAME) is no part of the contract's paths.
"""
import http.client
import http.server
import json
import re
import sys
import threading
import urllib.parse

import openapi_spec_validator
import yaml
from jsonschema_path import SchemaPath
from openapi_core import V31RequestValidator, V31ResponseValidator
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

SPECIFICATION, UPSTREAM, REPORT = sys.argv[1:4]
with open(SPECIFICATION) as file:
    document = yaml.safe_load(file)
openapi_spec_validator.validate(document)
contract = SchemaPath.from_dict(document)
bodies = {"application/problem+json": lambda body, **_: json.loads(body)}
requests = V31RequestValidator(contract, extra_media_type_deserializers=bodies)
answers = V31ResponseValidator(contract, extra_media_type_deserializers=bodies)
lock = threading.Lock()


class Seen:
    """A request as it was on the wire, in the shape that openapi-core reads."""

    def __init__(self, method, target, headers, body):
        place = urllib.parse.urlsplit(target)
        self.host_url = document["servers"][0]["url"]
        self.path = re.sub(r"^/~[a-z0-9-]+", "", place.path)
        self.method = method.lower()
        self.body = body
        self.content_type = headers.get("Content-Type", "")
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(urllib.parse.parse_qsl(place.query)), header=headers, cookie=ImmutableMultiDict()
        )


class Answered:
    def __init__(self, status, headers, body):
        self.status_code = status
        self.headers = headers
        self.content_type = headers.get("Content-Type", "")
        self.data = body


def words(errors):
    """The errors with their causes: of a schema, place and message."""
    found = []
    for error in errors:
        causes = getattr(error.__cause__, "schema_errors", None) or getattr(error, "schema_errors", None)
        if causes:
            found += ["/".join(map(str, cause.absolute_path)) + ": " + cause.message[:300] for cause in causes]
        else:
            found.append(f"{type(error).__name__}: {error} {error.__cause__ or ''}"[:300])
    return found


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def exchange(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream = http.client.HTTPConnection(UPSTREAM, timeout=600)
        passed = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        upstream.request(self.command, self.path, body if body or self.command in ("PUT", "POST") else None, passed)
        reply = upstream.getresponse()
        content = reply.read()
        upstream.close()
        seen = Seen(self.command, self.path, Headers(list(self.headers.items())), body)
        answered = Answered(reply.status, Headers(reply.getheaders()), content)
        line = {
            "method": self.command,
            "path": seen.path,
            "status": reply.status,
            "request": words(requests.iter_errors(seen)),
            "answer": words(answers.iter_errors(seen, answered)),
        }
        with lock, open(REPORT, "a") as report:
            report.write(json.dumps(line) + "\n")
        self.send_response_only(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding", "keep-alive"):
                self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = exchange

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
open(REPORT, "w").close()
print(server.server_address[1], flush=True)
server.serve_forever()
