#!/usr/bin/env python3
# Compares `posyanductl growth` with the Python package pygrowup2 on random children and explains every difference.
# SPDX-License-Identifier: Apache-2.0
"""Run by hand: pip install pygrowup2==1.0.0; compare_with_pygrowup.py POSYANDUCTL TABLES [ROWS] [SEED]

pygrowup computes in 28 decimal digits and shares no line with us, nor the reading of the tables. It differs on purpose in:
  - beyond 3: it looks at the score rounded to two decimals, WHO and we at the unrounded one. Between 3 and 3.005 it gives
    3.00 where WHO goes on in steps of the outermost deviation; both round alike but for 0.01;
  - ties: it rounds half to even, we half away from zero;
  - length and height: it has no interpolation between two millimetres, so lengths here have one decimal; its correction for
    posture turns at day 730 and knows no nine months, so it is given the corrected length;
  - ages: it scores until day 1856; the rows here end at day 1826.
Every difference that is none of these is an error, and the exit status is 1.
"""
import csv
import random
import subprocess
import sys
import tempfile
from decimal import Decimal

from pygrowup.pygrowup import Observation

program, tables = sys.argv[1:3]
count = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
generator = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 20261122)


def child(number):
    sex = generator.choice("LP")
    day = generator.choice([generator.randint(0, 1826), generator.choice([0, 90, 91, 273, 274, 730, 731, 1826])])
    months = day / 30.4375
    height = (50 + 2.9 * min(months, 6) + 1.3 * min(max(months - 6, 0), 18) + 0.75 * max(months - 24, 0)) * generator.gauss(1, 0.06)
    weight = 3.3 + 0.75 * min(months, 6) + 0.3 * min(max(months - 6, 0), 18) + 0.19 * max(months - 24, 0)
    weight *= generator.gauss(1, 0.18) if generator.random() < 0.8 else generator.uniform(0.3, 2.5)
    return {
        "id": number, "sex": sex, "age_days": day, "weight_kg": f"{max(weight, 0.6):.{generator.choice([1, 2, 3])}f}",
        "height_cm": f"{max(height, 38):.1f}", "measure": generator.choice(["l", "h", ""]),
        "head_cm": f"{(34 + 12 * min(months, 12) / 12 + 4 * max(months - 12, 0) / 48) * generator.gauss(1, 0.06):.1f}",
        "muac_cm": f"{15 * generator.gauss(1, 0.15):.1f}",
    }


def exact(observation, table, value, t):
    """pygrowup's score, and the one that decides on the unrounded value."""
    lms = observation._get_box_cox_variables(table, observation.sex, t)
    rounded = observation.get_z_score(table, observation.sex, value, t)
    first = ((value / lms["m"]) ** lms["l"] - 1) / (lms["s"] * lms["l"])
    if table in ("lfa", "hcfa") or abs(first) <= 3:
        return rounded, first
    k = 1 if first > 3 else -1
    sd = [lms["m"] * (1 + lms["l"] * lms["s"] * k * n) ** (1 / lms["l"]) for n in (2, 3)]
    return rounded, k * (3 + (k * (value - sd[1])) / (k * (sd[1] - sd[0])))


rows = [child(number) for number in range(count)]
with tempfile.TemporaryDirectory() as folder:
    with open(f"{folder}/in.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    command = [program, "growth", "--csv", f"{folder}/in.csv", "--out", f"{folder}/out.csv", "--tables", tables]
    subprocess.run(command, check=True)
    with open(f"{folder}/out.csv", newline="") as file:
        answers = list(csv.DictReader(file))

cells = missing = 0
reasons = {"beyond 3 by the rounded score": 0, "tie": 0, "ERROR": 0}
for row, answer in zip(rows, answers, strict=True):
    # Its initialiser takes day 0 for no age.
    observation = Observation.__new__(Observation)
    observation.sex, observation.t = ("male" if row["sex"] == "L" else "female"), row["age_days"]
    day, measure, length = row["age_days"], row["measure"], Decimal(row["height_cm"])
    if measure == "h" and day < 731 and day > 273:
        length += Decimal("0.7")
    if measure == "l" and day >= 731:
        length -= Decimal("0.7")
    assert Decimal(answer["clenhei"]) == length, row
    lying = day < 731
    weight, bmi = Decimal(row["weight_kg"]), Decimal(row["weight_kg"]) / (length / 100) ** 2
    asked = [("bbu", "wfa", weight, day), ("tbu", "lfa", length, day), ("imtu", "bmifa", bmi, day), ("lku", "hcfa", Decimal(row["head_cm"]), day)]
    if day >= 91:
        asked.append(("lilau", "acfa", Decimal(row["muac_cm"]), day))
    else:
        assert answer["lilau"] == ""
    if (45 <= length <= 110) if lying else (65 <= length <= 120):
        asked.append(("bbtb", "wfl" if lying else "wfh", weight, length))
    else:
        missing += 1
        assert answer["bbtb"] == "", row
    for name, table, value, t in asked:
        cells += 1
        rounded, unrounded = exact(observation, table, value, t)
        ours = Decimal(answer[name])
        if ours == rounded:
            continue
        tie = abs(abs(unrounded * 100) % 1 - Decimal("0.5")) < Decimal("1e-8")
        if tie and abs(ours - rounded) <= Decimal("0.01"):
            reasons["tie"] += 1
        elif ours == unrounded.quantize(Decimal("0.01")) and abs(abs(unrounded) - 3) < Decimal("0.02"):
            reasons["beyond 3 by the rounded score"] += 1
        else:
            reasons["ERROR"] += 1
            print(name, row, answer[name], rounded, unrounded)
print(f"{count} rows, {cells} scores compared, {missing} lengths outside the tables, differences: {reasons}")
sys.exit(1 if reasons["ERROR"] else 0)
