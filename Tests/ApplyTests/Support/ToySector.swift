// A small sector in this process: a deterministic handler that looks back, opens cases and can be told to misbehave.
// SPDX-License-Identifier: Apache-2.0
import PluginKit
import Synchronization
import Testing

@testable import Apply
@testable import PluginHost

/// Answers like a worker of the manifest below. What it puts depends on everything the daemon gave it, so that an answer from an
/// outdated context shows in the record.
final class ToySector: SectorAsking {
    struct Behaviour {
        var isAvailable = true
        /// Records whose payload holds this member end the worker.
        var poison: String? = "racun"
        var questions = 0
        /// Ids in the order in which they were answered.
        var answered: [String] = []
    }
    let behaviour = Mutex(Behaviour())

    func set(available: Bool) { behaviour.withLock { $0.isAvailable = available } }
    func set(poison: String?) { behaviour.withLock { $0.poison = poison } }
    var answered: [String] { behaviour.withLock { $0.answered } }

    func ask(sector: String, _ records: [WorkerRecord]) async -> BatchOutcome {
        let (isAvailable, poison) = behaviour.withLock { behaviour in
            behaviour.questions += 1
            return (behaviour.isAvailable, behaviour.poison)
        }
        guard isAvailable else { return .unavailable(reason: "the sector rests") }
        var answers: [RecordAnswer] = []
        for record in records {
            let payload = (try? JSONParser.parse(Array(record.payload))) ?? .null
            if let poison, payload[poison] != nil { return .failed(.protocolError("poisoned")) }
            let context = (try? JSONParser.parse(record.context)) ?? .null
            answers.append(Self.answer(record, payload, context))
        }
        behaviour.withLock { $0.answered += answers.map(\.id) }
        return .answers(answers)
    }

    private static func answer(_ record: WorkerRecord, _ payload: JSONValue, _ context: JSONValue) -> RecordAnswer {
        switch record.type {
        case "tumbuh.timbang": weigh(record, payload, context)
        case "tumbuh.kunjungan": visit(record, payload, context)
        case "tumbuh.laporan": report(record, payload)
        case "tumbuh.meninggal": RecordAnswer(id: record.id)
        default: complain(record, payload)
        }
    }

    /// Puts the weight, the age in days and how many weighings it knows of before it, through the newest two.
    private static func weigh(_ record: WorkerRecord, _ payload: JSONValue, _ context: JSONValue) -> RecordAnswer {
        var answer = RecordAnswer(id: record.id)
        guard let date = CivilDate(record.date), let weight = payload["berat"]?.number.flatMap({ Int($0.text) }),
            let subject = context["subject"]?["id"]?.string,
            let birth = context["subject"]?["birth_date"]?.string.flatMap({ CivilDate($0) })
        else {
            answer.violations = [Violation("tumbuh.konteks", field: "berat", "konteks tidak lengkap")]
            return answer
        }
        let previous = context["previous"]?.array ?? []
        let last = previous.first?["fields"]
        let trail = (last?["jejak"]?.number.flatMap { Int($0.text) } ?? 0) + 1
        let before = last?["berat"]?.number.flatMap { Int($0.text) }
        if let limit = payload["paling_ringan_dari"]?.number.flatMap({ Int($0.text) }), let before, before > limit {
            answer.violations = [Violation("tumbuh.terlalu_ringan", field: "berat", "turun terlalu banyak")]
            return answer
        }
        var put = JSONObject()
        put["berat"] = .number(JSONNumber(weight))
        put["umur_hari"] = .number(JSONNumber(Int(date.daysSince1970 - birth.daysSince1970)))
        put["jejak"] = .number(JSONNumber(trail))
        put["terlihat"] = .number(JSONNumber(previous.count))
        put["jk"] = context["subject"]?["sex"] ?? .null
        answer.effects = [.put(JSONWriter.canonical(.object(put)))]
        if weight < 2_000 {
            let topic = payload["topik"]?.string
            answer.effects.append(
                .raiseTask(kind: "rujuk", reason: "berat_rendah", dueDays: 3, to: "bidan", topic: topic)
            )
        }
        let month = Period.month(of: date)
        answer.contributions = [
            AnswerContribution(indicator: "tumbuh.ditimbang", period: month, subject: nil, value: 1),
            AnswerContribution(indicator: "tumbuh.anak", period: month, subject: subject, value: 1),
            AnswerContribution(indicator: "tumbuh.berat", period: month, subject: nil, value: kilograms(weight)),
            AnswerContribution(
                indicator: "tumbuh.berat_akhir",
                period: month,
                subject: subject,
                value: kilograms(weight)
            ),
            AnswerContribution(indicator: "tumbuh.tahun", period: .year(of: date), subject: nil, value: 1),
        ]
        if let before, weight > before {
            answer.contributions.append(
                AnswerContribution(indicator: "tumbuh.naik", period: month, subject: nil, value: 1)
            )
        }
        return answer
    }

    private static func kilograms(_ grams: Int) -> ExactDecimal { ExactDecimal(mantissa: Int64(grams), scale: 3) ?? 0 }

