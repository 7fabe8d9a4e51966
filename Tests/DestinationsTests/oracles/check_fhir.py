#!/usr/bin/env python3
# Parses MeasureReports with fhir.resources (R4B) and checks what IHE mADX asks of them.
# SPDX-License-Identifier: Apache-2.0
"""check_fhir.py FILE...: prints `N reports`; exit status 1 and a reason when one is wrong."""
import json
import sys

from fhir.resources.R4B.measurereport import MeasureReport
from pydantic import ValidationError


def check(path):
    with open(path, "rb") as file:
        raw = file.read()
    report = MeasureReport.model_validate_json(raw)
    assert report.type == "summary" and report.status == "complete", path
    assert report.period.start <= report.period.end, path
    assert report.subject and report.reporter and report.identifier, path
    assert len(report.id) <= 64 and report.measure, path
    assert report.group, path
    for group in report.group:
        assert group.code.coding[0].code, path
        strata = [stratum for stratifier in group.stratifier or [] for stratum in stratifier.stratum]
        for part in [group, *strata]:
            for population in part.population or []:
                assert population.code.coding[0].code and population.count >= 0, path
        for stratum in strata:
            assert stratum.value.coding[0].code, path
            assert stratum.population or stratum.measureScore, path
    # The parser can say no: without its period the same report is refused.
    broken = json.loads(raw)
    del broken["period"]
    try:
        MeasureReport.model_validate(broken)
    except ValidationError:
        return
    raise AssertionError("a report without a period was taken")


for path in sys.argv[1:]:
    check(path)
print(f"{len(sys.argv) - 1} reports")
