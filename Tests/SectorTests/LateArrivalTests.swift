// Records of one person in any order of arrival, asked again as the daemon does, end in the same figures.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import KesehatanSector

@Suite struct LateArrivalTests {
    private static let shared = Result { try RuleBench(KesehatanSector.self, folder: "Kesehatan") }
    private let bench: RuleBench

    init() throws { bench = try Self.shared.get() }

    @Test(arguments: 0..<12) func `doses, capsules and a death of a child`(seed: Int) throws {
        var random = Dice(seed: 7_000 + UInt64(seed))
        let birth = try #require(CivilDate("2024-01-31"))
        let labels = [
            "HB0", "BCG", "OPV1", "Polio II", "OPV3", "OPV4", "DPT I", "DPT-HB-Hib2", "DPT-HB-Hib3", "IPV1", "Campak",
            "MR2", "PCV1", "HepB II",
        ]
        var messages = (0..<14).map { number in
            let days = random.below(2) == 0 ? 30 * random.below(20) : random.below(600)
            let (type, payload) =
                switch random.below(6) {
                case 0: ("vitamin_a", "{\"kapsul\":\"\(days < 365 ? "biru" : "merah")\"}")
                case 1: ("obat_cacing", "{\"obat\":\"albendazol\"}")
                default: ("imunisasi", "{\"dosis\":\"\(labels[random.below(labels.count)])\"}")
                }
            return Person.Message(id: "m\(10 + number)", type, birth.adding(days: days), payload)
        }
        if random.below(3) == 0 {
            let day = birth.adding(days: 300 + random.below(300))
            messages.append(Person.Message(id: "m99", "kematian", day, "{\"masa_ibu\":\"bukan\"}"))
        }
        let subject = Subject(id: "child", sex: .female, birthDate: birth)
        try expectSameEnd(messages, subject, &random)
    }

    @Test(arguments: 0..<12) func `visits, deliveries and a death of a woman`(seed: Int) throws {
        var random = Dice(seed: 9_000 + UInt64(seed))
        let first = try #require(CivilDate("2025-01-05"))
        var messages = (0..<14).map { number in
            let days = 14 * random.below(50)
            let (type, payload) =
                switch random.below(9) {
                case 0:
                    (
                        "persalinan",
                        "{\"tempat_bersalin\":\"rumah\",\"penolong\":\"bidan\",\"lahir_hidup\":1,\"lahir_mati\":0}"
                    )
                case 1: ("kunjungan_nifas", "{\"kunjungan\":\"kf1\",\"hari_nifas\":1,\"vitamin_a_kapsul\":1}")
                case 2: ("kunjungan_nifas", "{\"kunjungan\":\"kf3\",\"hari_nifas\":14,\"vitamin_a_kapsul\":1}")
                case 3: ("imunisasi", "{\"dosis\":\"T\(1 + random.below(5))\"}")
                default:
                    (
                        "kunjungan_ibu_hamil",
                        "{\"kunjungan\":\"k\(1 + random.below(6))\",\"usia_kehamilan_minggu\":\(4 + days / 7 % 36),"
                            + "\"ttd_tablet\":30}"
                    )
                }
            return Person.Message(id: "m\(10 + number)", type, first.adding(days: days), payload)
        }
        if random.below(3) == 0 {
            let day = first.adding(days: 400 + random.below(300))
            messages.append(Person.Message(id: "m99", "kematian", day, "{\"masa_ibu\":\"nifas\"}"))
        }
        try expectSameEnd(messages, .girl("1998-03-10"), &random)
    }

    private func expectSameEnd(_ messages: [Person.Message], _ subject: Subject, _ random: inout Dice) throws {
        var inOrder = Person(bench: bench, subject: subject)
        for message in messages.sorted(by: { ($0.date, $0.id) < ($1.date, $1.id) }) { try inOrder.take(message) }
        for _ in 0..<3 {
            var shuffled = Person(bench: bench, subject: subject)
            for message in random.shuffled(messages) { try shuffled.take(message) }
            #expect(shuffled.end == inOrder.end)
        }
    }
}

/// The records of one person as apply keeps them: a record is asked when it comes, and again when an earlier one of a
/// type that its manifest entry looks back at was put or changed.
struct Person {
    struct Message {
        let id: String
        let type: String
        let date: CivilDate
        let payload: String

        init(id: String, _ type: String, _ date: CivilDate, _ payload: String) {
            self.id = id
            self.type = "kesehatan." + type
            self.date = date
            self.payload = payload
        }
    }

    /// What stands of a record.
    struct Standing: Equatable {
        let put: Fields?
        let figures: [String]
        let tasks: [String]
    }

    let bench: RuleBench
    let subject: Subject
    private var messages: [Message] = []
    private var standing: [String: Standing] = [:]

    init(bench: RuleBench, subject: Subject) {
        self.bench = bench
        self.subject = subject
    }

    /// What stands of the records that were accepted.
    var end: [String: Standing] { standing.filter { $0.value.put != nil } }

    mutating func take(_ message: Message) throws {
        messages.append(message)
        messages.sort { ($0.date, $0.id) < ($1.date, $1.id) }
        var stale: Set<String> = [message.id]
        for message in messages where stale.contains(message.id) {
            let answer = try ask(message)
            let isChanged = standing[message.id]?.put != answer.put
            standing[message.id] = answer
            guard isChanged else { continue }
            for later in messages
            where (message.date, message.id) < (later.date, later.id) && needs(later).types.contains(message.type) {
                stale.insert(later.id)
            }
        }
    }

    private func needs(_ message: Message) -> (types: [String], limit: Int) {
        let needs = bench.manifest.record(message.type)?.needs
        return (needs?.previousTypes ?? [], needs?.previousLimit ?? 0)
    }

    private func ask(_ message: Message) throws -> Standing {
        let (types, limit) = needs(message)
        let earlier = messages.filter { earlier in
            (earlier.date, earlier.id) < (message.date, message.id) && types.contains(earlier.type)
        }
        let previous = earlier.reversed().compactMap { record in
            standing[record.id]?.put.map {
                EarlierRecord(id: record.id, type: RecordType(record.type), date: record.date, fields: $0)
            }
        }
        let outcome = try bench.answer(
            message.type,
            message.payload,
            on: message.date.description,
            subject: subject,
            previous: Array(previous.prefix(limit)),
            id: message.id
        )
        return Standing(put: outcome.put, figures: outcome.figures, tasks: outcome.tasks)
    }
}
