// Answers of the daemon, fixed.
// SPDX-License-Identifier: Apache-2.0

enum Answers {
    static let status = """
        {"version":"0.1.0","role":"hub","kabupaten":"33.25","ready":true,"reasons":[],
         "log":{"lag":120,"oldest_seconds":3,"waiting_uploads":0},"spool":{"early":2,"fork":1,"revoked":0},
         "apply":{"entries":5000,"applied":4980,"rejected":12,"held":5,"dead":3,"failures":1,"trouble":null},
         "summaries":{"cells":812,"dirty":4,"failures":0,"trouble":null},
         "sectors":{"ready":6,"total":6,"disabled":0},
         "destinations":[{"name":"sipd","paused":null,"open":2,"acknowledged":38},
                         {"name":"provinsi","paused":"libur (admin)","open":40,"acknowledged":0}],
         "database":{"durable":true},"memory":{"rss_bytes":45290000,"peak_rss_bytes":80100000},
         "started":"2026-11-03T08:15:00+07:00"}
        """

    static let log = """
        {"consumers":[{"consumer":"apply","shard":0,"lag":0,"oldest_seconds":null,"paused":null},
                      {"consumer":"apply","shard":11,"lag":1200,"oldest_seconds":3725,"paused":"pindah server (root)"}]}
        """

    static let dead = """
        {"letters":[{"shard":3,"pos":41,"source":"0190a0de-0000-7000-8000-000000000001","epoch":1,"seq":7,"state":"dead",
          "reason":"worker","waits_for":null,"detail":"signal 4 (kesehatan 1.0.0)","tries":3,
          "at":"2026-11-03T08:15:00+07:00","resolved_by":"root","resolved_why":"duplikat","resolution":"dropped"},
          {"shard":12,"pos":100041,"source":"0190a0de-0000-7000-8000-000000000002","epoch":2,"seq":1007,"state":"dead",
          "reason":"answer","waits_for":"sector:sosial","detail":null,"tries":1,"at":"2026-11-04T08:15:00+07:00",
          "resolved_by":null,"resolved_why":null,"resolution":null}]}
        """

    static let letter = """
        {"shard":3,"pos":41,"source":"0190a0de-0000-7000-8000-000000000001","epoch":1,"seq":7,"state":"resolved",
         "reason":"worker","waits_for":null,"detail":"signal 4","tries":3,"at":"2026-11-03T08:15:00+07:00",
         "resolved_by":"root","resolved_why":"duplikat","resolution":"dropped","personal":true,"payload":null}
        """

    static let rejections = """
        {"rejections":[{"lineage":657,"source":"0190a0de-0000-7000-8000-000000000001","epoch":1,"seq":7,
          "type":"kesehatan.penimbangan","violations":[{"code":"berat_gram.rentang","field":"berat_gram",
          "message":{"id":"di luar rentang"}},{"code":"subjek.tanggal_lahir"}]}]}
        """

    static let sectors = """
        {"sectors":[{"id":"kesehatan","state":"ready","version":"1.0.0","scope":"canonical","form":"program",
          "digest":"00112233445566778899aabbccddeeff","reason":null,"repair":null,"confined":true,"pid":4711,"restarts":2,
          "held":0,"oldest_held_seconds":null,"rss_bytes":9100000,"peak_rss_bytes":9300000},
          {"id":"lingkungan","state":"refused","version":null,"scope":null,"form":null,"digest":null,
          "reason":"sector.json is writable by group","repair":"chmod g-w sector.json","confined":false,"pid":null,
          "restarts":0,"held":17,"oldest_held_seconds":90000,"rss_bytes":null,"peak_rss_bytes":null}]}
        """

    static let summaries = """
        {"snapshots":[{"kabupaten":"33.25","period":"2026-10","revision":1,"cutoff":"2026-11-05T00:00:00+07:00",
          "created":"2026-11-05T00:00:02+07:00","digest":"aa112233445566778899aabbccddeeff","bytes":181000},
          {"kabupaten":"33.25","period":"2026-10","revision":2,"cutoff":"2026-11-09T00:00:00+07:00",
          "created":"2026-11-09T00:00:02+07:00","digest":"bb112233445566778899aabbccddeeff","bytes":181003}],"dirty":7}
        """

    static let closed = """
        {"period":"2026-11","revision":1,"new":true,"digest":"aa112233445566778899aabbccddeeff","documents":[
          {"destination":"sipd","kind":"spm-posyandu","revision":1,"digest":"cc112233445566778899aabbccddeeff","bytes":9000},
          {"destination":"sipd","kind":"kader","revision":12,"digest":"dd112233445566778899aabbccddeeff","bytes":812}],
         "unchanged":2}
        """

