// Asks records again whose context was changed by what came after them.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginHost
import PluginKit
import Registry

/// A record whose answer is out of date because its sector could not answer; kept in `registry.ask_again`.
struct AskLater: Sendable {
    var sector: Int16
    var reason: String

    static let unavailable = "sector unavailable"
}

extension BatchDecider {
    /// Marks the records of the same subject that stand after a changed one and whose handlers look back at its type, those
    /// included that were refused when they were last asked. A changed subject has two sets of them.
    mutating func markStale(after state: RecordState, _ before: RecordState?) async throws {
        let first = min(state.date, before?.date ?? state.date)
        let dependents = catalogue.dependents[state.type] ?? []
        guard !dependents.isEmpty else { return }
        let earlier = before?.subject == state.subject ? nil : before?.subject
        for case let subject? in [state.subject, earlier] {
            for type in dependents {
                let key = SubjectType(subject: subject, type: type)
                try await ensureLoaded(key, date: first, limit: 0)
                for later in set.all(key) where later.id != state.id && later.date >= first && later.isStanding {
                    stale[subject, default: []].insert(later.id)
                }
            }
        }
    }

    /// Marks every record of a resident whose handler saw her sex or birth date.
    mutating func markStale(everythingOf subject: UUID) async throws {
        for type in catalogue.typesThatNeedSubject {
            let key = SubjectType(subject: subject, type: type)
            try await ensureLoaded(key, date: CivilDate(daysSince1970: Int32.min), limit: 0)
            for record in set.all(key) where record.isStanding { stale[subject, default: []].insert(record.id) }
        }
    }

    /// Marks records whose answer is out of date because their sector could not be asked.
    mutating func markStale(records ids: [UUID]) async throws {
        var questions = ContextQuestions()
        questions.records = Set(ids)
        set = try await reading.load(questions, into: set)
        for id in ids {
            guard let state = set.records[id]?.current, state.isStanding else { continue }
            stale[state.subject ?? id, default: []].insert(id)
        }
    }

    /// Asks the marked records, the earliest of each subject first, until nothing changes any more.
    mutating func askAgain() async throws {
        try await mourn()
        while !stale.isEmpty {
            var round: [RecordState] = []
            for (subject, ids) in stale {
                let next = ids.compactMap { set.records[$0]?.current }
                    .filter(\.isStanding)
                    .min { $0.precedes($1) }
                guard let next else {
                    stale[subject] = nil
                    continue
                }
                stale[subject]?.remove(next.id)
                if stale[subject]?.isEmpty ?? true { stale[subject] = nil }
                round.append(next)
            }
            round.sort { $0.precedes($1) }
            try await askAgain(round)
            try await mourn()
        }
    }

    private mutating func askAgain(_ round: [RecordState]) async throws {
        var questions = ContextQuestions()
        questions.residents = Set(round.compactMap(\.subject).filter { set.residents[$0] == nil })
        questions.persons = questions.residents
        set = try await reading.load(questions, into: set)
        let missing = round.map(\.lineage).filter { messages[$0] == nil }
        for (lineage, entry) in try await reading.entries(missing) {
            messages[lineage] = try? Message(entry.payload)
            provenance[lineage] = entry
        }
        var asked: [String: [(index: Int, record: WorkerRecord)]] = [:]
        for (place, state) in round.enumerated() {
            guard let rules = catalogue.byID[state.type] else {
                askLater[state.id] = AskLater(sector: state.sector, reason: AskLater.unavailable)
                continue
            }
            guard let said = messages[state.lineage] else {
                askLater[state.id] = AskLater(sector: state.sector, reason: "its message is not in the log any more")
                continue
            }
            let message = state.subject.map { Message(said, about: $0) } ?? said
            let village = directory.entry(of: state.posyandu)?.village.description ?? ""
            let record = try await question(
                id: state.id,
                message: message,
                rules: rules,
                date: state.date,
                village: village
            )
            asked[rules.sector, default: []].append((place, record))
        }
        guard !asked.isEmpty else { return }
        let results = await RoundAsker.ask(host, asked, splitAtOnce: splitAtOnce)
        for (place, state) in round.enumerated() {
            guard let result = results[place] else { continue }
            switch result {
            case .answer(let answer): try await reaccept(state, answer)
            case .unavailable: askLater[state.id] = AskLater(sector: state.sector, reason: AskLater.unavailable)
            case .dead(_, let detail): askLater[state.id] = AskLater(sector: state.sector, reason: detail)
            }
        }
    }

    private mutating func reaccept(_ state: RecordState, _ answer: RecordAnswer) async throws {
        let reading = AnswerReading(answer)
        if let fault = fault(in: answer, reading, date: state.date) {
            askLater[state.id] = AskLater(sector: state.sector, reason: fault)
            return
        }
        var fresh = state
        let late = catalogue.byID[state.type].flatMap { afterDeath($0, state.subject, state.date) }
        if reading.violations.isEmpty {
            fresh.state = late == nil ? RecordState.applied : RecordState.refused
            fresh.body = reading.fields
        } else {
            fresh.state = RecordState.refused
        }
        askLater[state.id] = nil
        let rules = catalogue.byID[state.type]
        let isAggregate = rules?.isAggregate ?? false
        set.put(fresh, contributions: late == nil ? contributions(of: answer, isAggregate: isAggregate) : [])
        try await noteDeath(fresh)
        if let rules {
            let at = try await entry(of: state.lineage)?.at ?? 0
            try await follow(late == nil ? reading : .nothing, of: fresh, rules, at: at)
        }
        if fresh.body != state.body || fresh.state != state.state { try await markStale(after: fresh, state) }
    }
}
