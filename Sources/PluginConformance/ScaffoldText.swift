// The texts that a new sector begins with.
// SPDX-License-Identifier: Apache-2.0

/// Templates: `ID` is the sector's id, `TITLE` its name.
enum ScaffoldText {
    static let manifest = """
        { "$schema": "/usr/share/posyandud/sector.schema.json",
          "manifest": 1, "id": "ID", "version": "0.1.0", "protocol": 1, "form": "declarative",
          "scope": "local", "stability": "development", "name": {"id": "TITLE"},
          "records": {
            "ID.catatan": {
              "version": 1, "accepts": [1], "title": {"id": "Catatan TITLE"}, "subject": "none",
              "fields": {
                "lokasi": {"type": "text", "required": true, "maximum": 200, "label": {"id": "Lokasi (RT/RW)"}},
                "jumlah": {"type": "integer", "unit": "buah", "minimum": 0, "maximum": 10000, "label": {"id": "Jumlah"}},
                "tindakan": {"type": "choice", "choices": ["belum", "selesai"], "required": true,
                             "label": {"id": "Tindakan"}} },
              "case": {"open_when": {"tindakan": "belum"}},
              "contributions": [
                {"indicator": "ID.catatan"}, {"indicator": "ID.jumlah", "value": "jumlah"} ] } },
          "indicators": {
            "ID.catatan": {"kind": "count", "unit": "catatan", "period": "month", "label": {"id": "Catatan"}},
            "ID.jumlah": {"kind": "sum", "unit": "buah", "period": "month", "label": {"id": "Jumlah"}} },
          "workflow": {"use": "standar"},
          "routing": [{"type": "ID.catatan", "office": "ID"}] }

        """

    static let fixture = """
        {
          "$comment": "An accepted record that opens a case, and one that is settled.",
          "records": [
            {"id":"0198f000-0000-7000-8000-000000000001","type":"ID.catatan","version":1,\
        "posyandu":"0198f000-0000-7000-8000-00000000a001","date":"2026-11-03","context":{},\
        "payload":{"lokasi":"RT 02/RW 01","jumlah":3,"tindakan":"belum"}},
            {"id":"0198f000-0000-7000-8000-000000000002","type":"ID.catatan","version":1,\
        "posyandu":"0198f000-0000-7000-8000-00000000a001","date":"2026-11-10","context":{},\
        "payload":{"lokasi":"RT 03/RW 01","jumlah":1,"tindakan":"selesai"}}
          ],
          "answers": [
            {"id":"0198f000-0000-7000-8000-000000000001","effects":[{"put":{"lokasi":"RT 02/RW 01","jumlah":3,\
        "tindakan":"belum"}},{"open_case":{"reason":"belum"}}],"contributions":[{"indicator":"ID.catatan",\
        "period":"2026-11","value":1},{"indicator":"ID.jumlah","period":"2026-11","value":3}]},
            {"id":"0198f000-0000-7000-8000-000000000002","effects":[{"put":{"lokasi":"RT 03/RW 01","jumlah":1,\
        "tindakan":"selesai"}}],"contributions":[{"indicator":"ID.catatan","period":"2026-11","value":1},\
        {"indicator":"ID.jumlah","period":"2026-11","value":1}]}
          ],
          "figures": {"ID.catatan":{"2026-11":2},"ID.jumlah":{"2026-11":4}}
        }

        """

    static let rejectedFixture = """
        {
          "$comment": "A record that the manifest's own checks refuse; run with --record to see the answer written.",
          "records": [
            {"id":"0198f000-0000-7000-8000-000000000003","type":"ID.catatan","version":1,\
        "posyandu":"0198f000-0000-7000-8000-00000000a001","date":"2026-11-03","context":{},\
        "payload":{"lokasi":"RT 02/RW 01","tindakan":"mungkin"}}
          ],
          "answers": [
            {"id":"0198f000-0000-7000-8000-000000000003","violations":[{"code":"isian.pilihan","field":"tindakan",\
        "message":"Tindakan: bukan salah satu pilihan"}]}
          ],
          "figures": {}
        }

        """

    static let readme = """
        # TITLE

        What it records, for whom, who maintains it: write it here. Stability: development. A local sector: its figures
        stay in the kabupaten and are never sent as one of the six.

        Change `sector.json`, then `posyanductl sector test .`; new fixtures get their answers with `--record`.

        """

    static let python = #"""
        #!/usr/bin/env python3
        # Answers the records of this sector. Pure: no clock, no randomness, no state, no files but its own folder.
        import json
        import sys

        RULES = json.loads("""RULES_HERE""")
        PERIODS = json.loads("""PERIODS_HERE""")


        def holds(condition, payload):
            return all(payload.get(name) == value for name, value in condition.items())


        def period(kind, date):
            year, month = date[:4], int(date[5:7])
            return {"month": date[:7], "quarter": f"{year}-Q{(month + 2) // 3}", "year": year}[kind]


        def answer(record):
            rule, payload = RULES[record["type"]], record["payload"]
            kept = {name: payload[name] for name in rule["fields"] if payload.get(name) is not None}
            effects = [{"put": kept}]
            case = rule.get("case")
            if case and holds(case["open_when"], kept):
                opened = {"reason": case.get("reason", str(next(iter(case["open_when"].values()))))}
                if "priority" in case:
                    opened["priority"] = case["priority"]
                effects.append({"open_case": opened})
            contributions = []
            for wanted in rule["contributions"]:
                name = wanted["indicator"]
                value = payload.get(wanted["value"]) if "value" in wanted else 1
                if value is None or not holds(wanted.get("where", {}), payload):
                    continue
                one = {"indicator": name, "period": period(PERIODS[name], record["date"]), "value": value}
                if "subject" in record["context"]:
                    one["subject"] = record["context"]["subject"]["id"]
                contributions.append(one)
            return {"effects": effects, "contributions": contributions}


        def send(message):
            sys.stdout.write(json.dumps(message, separators=(",", ":"), ensure_ascii=False) + "\n")


        for line in sys.stdin:
            message = json.loads(line)
            if "initialize" in message:
                if 1 not in message["initialize"]["protocols"]:
                    send({"error": {"code": "protocol", "message": "this worker speaks protocol 1"}})
                    sys.exit(0)
                send({"initialized": {"protocol": 1, "version": "0.1.0", "types": list(RULES)}})
                sys.stdout.flush()
            elif "id" in message:
                send({"id": message["id"], **answer(message)})
            elif "end" in message:
                send({"end": message["end"]})
                sys.stdout.flush()
            elif "shutdown" in message:
                break

        """#
}