    /// Answers every `rujuk` when it says "jawab", those of one topic when it says "jawab TOPIC".
    private static func visit(_ record: WorkerRecord, _ payload: JSONValue, _ context: JSONValue) -> RecordAnswer {
        var answer = RecordAnswer(id: record.id)
        answer.effects = [.put(JSONWriter.canonical(payload))]
        let words = (payload["isi"]?.string ?? "").split(separator: " ").map(String.init)
        if words.first == "jawab" {
            answer.effects.append(.answerTasks(kind: "rujuk", topic: words.count > 1 ? words[1] : nil))
        }
        guard let date = CivilDate(record.date) else { return answer }
        answer.contributions = [
            AnswerContribution(
                indicator: "tumbuh.kunjungan",
                period: .month(of: date),
                subject: context["subject"]?["id"]?.string,
                value: 1
            )
        ]
        return answer
    }

    private static func report(_ record: WorkerRecord, _ payload: JSONValue) -> RecordAnswer {
        var answer = RecordAnswer(id: record.id)
        answer.effects = [.put(JSONWriter.canonical(payload))]
        guard let date = CivilDate(record.date), let cadres = payload["kader"]?.number.flatMap({ Int64($0.text) })
        else {
            return answer
        }
        answer.contributions = [
            AnswerContribution(
                indicator: "tumbuh.kader",
                period: .month(of: date),
                subject: nil,
                value: ExactDecimal(mantissa: cadres, scale: 0) ?? 0
            )
        ]
        return answer
    }

    /// Opens a case; the reason "nol" becomes one that no PostgreSQL takes, as a faulty worker might say it.
    private static func complain(_ record: WorkerRecord, _ payload: JSONValue) -> RecordAnswer {
        var answer = RecordAnswer(id: record.id)
        let reason = payload["isi"]?.string ?? ""
        answer.effects = [
            .put(JSONWriter.canonical(payload)),
            .openCase(reason: reason == "nol" ? "\0" : reason, priority: nil, office: nil),
        ]
        return answer
    }

    static let manifest = """
        { "manifest": 1, "id": "tumbuh", "version": "1.0.0", "protocol": 1, "form": "program", "scope": "local",
          "stability": "beta", "name": {"id": "Tumbuh"},
          "records": {
            "tumbuh.timbang": {
              "version": 1, "accepts": [1], "title": {"id": "Timbang"}, "subject": "resident",
              "person": ["catatan"],
              "fields": {
                "berat": {"type": "integer", "required": true, "minimum": 500, "maximum": 90000, "label": {"id": "Berat"}} },
              "needs": {"subject": ["birth_date", "sex"], "previous": {"types": ["tumbuh.timbang"], "limit": 2}} },
            "tumbuh.kunjungan": {
              "version": 1, "accepts": [1], "title": {"id": "Kunjungan"}, "subject": "resident", "key": ["ke"],
              "fields": {
                "ke": {"type": "integer", "required": true, "label": {"id": "Ke"}},
                "isi": {"type": "text", "label": {"id": "Isi"}} },
              "needs": {} },
            "tumbuh.meninggal": {
              "version": 1, "accepts": [1], "title": {"id": "Meninggal"}, "subject": "resident", "death": true,
              "fields": { "sebab": {"type": "text", "label": {"id": "Sebab"}} },
              "needs": {} },
            "tumbuh.laporan": {
              "version": 1, "accepts": [1], "title": {"id": "Laporan"}, "subject": "none", "key": ["bulan"],
              "fields": {
                "bulan": {"type": "text", "required": true, "label": {"id": "Bulan"}},
                "kader": {"type": "integer", "required": true, "label": {"id": "Kader"}} },
              "needs": {} },
            "tumbuh.keluhan": {
              "version": 1, "accepts": [1], "title": {"id": "Keluhan"}, "subject": "none",
              "fields": { "isi": {"type": "text", "required": true, "label": {"id": "Isi"}} },
              "needs": {} } },
          "indicators": {
            "tumbuh.ditimbang": {"kind": "count", "unit": "kali", "period": "month"},
            "tumbuh.naik": {"kind": "count", "unit": "kali", "period": "month"},
            "tumbuh.anak": {"kind": "distinct", "unit": "orang", "period": "month"},
            "tumbuh.berat": {"kind": "sum", "unit": "kg", "period": "month"},
            "tumbuh.berat_akhir": {"kind": "stock", "unit": "kg", "period": "month"},
            "tumbuh.kader": {"kind": "stock", "unit": "orang", "period": "month"},
            "tumbuh.kunjungan": {"kind": "distinct", "unit": "orang", "period": "month"},
            "tumbuh.persen_naik": {"kind": "ratio", "unit": "persen", "period": "month",
              "of": ["tumbuh.naik", "tumbuh.ditimbang"]},
            "tumbuh.tahun": {"kind": "count", "unit": "kali", "period": "year"} },
          "workflow": {"use": "standar"},
          "routing": [{"type": "tumbuh.keluhan", "office": "kesehatan"}] }
        """

    /// The manifest as the daemon reads it.
    static func parsed() throws -> Manifest {
        switch Manifest.parse(Array(manifest.utf8), file: "sector.json") {
        case .success(let manifest): return manifest
        case .failure(let findings):
            Issue.record("\(findings.findings)")
            throw findings
        }
    }
}
