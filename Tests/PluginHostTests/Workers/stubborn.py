#!/usr/bin/env python3
# Works, but ends neither at shutdown, nor at the end of its input, nor at SIGTERM.
# SPDX-License-Identifier: Apache-2.0
import signal
import time

import wire

signal.signal(signal.SIGTERM, signal.SIG_IGN)
wire.serve(["kebun.catatan"], lambda record: {"effects": [{"put": {"aksi": "baik"}}], "contributions": []})
while True:
    time.sleep(3600)
