// Records of sectors: repetition, correction, field checks, context, and what an answer does.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginHost
import PluginKit

extension BatchDecider {
    /// Checks what can be checked before the sector is asked, and finds the record that the message makes or replaces.
    /// - Returns: false when the item has its verdict already.
    mutating func prepare(_ index: Int, _ message: Message, _ rules: TypeRules) async throws -> Bool {
        if rules.subject == .resident, let subject = message.subject, set.residents[subject] == nil {
            hold(index, WaitingKey.waitsFor(subject: subject), "subject not registered yet")
            return false
        }
        if let existing = set.records[message.id] {
            return try await repeated(index, message, existing)
        }
        guard let payload = try? JSONParser.parse(message.data) else {
            items[index].verdict = .rejected([Violation("message.json", field: "data", "data bukan JSON yang sah")])
            return false
        }
        let violations = Manifest.check(payload: payload, as: rules.record) + personViolations(message, rules)
        guard violations.isEmpty else {
            items[index].verdict = .rejected(violations)
            return false
        }
        if let subject = message.subject {
            let first = message.corrects.flatMap { set.records[$0]?.current.date } ?? message.date
            for type in catalogue.dependents[rules.typeID] ?? [] {
                try await ensureLoaded(
                    SubjectType(subject: subject, type: type), date: min(first, message.date), limit: 0)
            }
        }
        if let corrected = message.corrects {
            guard let existing = set.records[corrected], existing.current.type == rules.typeID else {
                items[index].verdict = .rejected([
                    Violation("koreksi.tidak_ditemukan", field: "corrects", "catatan yang dikoreksi tidak ditemukan")
                ])
                return false
            }
            return try await replaces(index, message, existing.current)
        }
        if let existing = try await recordOfEqualKey(index, message, rules, payload) {
            items[index].recordID = existing.id
            return try await replaces(index, message, existing)
        }
        return true
    }

    /// Members of `person` that the manifest does not list: nothing personal is kept that nobody asked for.
    private func personViolations(_ message: Message, _ rules: TypeRules) -> [Violation] {
        guard let person = message.person else { return [] }
        guard let members = (try? JSONParser.parse(person))?.object?.members else {
            return [Violation("person.json", field: "person", "person bukan objek JSON yang sah")]
        }
        return members.filter { !rules.record.person.contains($0.name) }.map {
            Violation("person.tidak_dikenal", field: "person.\($0.name)", "data pribadi ini tidak diminta formulir")
        }
    }

    /// The same id came before: the same bytes are a repetition, other bytes an error of the sender.
    private mutating func repeated(_ index: Int, _ message: Message, _ existing: WorkingRecord) async throws -> Bool {
        let first = existing.base ?? existing.replaced.first ?? existing.current
        if first.revision == 1, let entry = try await entry(of: first.lineage), entry.payload != items[index].entry.payload {
            items[index].verdict = .rejected([
                Violation("pesan.id_bentrok", field: "id", "id sudah dipakai catatan lain")
            ])
        } else {
            items[index].verdict = .applied
        }
        return false
    }

    /// Whether a message may replace what stands: within one source and epoch the later one wins; between sources the
    /// one made later, by its UUIDv7, so that the result does not depend on the order of arrival.
    private mutating func replaces(_ index: Int, _ message: Message, _ current: RecordState) async throws -> Bool {
        guard let standing = try await entry(of: current.lineage), let made = try? Message(standing.payload) else {
            return true
        }
        if made.id == message.id {
            items[index].verdict = .applied
            return false
        }
        let entry = items[index].entry
        if standing.source == entry.source, standing.epoch == entry.epoch { return true }
        if made.id.lowercased < message.id.lowercased { return true }
        supersede(index, message, current)
        return false
    }

    /// Keeps a correction that lost as history: it takes the place before the one that stands.
    private mutating func supersede(_ index: Int, _ message: Message, _ current: RecordState) {
        guard var record = set.records[current.id] else { return }
        var lost = current
        lost.lineage = items[index].entry.lineage
        lost.revision += 1
        lost.date = message.date
        lost.body = message.data
        record.replaced.append(lost)
        record.current.revision += 2
        record.changed = true
        set.records[current.id] = record
        items[index].verdict = .applied
    }

    /// The log entry behind a lineage, from this batch or the log.
    mutating func entry(of lineage: Int64) async throws -> LogEntry? {
        if let known = provenance[lineage] { return known }
        if let item = items.first(where: { $0.entry.lineage == lineage }) { return item.entry }
        let found = try await reading.entries([lineage])[lineage]
        if let found { provenance[lineage] = found }
        return found
    }

    private mutating func recordOfEqualKey(
        _ index: Int,
        _ message: Message,
        _ rules: TypeRules,
        _ payload: JSONValue
    ) async throws -> RecordState? {
        guard !rules.key.isEmpty else { return nil }
        if rules.subject != .none, let subject = message.subject {
            let key = SubjectType(subject: subject, type: rules.typeID)
            try await ensureLoaded(key, date: message.date.period.first, limit: 0)
            return set.applied(key).first { NaturalKey.matches(rules.key, $0, message, payload) }
        }
        let key = NaturalKey.digest(rules, posyandu: message.posyandu, message, payload)
        if let record = recordKeys[key] { return set.records[record]?.current }
        guard let record = try await reading.records(keyed: [key])[key] else {
            recordKeys[key] = message.id
            return nil
        }
        recordKeys[key] = record
        var questions = ContextQuestions()
        questions.records = [record]
        set = try await reading.load(questions, into: set)
        return set.records[record]?.current
    }

