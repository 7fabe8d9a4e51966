#!/usr/bin/env python3
# Reads a workbook with openpyxl and prints its cells.
# SPDX-License-Identifier: Apache-2.0
"""read_workbook.py FILE: prints {sheet: {cell: value}} as JSON; a formula is an error."""
import json
import sys

import openpyxl

with open(sys.argv[1], "rb") as file:
    book = openpyxl.load_workbook(file)
sheets = {}
for page in book.worksheets:
    cells = {cell.coordinate: cell for row in page.iter_rows() for cell in row if cell.value is not None}
    assert all(cell.data_type != "f" for cell in cells.values()), page.title
    sheets[page.title] = {name: cell.value for name, cell in cells.items()}
print(json.dumps(sheets))