    static let snapshot = """
        {"schema":"posyandud.snapshot/1","revision":2,"cutoff":0,"created":0,"kabupaten":"33.25","period":"2026-11",
         "start":"2026-11-01","end":"2026-11-30","region_version":"300.2.2-2138/2025","utc_offset_seconds":25200,
         "registered":1236,"reported":1230,"figures":[
          ["kesehatan","kesehatan.ditimbang","distinct","anak","33.25","41022",null,"final"],
          ["kesehatan","kesehatan.naik_persen","ratio","persen","33.25.01","1200","2000","provisional"],
          ["sosial","sosial.aduan","count","aduan","33.25.02",null,null,"no_data"]],"registry":[],"cases":[]}
        """

    static let figures = """
        {"period":"2026-11","figures":[
          {"sector":"kesehatan","indicator":"kesehatan.ditimbang","kind":"distinct","area":"33.25","value":"41022","from_paper":3},
          {"sector":"kesehatan","indicator":"kesehatan.ditimbang","kind":"distinct","area":"33.25.01","value":"812","from_paper":0},
          {"sector":"sosial","indicator":"sosial.aduan","kind":"count","area":"33.25.01","value":"6.50","from_paper":0}]}
        """

    static let registers = """
        {"registers":[
          {"sector":"kesehatan","name":"sip_7","title":"SIP 7: Data hasil kegiatan","kind":"recap","columns":56,"lists":[]},
          {"sector":"kesehatan","name":"keluhan","title":"Register keluhan","kind":"records","columns":9,"lists":[]}]}
        """

    static let register = """
        {"sector":"kesehatan","register":"sip_7","title":"SIP 7: Data hasil kegiatan",
         "head":[{"label":"Posyandu","value":"Melati"},{"label":"Tahun","value":"2026"}],
         "columns":[{"heading":["No"],"note":null},{"heading":["Bulan"],"note":null},
          {"heading":["Ditimbang (D)","L"],"note":null},{"heading":["Ditimbang (D)","P"],"note":"belum dicatat"}],
         "rows":[{"origin":"records","cells":[1,"Januari",12,0]},{"origin":"none","cells":[2,"Februari",null,null]}],
         "total":{"origin":"none","cells":[null,"JUMLAH",12,0]},"notes":["Kolom 4: belum dicatat."]}
        """

    static let counts = """
        {"records":[{"area":"33.25.01","type":"kesehatan.penimbangan","records":812}],
         "residents":[{"area":"33.25.01","residents":12000}],
         "cases":[{"area":"33.25.01","sector":"sosial","state":"baru","cases":4}],"posyandu":1236}
        """

    static let trace = """
        {"records":[{"record":"0190a0de-0000-7000-8000-00000000000a","type":"kesehatan.penimbangan",
          "posyandu":"0190a0de-0000-7000-8000-00000000000b","date":"2026-11-03","value":"1",
          "subject":"0190a0de-0000-7000-8000-00000000000c","shard":3,"pos":41,"origin":"records"},
          {"record":"0190a0de-0000-7000-8000-00000000000d","type":"kesehatan.penimbangan",
          "posyandu":"0190a0de-0000-7000-8000-00000000000b","date":"2026-11-03","value":"12.5","subject":null,
          "shard":12,"pos":10041,"origin":"paper, ignored"}]}
        """

    static let push = """
        {"destinations":[{"name":"sipd","kind":"sipd-rekap","paused":null,"breaker_failures":2,"remedy":null,
          "counts":{"planned":1,"sending":1,"pending":2,"acknowledged":38,"superseded":4,"rejected":1,"held":1}},
          {"name":"dhis2","kind":"dhis2-dvs","paused":"curl-60","breaker_failures":0,"counts":{"planned":2},
           "remedy":"The certificate is not the one we trust. Correct ca_file, then posyanductl destination resume dhis2."}],
         "documents":[{"id":41,"destination":"sipd","kodepemda":"33.25.01","period":"2026-11","kind":"spm-posyandu",
          "revision":2,"digest":"cc112233445566778899aabbccddeeff","bytes":9000,"mapping_version":"1",
          "created":"2026-11-05T00:00:02+07:00","changed":"2026-11-05T00:00:09+07:00","state":"rejected","attempts":3,
          "reason":"KODE_TIDAK_DIKENAL"}]}
        """

    static let document = """
        {"id":41,"destination":"sipd","kodepemda":"33.25","period":"2026-11","kind":"kader","revision":2,
         "digest":"cc112233445566778899aabbccddeeff","bytes":9000,"mapping_version":"1",
         "created":"2026-11-05T00:00:02+07:00","changed":"2026-11-05T00:00:09+07:00","state":"acknowledged","attempts":1,
         "reason":null,"body":"{}","tries":[{"act":"put","started":"2026-11-05T00:00:03+07:00",
          "finished":"2026-11-05T00:00:04+07:00","curl_code":null,"status":202,"outcome":"accepted","code":"DIPROSES",
          "detail":null,"reply":"{}"}],
         "receipts":[{"kind":"read-back","at":"2026-11-05T00:00:09+07:00","code":null,"transaction":"t-1",
          "remote_revision":2,"remote_digest":"cc112233445566778899aabbccddeeff","proof":null}]}
        """

