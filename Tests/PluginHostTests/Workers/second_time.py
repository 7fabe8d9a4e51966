#!/usr/bin/env python3
# Says a line that nobody asked for after its first batch.
# SPDX-License-Identifier: Apache-2.0
import sys

import wire


def answer(record):
    return {"effects": [{"put": {"aksi": "baik"}}], "contributions": []}


original = wire.send


def send(message):
    original(message)
    if "end" in message:
        original({"end": message["end"] + 1})


wire.send = send
wire.serve(["kebun.catatan"], answer)
