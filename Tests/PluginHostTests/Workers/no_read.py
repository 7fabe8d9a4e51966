#!/usr/bin/env python3
# Answers initialize and then reads nothing more.
# SPDX-License-Identifier: Apache-2.0
import sys
import time

import wire

sys.stdin.readline()
wire.send({"initialized": {"protocol": 1, "version": "1.0.0", "types": ["kebun.catatan"]}})
sys.stdout.flush()
time.sleep(3600)
