#!/usr/bin/env python3
# Never answers initialize.
# SPDX-License-Identifier: Apache-2.0
import time

time.sleep(3600)
