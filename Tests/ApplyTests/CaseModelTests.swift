// Random histories of cases through the log, apply and PostgreSQL against the model, and the same once more by replay.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import MessageLog
import PluginKit
import PostgresClient
import PostgresTesting
import Registry
import Testing

@testable import Apply
@testable import Replay

@Suite struct CaseModelTests {
    private static let cases = 300
    private static let rounds = 10

    /// A case in the model with the message that each of its steps became.
    private struct Story {
        var record: UUID
        var model: ModelCase
    }

    /// A message with the time that its sender claims.
    private struct Said {
        var device: String
        var text: Text
        var at: Int64
    }

    @Test func `three hundred random histories stand in the registry as in the model, and after a replay`() async throws
    {
        try await withNode { node in
            let post = id(1, 0xA000)
            try await node.addPosyandu([(post, "33.25.01.2001")])
            let devices = Self.devices(post)
            try await node.addDevices(Array(devices.values))
            let manifest = try CaseSector.manifest(ModelFlow.manifest)
            let catalogue = try await CaseSector.register(manifest, node.pool)
            var chance = SplitMix(seed: 4)
            // Far enough back that no step lies in the future.
            var day = CaseTime().day(of: WallClock.microseconds()).adding(days: -90)
            let holidays = Set((0..<6).map { _ in day.daysSince1970 + Int32(chance.next(40)) })
            let days = Set(holidays.map { CivilDate(daysSince1970: $0) })
            let time = CaseTime(calendar: WorkCalendar(holidays: days))
            let engine = try await Self.engine(node, node.pool, catalogue, time)

            var stories = (0..<Self.cases).map { number in
                Self.story(id(10, number + 1), holidays)
            }
            try await Self.send(
                stories.map { story in
                    let text = Text(id: story.record, type: "kebun.keluhan", posyandu: post, date: day.description)
                    return Said(device: "semua", text: text, at: Self.noon(day))
                },
                node,
                devices
            )
            try await node.settle(engine, ready: ["kebun"])
            var number = 1_000
            for _ in 0..<Self.rounds {
                for _ in 0..<chance.next(3) {
                    for place in stories.indices { stories[place].model.end(of: day.daysSince1970) }
                    day = day.adding(days: 1)
                }
                var expected: [UUID: String] = [:]
                var said: [Said] = []
                for place in stories.indices {
                    let step = Self.step(stories[place].model, &chance)
                    number += 1
                    let text = Self.text(step, stories[place], id(number, place), post)
                    expected[text.id] = stories[place].model.take(step, on: day.daysSince1970)
                    said.append(Said(device: step.sender, text: text, at: Self.noon(day)))
                }
                try await Self.send(said, node, devices)
                try await node.settle(engine, ready: ["kebun"])
                #expect(try await Self.refusals(node, of: said.map(\.text.id)) == expected)
            }
            #expect(try await Self.standing(node) == stories.map { Self.line($0) }.sorted())
            let steps = stories.reduce(0) { $0 + $1.model.steps }
            #expect(try await node.count("select count(*) from registry.case_move") == steps)
            #expect(steps > 800, "\(steps) steps")
            try await node.expectBalance()
            try await Self.expectReplay(node, manifest, time)
        }
    }

    /// A case that its route has given to the office already.
    private static func story(_ record: UUID, _ holidays: Set<Int32>) -> Story {
        var model = ModelCase(priority: .medium, holidays: holidays)
        model.office = "pertanian"
        return Story(record: record, model: model)
    }

    // MARK: Sending

    private static func devices(_ post: UUID) -> [String: Device] {
        var devices: [String: Device] = [:]
        for (place, sender) in ModelCase.senders.keys.filter({ $0 != "node" }).sorted().enumerated() {
            let may = ModelCase.senders[sender] ?? ([], [])
            let isKiosk = sender == "semua" || sender == "kios"
            devices[sender] = Device(
                place + 1,
                posyandu: isKiosk ? post : nil,
                roles: may.roles.sorted(),
                area: isKiosk ? nil : "33.25.01",
                offices: may.offices.sorted()
            )
        }
        return devices
    }

