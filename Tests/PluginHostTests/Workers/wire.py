# The wire in a few lines of Python, for the workers of these tests.
# SPDX-License-Identifier: Apache-2.0
import json
import sys


def send(message):
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")


def serve(types, answer, initialize=None):
    """A plain loop over the lines of stdin with a flush at `end`."""
    for line in sys.stdin:
        message = json.loads(line)
        if "initialize" in message:
            if initialize is not None:
                initialize(message["initialize"])
            send({"initialized": {"protocol": 1, "version": "1.0.0", "types": types}})
            sys.stdout.flush()
        elif "id" in message:
            reply = answer(message)
            if reply is not None:
                send({"id": message["id"], **reply})
        elif "end" in message:
            send({"end": message["end"]})
            sys.stdout.flush()
        elif "shutdown" in message:
            return
