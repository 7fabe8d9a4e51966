#!/usr/bin/env python3
# Parses ADX with Python's own XML parser and checks the structure of IHE ADX.
# SPDX-License-Identifier: Apache-2.0
"""check_adx.py FILE: prints the values as JSON, sorted; exit status 1 and a reason when the file is wrong."""
import json
import re
import sys
import xml.etree.ElementTree as tree
from datetime import datetime

ADX = "{urn:ihe:qrph:adx:2015}"
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == ADX + "adx", root.tag
assert datetime.fromisoformat(root.attrib["exported"]).tzinfo is not None
values, places = [], set()
for group in root:
    assert group.tag == ADX + "group", group.tag
    assert {"orgUnit", "dataSet", "period"} <= group.attrib.keys(), group.attrib
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}/P(1M|3M|1Y)", group.attrib["period"]), group.attrib
    place = (group.attrib["orgUnit"], group.attrib["dataSet"], group.attrib["period"])
    assert place not in places, f"two groups of {place}"
    places.add(place)
    assert len(group) > 0 and not (group.text or "").strip()
    for value in group:
        assert value.tag == ADX + "dataValue" and len(value) == 0, value.tag
        values.append([group.attrib["orgUnit"], dict(value.attrib)])
print(json.dumps(sorted(values, key=json.dumps), sort_keys=True))