    private static func engine(
        _ node: Node,
        _ pool: PostgresPool,
        _ catalogue: ApplyCatalogue,
        _ time: CaseTime
    ) async throws -> ApplyEngine {
        let engine = ApplyEngine(
            pool: pool,
            sealer: node.sealer,
            host: CaseSector(),
            directory: node.directory,
            sealing: node.cipher,
            catalogue: catalogue,
            settings: .init(batch: 100, owner: "test", time: time),
            log: Node.quiet
        )
        try await engine.takeOver()
        return engine
    }

    /// Noon in WIB, in microseconds.
    private static func noon(_ day: CivilDate) -> Int64 { (Int64(day.daysSince1970) * 86_400 + 18_000) * 1_000_000 }

    private static func send(_ said: [Said], _ node: Node, _ devices: [String: Device]) async throws {
        for (sender, messages) in Dictionary(grouping: said, by: \.device).sorted(by: { $0.key < $1.key }) {
            guard let device = devices[sender] else {
                let own = OwnSource(node: "test", utcOffset: 25_200)
                try await node.pool.withConnection { try own.register($0) }
                _ = try await node.writer.append(
                    messages.map {
                        LocalMessage(bytes: Array($0.text.json.utf8), claimed: $0.at, isPersonal: false)
                    },
                    to: own.uuid
                )
                continue
            }
            var bytes: [UInt8] = []
            let parts = messages.map { message in
                let start = bytes.count
                bytes += Array(message.text.json.utf8)
                return IntakeMessage(
                    range: start..<bytes.count,
                    claimed: message.at,
                    refusal: nil,
                    isPersonal: false
                )
            }
            let header = BatchHeader(source: device.uuid, epoch: 1, first: device.next, count: parts.count)
            device.next += Int64(parts.count)
            let batch = VerifiedBatch(
                header: header,
                headerBytes: [1],
                signature: [1],
                bytes: bytes,
                messages: parts,
                via: .https
            )
            guard case .committed = try await node.writer.ingest(batch) else {
                Issue.record("not committed")
                return
            }
        }
    }

    // MARK: Steps

    private static func step(_ now: ModelCase, _ chance: inout SplitMix) -> ModelStep {
        func pick<T>(_ choices: [T]) -> T { choices[chance.next(choices.count)] }
        var step = ModelStep(kind: chance.chance(60) ? .move : pick(ModelStep.Kind.allCases), role: "kader")
        step.from = chance.chance(92) ? now.state : pick(ModelFlow.states)
        let ways = ModelFlow.moves.keys.filter { $0.hasPrefix(now.state + ">") }.sorted()
        if !ways.isEmpty, chance.chance(85) {
            let way = pick(ways)
            step.to = String(way.drop { $0 != ">" }.dropFirst())
            step.role = pick(ModelFlow.moves[way]?.by ?? [])
        } else {
            step.to = pick(ModelFlow.states)
            step.role = pick(["kader", "pengurus", "pemdes", "kades", "opd", "bidan"])
        }
        step.sender = chance.chance(70) ? "semua" : pick(["kios", "desa", "sekdes", "pertanian", "lain", "node"])
        step.reason = pick(["tunggu_warga", "tunggu_anggaran", "malas"])
        step.mark = chance.next(7)
        for thing in ["words", "photo", "office", "letter", "approval"] where chance.chance(80) {
            step.brings.insert(thing)
        }
        if step.to != "kirim" { step.brings.subtract(["letter", "approval"]) }
        for paper in ["dok_ktp", "dok_kk"] where chance.chance(80) { step.papers.insert(paper) }
        switch step.kind {
        case .reopen, .rate: step.role = "kader"
        case .approve: step.role = "kades"
        case .escalate:
            (step.role, step.reason) = (pick(ModelFlow.ladder), pick(["semua", "macet", "jawab"]))
            step.sender = chance.chance(70) ? "node" : "semua"
        case .move, .pause, .resume: break
        }
        return step
    }

