// Ten thousand random histories of cases against the model: states, refusals, clocks, escalations.
// SPDX-License-Identifier: Apache-2.0
import Cases
import PluginKit
import Testing

@Suite struct CaseHistoryTests {
    private struct Chance {
        private var state: UInt64
        init(_ seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
        mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
        mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
        mutating func percent(_ share: Int) -> Bool { below(100) < share }
    }

    /// One case twice: as the rules have it and as the model has it.
    private struct Pair {
        var situation: CaseSituation
        var model: ModelCase
        var timeline: [CaseTimeline.Step]
    }

    private static func flow() throws -> Manifest.Workflow {
        switch Manifest.parse(Array(ModelFlow.manifest.utf8), file: "sector.json") {
        case .success(let manifest): return try #require(manifest.workflow)
        case .failure(let findings): throw findings
        }
    }

    private static let rights = ModelCase.senders.mapValues { sender in
        CaseRights(
            isOwn: false,
            roles: Set(sender.roles.compactMap(CaseRights.Role.init(rawValue:))),
            offices: sender.offices
        )
    }

    /// A step that often fits and often does not.
    private static func step(_ now: ModelCase, _ chance: inout Chance) -> ModelStep {
        var step = ModelStep(kind: .move, role: "kader")
        step.kind = chance.percent(50) ? .move : chance.pick(ModelStep.Kind.allCases)
        step.role = chance.pick(["kader", "pengurus", "pemdes", "pemdes", "kades", "opd", "opd", "bidan", "raja"])
        step.sender =
            chance.percent(60) ? "semua" : chance.pick(["kios", "desa", "sekdes", "pertanian", "lain", "node"])
        step.from = chance.percent(90) ? now.state : chance.pick(ModelFlow.states)
        let ways = ModelFlow.moves.keys.filter { $0.hasPrefix(now.state + ">") }.sorted()
        if chance.percent(75), !ways.isEmpty {
            let way = chance.pick(ways)
            step.to = String(way.drop { $0 != ">" }.dropFirst())
            if chance.percent(80) { step.role = chance.pick(ModelFlow.moves[way]?.by ?? []) }
        } else {
            step.to = chance.pick(ModelFlow.states)
        }
        step.reason = chance.pick(["tunggu_warga", "tunggu_warga", "tunggu_anggaran", "malas"])
        step.mark = chance.below(7)
        for thing in ["words", "photo", "office", "letter"] where chance.percent(80) { step.brings.insert(thing) }
        if step.to != "kirim" { step.brings.remove("letter") }
        if chance.percent(35) { step.brings.insert("approval") }
        for paper in ["dok_ktp", "dok_kk", "dok_lain"] where chance.percent(60) { step.papers.insert(paper) }
        if step.kind == .reopen || step.kind == .rate { step.role = chance.percent(80) ? "kader" : "pemdes" }
        if step.kind == .approve { step.role = chance.percent(80) ? "kades" : "pemdes" }
        if step.kind == .escalate {
            step.role = chance.pick(ModelFlow.ladder)
            step.reason = chance.pick(["semua", "macet", "jawab"])
            step.sender = chance.percent(70) ? "node" : "semua"
        }
        return step
    }

    private static func act(_ step: ModelStep, _ now: CaseSituation) -> CaseAct {
        let words = step.brings.contains("words") ? "sudah dilihat" : nil
        switch step.kind {
        case .move:
            var parts = CaseStepParts()
            parts.remark = words
            parts.office = step.brings.contains("office") ? "pertanian" : nil
            parts.photos = step.brings.contains("photo") ? 1 : 0
            parts.documents = step.papers
            parts.approval = step.brings.contains("approval") ? "kades" : nil
            if step.brings.contains("letter") { parts.fields["no_surat"] = "470/12/2026" }
            return .move(from: step.from, to: step.to, parts)
        case .pause: return .pause(reason: step.reason, remark: words)
        case .resume: return .resume
        case .reopen: return .reopen(remark: words)
        case .rate: return .rate(step.mark)
        case .approve: return .approve
        case .escalate:
            return .escalate(episode: now.episode, revision: now.revision, deadline: step.reason, role: step.role)
        }
    }