    /// Loads every record of a subject and type unless what is loaded answers for the given date.
    mutating func ensureLoaded(_ key: SubjectType, date: CivilDate, limit: Int) async throws {
        guard !set.suffices(key, date: date, limit: limit) else { return }
        var questions = ContextQuestions()
        questions.all = [key]
        set = try await reading.load(questions, into: set)
    }

    /// The line that the sector gets for a message.
    mutating func question(_ index: Int, _ message: Message, _ rules: TypeRules) async throws -> WorkerRecord {
        let id = items[index].recordID ?? message.id
        return try await question(
            id: id, message: message, rules: rules, date: message.date, village: items[index].village)
    }

    mutating func question(
        id: UUID,
        message: Message,
        rules: TypeRules,
        date: CivilDate,
        village: String
    ) async throws -> WorkerRecord {
        var previous: [RecordState] = []
        if let subject = message.subject, rules.previousLimit > 0 {
            for type in rules.previousTypes {
                let key = SubjectType(subject: subject, type: type)
                try await ensureLoaded(key, date: date, limit: rules.previousLimit)
                previous += set.applied(key)
            }
            let own = id.lowercased
            previous = previous.filter {
                $0.id != id && ($0.date < date || ($0.date == date && $0.id.lowercased < own))
            }
            previous.sort { $1.precedes($0) }
            previous.removeLast(max(0, previous.count - rules.previousLimit))
        }
        let facts = message.subject.flatMap { rules.subject == .resident ? set.residents[$0] : nil }
        return WorkerRecord(
            id: id.lowercased, type: rules.name, version: message.version, posyandu: message.posyandu.lowercased,
            date: date.description,
            context: ContextJSON.write(
                subject: message.subject, facts: facts, previous: previous, types: catalogue, village: village),
            payload: message.data)
    }

    /// Turns an answer into the record's new state, its contributions, its case and its tasks.
    mutating func accept(_ index: Int, _ message: Message, _ rules: TypeRules, _ answer: RecordAnswer) {
        let reading = AnswerReading(answer)
        guard reading.violations.isEmpty else {
            items[index].verdict = .rejected(reading.violations)
            return
        }
        guard answer.contributions.allSatisfy({ $0.period.contains(message.date) }) else {
            items[index].verdict = .dead(
                reason: "answer", detail: "a contribution names a period that does not hold the service date")
            return
        }
        let id = items[index].recordID ?? message.id
        let entry = items[index].entry
        let before = set.records[id]?.current
        let state = RecordState(
            id: id, type: rules.typeID, sector: rules.sectorID, revision: (before?.revision ?? 0) + 1,
            posyandu: items[index].posyandu, subject: message.subject, date: message.date, lineage: entry.lineage,
            state: RecordState.applied, version: Int16(clamping: message.version), body: reading.fields,
            person: message.person)
        set.put(state, contributions: contributions(of: answer))
        items[index].verdict = .applied
        apply(reading, of: state, rules, at: entry.at)
        if before != nil || rules.subject != .none { markStale(after: state, before) }
    }

    /// Opens or advances the record's case and raises its tasks.
    private mutating func apply(_ reading: AnswerReading, of state: RecordState, _ rules: TypeRules, at: Int64) {
        if let opening = reading.opening, set.cases[state.id] == nil, let first = rules.firstCaseState {
            set.cases[state.id] = CaseState(
                id: state.id, type: rules.typeID, posyandu: state.posyandu, state: first, reason: opening.reason,
                priority: opening.priority ?? "sedang", office: opening.office ?? rules.office, opened: state.date,
                revision: 1, lineage: state.lineage, isNew: true,
                moves: [CaseMove(from: nil, to: first, by: "kader", at: at, lineage: state.lineage)])
        }
        for task in reading.tasks {
            tasks.append(
                TaskRow(
                    kind: task.kind, reason: task.reason, record: state.id, posyandu: state.posyandu, role: task.role,
                    due: task.dueDays.map { state.date.adding(days: $0) }, lineage: state.lineage))
        }
    }

    /// Groups the contributions of an answer by period and subject, in the order of the answer.
    func contributions(of answer: RecordAnswer) -> [ContributionRow] {
        var rows: [ContributionRow] = []
        for contribution in answer.contributions {
            guard let indicator = catalogue.indicators[contribution.indicator] else { continue }
            let subject = contribution.subject.flatMap { UUID(uuidString: $0) }
            let value = (mantissa: contribution.value.mantissa, scale: contribution.value.scale)
            let period = contribution.period.description
            if let place = rows.firstIndex(where: { $0.period == period && $0.subject == subject }) {
                rows[place].indicators.append(indicator)
                rows[place].values.append(value)
            } else {
                rows.append(
                    ContributionRow(period: period, subject: subject, indicators: [indicator], values: [value]))
            }
        }
        return rows
    }
}
