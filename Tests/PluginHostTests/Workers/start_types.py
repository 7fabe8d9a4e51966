#!/usr/bin/env python3
# Answers other record types than its manifest declares.
# SPDX-License-Identifier: Apache-2.0
import wire

wire.serve(["kebun.lain"], lambda record: None)
