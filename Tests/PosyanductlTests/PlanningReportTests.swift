// The tables of programmes, of the reporting calendar and of reminders, from fixed answers of the daemon.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import posyanductl

struct PlanningReportTests {
    private static let programmes = """
        {"year":2026,"programmes":[
          {"id":7,"year":2026,"office":"perkim","office_name":"Dinas Perkim","role":"perumahan_rakyat",
           "code":"1.04.02.2.01.0001","name":"Rehabilitasi rumah","in_force":true,"revision":2,
           "nomenclature":"900.1-2850/2025","ceiling":1250000000,"realisation":0,"realised_on":"2026-06-30",
           "recorded":"2026-07-03T09:00:00+07:00","tags":[
             {"service":26,"service_name":"Rumah korban bencana","work_item":null,"area":null,"label":"4411",
              "tagged_by":"Bappeda","tagged_on":"2026-01-15","proof":"surat 050/12","withdrawn_on":null},
             {"service":null,"service_name":null,"work_item":"perumahan_rakyat.rtlh","area":"33.25.01","label":null,
              "tagged_by":"Bappeda","tagged_on":"2026-01-15","proof":"surat, 050/12","withdrawn_on":"2026-06-30"}]},
          {"id":9,"year":2026,"office":"pmd","office_name":"Dinas PMD","role":"pmd","code":"2.13.05.2.01.0003",
           "name":"Fasilitasi\\u001b[2J posyandu","in_force":false,"revision":1,"nomenclature":"900.1-2850/2025",
           "ceiling":null,"realisation":null,"realised_on":null,"recorded":"2026-01-20T09:00:00+07:00","tags":[]}],
         "history":[{"revision":1,"nomenclature":"900.1-2850/2025","ceiling":999999999999999,"realisation":null,
           "realised_on":null,"recorded":"2026-01-20T09:00:00+07:00"}]}
        """

    private static let needs = """
        {"year":2026,"period":"2025","area":"33.25","needs":[
          {"service":27,"service_name":"Rumah relokasi","sector":"perumahan_rakyat","work_item":"perumahan_rakyat.rtlh",
           "role":"perumahan_rakyat","offices":["perkim"],"area":"33.25.01","area_name":"Wonotunggal","records":12,
           "open_cases":5,"untagged_records":12,"untagged_cases":5,"programmes":[]},
          {"service":null,"service_name":null,"sector":"pekerjaan_umum","work_item":"pekerjaan_umum.jalan",
           "role":"pekerjaan_umum","offices":[],"area":"33.25","area_name":null,"records":40,"open_cases":0,
           "untagged_records":3,"untagged_cases":0,"programmes":[7,9]}]}
        """

    private static let calendar = """
        {"today":"2026-10-20","zone":"WIB","windows":[
          {"destination":"espm","kind":"spm-posyandu","period":"2026-Q2","opens":null,"closes":"2026-07-21T00:00:00+07:00",
           "state":"buka","standing":"TERLAMBAT","closing_day":"2026-07-20","workdays_left":null,"source":"surat 1",
           "revision":1,"document":null,"data_cutoff":null,"remedy":"Too late for this way.","history":[],
           "posyandu":{"active":1236,"complete":1100,"partial":100,"missing":36}},
          {"destination":"espm","kind":"spm-posyandu","period":"2026-Q3","opens":"2026-10-01T00:00:00+07:00",
           "closes":"2026-11-01T00:00:00+07:00","state":"diperpanjang","standing":"BUKA","closing_day":"2026-10-31",
           "workdays_left":8,"source":"surat 3","revision":2,
           "document":{"id":41,"revision":1,"state":"planned","reason":null},"data_cutoff":"2026-10-19T23:59:59+07:00",
           "remedy":null,"posyandu":{"active":1236,"complete":1236,"partial":0,"missing":0},
           "history":[{"closes":"2026-10-21T00:00:00+07:00","state":"buka","source":"surat 2"}]}]}
        """

    private static let missing = """
        {"period":"2026-Q3","area":"33.25","total":{"active":5,"complete":3,"partial":1,"missing":1},"rows":[
          {"area":"33.25.01","name":"Wonotunggal","posyandu":{"active":3,"complete":2,"partial":0,"missing":1}},
          {"area":"33.25.02","name":null,"posyandu":{"active":2,"complete":1,"partial":1,"missing":0}}],
         "lacking":[{"posyandu":"0192f0c1-0000-7000-8000-00000000000a","name":"Melati, 1","village":"33.25.01.2001",
           "village_name":"Wonotunggal","months":3,"reported":0}]}
        """

    @Test func `programmes`() throws {
        let answer = try JSONParser.parse(Self.programmes)
        try expectGolden(ProgrammeList.report(answer, false), "reports/programme-list")
        try expectGolden(CSVText.text(ProgrammeList.lines(answer)), "reports/programme-list-csv")
        var one = try #require(answer["programmes"]?.array?.first?.object)
        one["history"] = answer["history"]
        try expectGolden(ProgrammeShow.report(.object(one), false), "reports/programme-show")
        #expect(ProgrammeList.report(["programmes": []], false) == "No programme.")
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1.000"), (1_250_000, "1.250.000")] {
            #expect(ProgrammeList.rupiah(JSONValue.number(JSONNumber(number))) == text)
        }
    }

    @Test func `needs`() throws {
        let answer = try JSONParser.parse(Self.needs)
        try expectGolden(ProgrammeNeeds.report(answer, false), "reports/programme-needs")
        try expectGolden(CSVText.text(ProgrammeNeeds.lines(answer)), "reports/programme-needs-csv")
        #expect(
            ProgrammeNeeds.report(["year": 2026, "period": "2025", "needs": []], false)
                == "Every need reported in 2025 has a tagged programme of 2026."
        )
    }

    @Test func `the calendar and what is missing`() throws {
        let answer = try JSONParser.parse(Self.calendar)
        try expectGolden(CalendarShow.report(answer, false), "reports/calendar")
        try expectGolden(CSVText.text(CalendarShow.lines(answer)), "reports/calendar-csv")
        let missing = try JSONParser.parse(Self.missing)
        try expectGolden(CalendarMissing.report(missing, false, lists: true), "reports/calendar-missing")
        try expectGolden(CSVText.text(CalendarMissing.lines(missing)), "reports/calendar-missing-csv")
        try expectGolden(CSVText.text(CalendarMissing.posts(missing)), "reports/calendar-missing-posyandu-csv")
    }

    @Test func `reminders stand below the tasks`() throws {
        let answer = try JSONParser.parse(
            """
            {"tasks":[],"reminders":[{"kind":"lapor","to":"posyandu","owner":"0192f0c1-0000-7000-8000-00000000000a",
              "name":"Melati","area":"33.25.01.2001","destination":"espm","period":"2026-Q3",
              "reason":"Laporan 2026-Q3: 2 bulan belum dilaporkan, sisa 5 hari kerja","raised":"2026-10-22",
              "due":"2026-10-30","workdays_left":5,"lacking":2,"state":"open"}]}
            """
        )
        try expectGolden(TaskListCommand.report(answer, false), "reports/task-reminders")
        #expect(TaskListCommand.report(["tasks": [], "reminders": []], false) == "No such task is open.")
    }
}