    private static func take(
        _ step: ModelStep,
        _ pair: inout Pair,
        _ rules: CaseRules,
        on day: CivilDate
    ) -> (rules: String?, model: String?) {
        let rights = step.sender == "node" ? CaseRights.own : rights[step.sender] ?? CaseRights(isOwn: false, roles: [])
        let before = pair.situation
        var code: String?
        do throws(CaseFault) {
            pair.situation = try rules.judge(
                act(step, before),
                by: step.role,
                rights: rights,
                on: before,
                day: day
            )
        } catch {
            code = error.code
        }
        let expected = pair.model.take(step, on: day.daysSince1970)
        let kinds: [ModelStep.Kind: CaseTimeline.Kind] = [
            .move: .move, .pause: .pause, .resume: .resume, .reopen: .reopen,
        ]
        if code == nil, pair.situation.revision != before.revision, let kind = kinds[step.kind] {
            if kind == .reopen { pair.timeline = [] }
            pair.timeline.append(CaseTimeline.Step(kind, to: pair.situation.state, on: day))
        }
        return (code, expected)
    }

    private static func agree(_ pair: Pair) -> Bool {
        let (now, model) = (pair.situation, pair.model)
        return now.state == model.state && now.episode == model.episode && now.revision == model.steps
            && now.office == model.office && now.pause == model.pausedFor && now.told == model.told
            && now.closed?.daysSince1970 == model.endedOn && now.isApproved == model.approved
            && now.rating == model.mark && now.documents == model.papers
    }

    /// One history; the faults found in it, and how many of its steps were taken, refused and escalated.
    private static func run(_ seed: UInt64, _ flow: Manifest.Workflow) -> (
        faults: [String], taken: Int, refused: Int, told: Int
    ) {
        var chance = Chance(seed)
        var day = CivilDate(daysSince1970: 20_700 + Int32(chance.below(60)))
        let holidays = Set((0..<4).map { _ in day.daysSince1970 + Int32(chance.below(25)) })
        let priority = chance.pick(Priority.allCases)
        let rules = CaseRules(
            flow,
            calendar: WorkCalendar(holidays: Set(holidays.map { CivilDate(daysSince1970: $0) }))
        )
        var pair = Pair(
            situation: CaseSituation(state: "masuk"),
            model: ModelCase(priority: priority, holidays: holidays),
            timeline: [CaseTimeline.Step(.open, to: "masuk", on: day)]
        )
        var (faults, taken, refused): ([String], Int, Int) = ([], 0, 0)
        func check(_ step: ModelStep) {
            let before = pair.situation.revision
            let (code, expected) = take(step, &pair, rules, on: day)
            if code != expected {
                faults.append("\(seed): \(step): \(code ?? "taken"), expected \(expected ?? "taken")")
            }
            if code != nil { refused += 1 } else if pair.situation.revision > before { taken += 1 }
            if !agree(pair) { faults.append("\(seed): after \(step): \(pair.situation) is not \(pair.model)") }
        }
        for _ in 0..<14 where faults.isEmpty {
            for _ in 0..<chance.below(4) {
                pair.model.end(of: day.daysSince1970)
                day = day.adding(days: 1)
            }
            if chance.percent(25) {
                let timeline = CaseTimeline(priority: priority, steps: pair.timeline)
                let running = flow.running(timeline, parameters: Fields(), calendar: rules.calendar, today: day)
                let names = pair.model.endedOn == nil ? Set(pair.model.ran.keys) : []
                if Set(running.map(\.name)) != names { faults.append("\(seed): runs \(running), expected \(names)") }
                for limit in running where limit.passed != pair.model.passed(limit.name) {
                    faults.append("\(seed): \(limit), expected \(pair.model.passed(limit.name)) times")
                }
                let due = max(pair.model.passed("semua"), pair.model.passed("macet")) > pair.model.told.count
                let next = flow.escalation(of: running, told: pair.situation.told)
                let expected = due && pair.model.endedOn == nil && pair.model.told.count < 3
                if (next != nil) != expected { faults.append("\(seed): escalation \(String(describing: next))") }
                // The clock of a paused case stands, so what was not due before does not become due; the rules refuse it anyhow.
                if let next, pair.situation.pause == nil {
                    var step = ModelStep(kind: .escalate, role: next.role.rawValue)
                    (step.reason, step.sender) = (next.deadline, "node")
                    check(step)
                    check(step)
                }
            }
            check(step(pair.model, &chance))
        }
        let told = pair.model.escalations
        if Set(told).count != told.count { faults.append("\(seed): told twice: \(told)") }
        return (faults, taken, refused, told.count)
    }

    @Test func `ten thousand random histories end as the model says, step by step`() throws {
        let flow = try Self.flow()
        var (taken, refused, told) = (0, 0, 0)
        for seed in 0..<10_000 {
            let result = Self.run(UInt64(seed), flow)
            try #require(result.faults.isEmpty, "\(result.faults.joined(separator: "\n"))")
            taken += result.taken
            refused += result.refused
            told += result.told
        }
        // The histories are no row of refusals: enough of everything happens.
        #expect(taken > 20_000 && refused > 20_000 && told > 1_000, "\(taken) taken, \(refused) refused, \(told) told")
    }
}
