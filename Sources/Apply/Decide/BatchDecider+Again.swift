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
    /// Marks the records of the same subject that stand after a changed one and whose handlers look back at its type.
    ///
    /// Works on what is loaded: `prepare` loaded the newest records of every type that looks back, and the others when
    /// the newest do not reach back to the date.
    mutating func markStale(after state: RecordState, _ before: RecordState?) {
        guard let subject = state.subject, let types = catalogue.dependents[state.type] else { return }
        let first = min(state.date, before?.date ?? state.date)
        for type in types {
            for later in set.applied(SubjectType(subject: subject, type: type))
            where later.id != state.id && later.date >= first {
                stale[subject, default: []].insert(later.id)
            }
        }
    }

    /// Marks every record of a resident whose handler saw her sex or birth date.
    mutating func markStale(everythingOf subject: UUID) async throws {
        for type in catalogue.typesThatNeedSubject {
            let key = SubjectType(subject: subject, type: type)
            try await ensureLoaded(key, date: CivilDate(daysSince1970: Int32.min), limit: Int.max)
            for record in set.applied(key) { stale[subject, default: []].insert(record.id) }
        }
    }

    /// Asks the marked records, the earliest of each subject first, until nothing changes any more.
    mutating func askAgain() async throws {
        while !stale.isEmpty {
            var round: [RecordState] = []
            for (subject, ids) in stale {
                let next = ids.compactMap { set.records[$0]?.current }
                    .filter { $0.state != RecordState.retracted }
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
        }
    }

    private mutating func askAgain(_ round: [RecordState]) async throws {
        let missing = round.map(\.lineage).filter { messages[$0] == nil }
        for (lineage, entry) in try await reading.entries(missing) {
            messages[lineage] = try? Message(entry.payload)
        }
        var questions: [String: [(index: Int, record: WorkerRecord)]] = [:]
        for (place, state) in round.enumerated() {
            guard let message = messages[state.lineage], let rules = catalogue.byID[state.type] else { continue }
            let village = directory.entry(of: state.posyandu)?.village.description ?? ""
            let record = try await question(
                id: state.id, message: message, rules: rules, date: state.date, village: village)
            questions[rules.sector, default: []].append((place, record))
        }
        let results = await RoundAsker.ask(host, questions, splitAtOnce: splitAtOnce)
        for (place, state) in round.enumerated() {
            guard let result = results[place] else { continue }
            switch result {
            case .answer(let answer): reaccept(state, answer)
            case .unavailable: askLater[state.id] = AskLater(sector: state.sector, reason: AskLater.unavailable)
            case .dead(_, let detail): askLater[state.id] = AskLater(sector: state.sector, reason: detail)
            }
        }
    }

    private mutating func reaccept(_ state: RecordState, _ answer: RecordAnswer) {
        let reading = AnswerReading(answer)
        var fresh = state
        if reading.violations.isEmpty {
            fresh.state = RecordState.applied
            fresh.body = reading.fields
        } else {
            fresh.state = RecordState.refused
        }
        set.put(fresh, contributions: reading.violations.isEmpty ? contributions(of: answer) : [])
        if fresh.body != state.body || fresh.state != state.state { markStale(after: fresh, state) }
        // A record that was marked by an earlier one of its subject was asked with the newest context: no need again.
        if let subject = state.subject {
            stale[subject]?.remove(state.id)
            if stale[subject]?.isEmpty ?? false { stale[subject] = nil }
        }
    }
}
