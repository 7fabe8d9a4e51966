#!/usr/bin/env python3
# Says that it knows no common protocol.
# SPDX-License-Identifier: Apache-2.0
import sys

import wire

sys.stdin.readline()
wire.send({"error": {"code": "protocol", "message": "saya hanya tahu protokol 9"}})