    private static func text(_ step: ModelStep, _ story: Story, _ message: UUID, _ post: UUID) -> Text {
        let words = step.brings.contains("words") ? #","catatan":"sudah dilihat""# : ""
        func act(_ type: String, _ more: String = "") -> Text {
            .act(message, type, story.record, at: post, by: step.role, more)
        }
        switch step.kind {
        case .move:
            var more = #","dari":"\#(step.from)","ke":"\#(step.to)""# + words
            if step.brings.contains("photo") { more += #","foto":["rumah.jpg"]"# }
            if step.brings.contains("office") { more += #","opd":"pertanian""# }
            if step.brings.contains("approval") { more += #","persetujuan":{"oleh":"kades"}"# }
            if step.brings.contains("letter") { more += #","isian":{"no_surat":"470/12"}"# }
            let papers = step.papers.sorted().map { #""\#($0)""# }.joined(separator: ",")
            return act("dipindah", more + #","dokumen":[\#(papers)]"#)
        case .pause: return act("ditunda", #","alasan":"\#(step.reason)""# + words)
        case .resume: return act("dilanjutkan")
        case .reopen: return act("dibuka_lagi", words)
        case .rate: return act("dinilai", #","nilai":\#(step.mark)"#)
        case .approve: return act("disetujui")
        case .escalate:
            let seen = #","episode":\#(story.model.episode),"revisi":\#(story.model.steps)"#
            return act("dieskalasi", seen + #","tenggat":"\#(step.reason)","tingkat":"\#(step.role)""#)
        }
    }

    // MARK: What stands

    private static func refusals(_ node: Node, of messages: [UUID]) async throws -> [UUID: String] {
        let rows = try await node.pool.withConnection { connection in
            try connection.query(
                "select message_id, violations::jsonb -> 0 ->> 'code' from registry.rejection where message_id = any($1)",
                [.uuidArray(messages)]
            ).map { (try $0.uuid(0), try $0.string(1)) }
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    private static func standing(_ node: Node) async throws -> [String] {
        try await node.texts(
            """
            select concat_ws(' ', id, state, episode, revision, coalesce(office, '-'), coalesce(pause_reason, '-'),
              coalesce((closed_at at time zone 'Asia/Jakarta')::date::text, '-'), approved_at is not null,
              coalesce(rating::text, '-'), array_to_string(told, ','), array_to_string(documents, ','))
            from registry.case order by 1
            """
        )
    }

    private static func line(_ story: Story) -> String {
        let model = story.model
        return [
            story.record.text, model.state, "\(model.episode)", "\(model.steps)", model.office ?? "pertanian",
            model.pausedFor ?? "-", model.endedOn.map { CivilDate(daysSince1970: $0).description } ?? "-",
            model.approved ? "t" : "f", model.mark.map(String.init) ?? "-", model.told.joined(separator: ","),
            model.papers.sorted().joined(separator: ","),
        ].joined(separator: " ")
    }

    /// The log once more, in the order of the journal, into an empty database.
    private static func expectReplay(_ node: Node, _ manifest: Manifest, _ time: CaseTime) async throws {
        let cluster = try await TestCluster.shared()
        let copy = try await cluster.makeDatabase(migrations: Node.migrations)
        try await DatabaseCopy.run(from: node.pool, to: copy.pool)
        let catalogue = try await CaseSector.register(manifest, copy.pool)
        let engine = try await Self.engine(node, copy.pool, catalogue, time)
        let journal = try await node.pool.withConnection { try LogJournal.walk($0, after: 0, limit: Int(Int32.max)) }
        for range in journal { _ = try await engine.apply(shard: range.shard, from: range.from, to: range.to) }
        let (before, after) = (try await Node.cases(node.pool), try await Node.cases(copy.pool))
        #expect(after == before)
        #expect(before.count > 800)
        await copy.drop()
    }
}