    static let partialDocument = """
        {"id":42,"destination":"sipd","kodepemda":"33.25","period":"2026-11","kind":"spm-posyandu","revision":1,
         "digest":"cc112233445566778899aabbccddeeff","bytes":9000,"mapping_version":"1",
         "created":"2026-11-05T00:00:02+07:00","changed":"2026-11-05T00:00:09+07:00","state":"partial","attempts":1,
         "reason":"partial","next":null,"paused":null,"remedy":"Some rows were refused: posyanductl push show 42 names them.",
         "body":"{}","tries":[],
         "receipts":[{"kind":"announced","at":"2026-11-05T00:00:09+07:00","code":"partial","transaction":"t-1",
          "saved":3,"changed":0,"same":0,"refused":1,"remote_revision":null,"remote_digest":null,"proof":null,
          "errors":[{"index":3,"pointer":"/data/3/wilayah","code":"E-WILAYAH","message":"tidak dikenal"}]}]}
        """

    static let triedOut = """
        {"destination":"dhis2","kind":"dhis2-dvs","period":"2026-11","snapshot_revision":2,"mapping_version":"1",
         "by_hand":false,"can_check":true,"can_read_back":true,"figures":4120,"local":16,"skipped":4000,"suppressed":12,
         "complementary":5,"without_data":7,"unmapped":["kesehatan.k","kesehatan.s"],"unmapped_policy":"skip","unused":["kesehatan.dd"],
         "refusal":null,"documents":[{"kind":"data-value-set","revision":2,"bytes":8123,
          "digest":"cc112233445566778899aabbccddeeff","method":"POST","url":"https://d/api/dataValueSets?importStrategy=x",
          "headers":[{"name":"Accept","value":"application/json"},{"name":"Authorization","value":"ApiToken ‹redacted›"}]}],
         "answers":[{"act":"check","kind":"data-value-set","outcome":"REJECTED","code":"import-error","detail":"1 conflict",
          "curl_code":0,"status":409,"errors":[{"index":3,"pointer":"dataElement","code":"E7610","message":"not found"}]},
          {"act":"read_back","kind":"data-value-set","outcome":"ABSENT","code":"absent","detail":"","curl_code":0,
           "status":200,"errors":[]}]}
        """

    static let replay = """
        {"entries":225000,"identical":false,"snapshots":[
          {"period":"2026-10","revision":2,"identical":true,"digest":"aa112233445566778899","replayed_digest":"aa112233445566778899"},
          {"period":"2026-11","revision":1,"identical":false,"digest":"bb112233445566778899","replayed_digest":"cc112233445566778899"}]}
        """

    static let balanced = """
        {"balanced":true,"total":{"received":1000,"duplicate":40,"conflict":0,"refused":1,"applied":940,"rejected":12,
          "held":5,"dead":2,"waiting":0,"difference":0},"unbalanced":[]}
        """

    static let unbalanced = """
        {"balanced":false,"total":{"received":1000,"duplicate":40,"conflict":0,"refused":1,"applied":938,"rejected":12,
          "held":5,"dead":2,"waiting":0,"difference":2},
         "unbalanced":[{"source":"0190a0de-0000-7000-8000-000000000001","counts":{"received":10,"duplicate":0,"conflict":0,
          "refused":0,"applied":8,"rejected":0,"held":0,"dead":0,"waiting":0,"difference":2}}]}
        """

    static let importReport = """
        {"kind":"cadres","mode":"skip-bad","rows":3,"inserted":1,"updated":0,"unchanged":1,"rejected":1,"committed":true,
         "complaints":[{"line":3,"column":"tanggal_lahir","code":"birth_date_future","message":"The date is in the future.",
          "fix":"Write the date of birth."},{"line":4,"column":null,"code":"columns","message":"The line has 3 cells.",
          "fix":"Write 5."}],
         "warnings":[{"line":2,"column":"nama","code":"name_short","message":"The name is short.","fix":"Look."}],
         "warning_count":8,"rejects":"baris_asal,alasan\\n3,x\\n","summary":"3 rows: 1 new. Kept."}
        """

    static let tally = """
        {"batches":12,"taken":4800,"duplicates":20,"rejected":3,"waiting":1,"refused":{},"damaged":[],"clean":true}
        """

    static let damagedTally = """
        {"batches":3,"taken":0,"duplicates":0,"rejected":0,"waiting":0,"refused":{"gap":2,"signature":1},
         "damaged":[{"offset":812,"code":"header"}],"clean":false}
        """
}
