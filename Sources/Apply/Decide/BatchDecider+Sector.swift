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
        if try await isRepetition(index, message) { return false }
        guard let payload = try? JSONParser.parse(message.data) else {
            items[index].verdict = .rejected([Violation("message.json", field: "data", "data bukan JSON yang sah")])
            return false
        }
        let violations = Manifest.check(payload: payload, as: rules.record) + personViolations(message, rules)
        guard violations.isEmpty else {
            items[index].verdict = .rejected(violations)
            return false
        }
        if let corrected = message.corrects {
            guard let existing = set.record(of: corrected), existing.current.type == rules.typeID else {
                try await missing(index, message, corrected)
                return false
            }
            let kept = try await immutableViolations(message, rules, payload, existing.current.id)
            guard kept.isEmpty else {
                items[index].verdict = .rejected(kept)
                return false
            }
            guard try await mayHaveReceipt(index, message, existing.current.id) else { return false }
            return try await replaces(index, message, existing.current)
        }
        if let existing = try await recordOfEqualKey(index, message, rules, payload) {
            guard try await mayHaveReceipt(index, message, existing.id) else { return false }
            return try await replaces(index, message, existing)
        }
        return try await mayHaveReceipt(index, message, message.id)
    }

    /// The corrected record is not there. It may still come when another device of the posyandu could have made it, or when its
    /// own source has messages that are held; else never.
    private mutating func missing(_ index: Int, _ message: Message, _ corrected: UUID) async throws {
        let own = items[index].entry.source
        let mayCome =
            holding.contains(own) || newlyHolding.contains(own)
            || sourcePosyandu.contains { $0.value == message.posyandu && $0.key != own }
        if mayCome, set.record(of: corrected) == nil, try await !reading.isRejected(message: corrected) {
            hold(index, WaitingKey.waitsFor(record: corrected), "record to correct has not come yet")
        } else {
            items[index].verdict = .rejected([
                Violation("koreksi.tidak_ditemukan", field: "corrects", "catatan yang dikoreksi tidak ditemukan")
            ])
        }
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

    /// Whether a message of this id came before: the same bytes are a repetition, other bytes an error of the sender.
    private mutating func isRepetition(_ index: Int, _ message: Message) async throws -> Bool {
        var lineage: Int64?
        if let alias = set.aliases[message.id] {
            lineage = alias.lineage
        } else if let existing = set.records[message.id] {
            let first = existing.base ?? existing.replaced.first ?? existing.current
            lineage = first.revision == 1 ? first.lineage : try await reading.firstLineage(of: message.id)
        } else {
            return false
        }
        if let lineage, let first = try await entry(of: lineage), first.payload != items[index].entry.payload {
            items[index].verdict = .rejected([
                Violation("pesan.id_bentrok", field: "id", "id sudah dipakai catatan lain")
            ])
        } else {
            items[index].verdict = .applied
        }
        return true
    }

    /// Makes the message part of a record of another id, and tells whether it replaces what stands there.
    private mutating func replaces(_ index: Int, _ message: Message, _ current: RecordState) async throws -> Bool {
        let lineage = items[index].entry.lineage
        items[index].recordID = current.id
        if try await isLater(index, message, than: current.lineage, naming: message.corrects) { return true }
        absorb(message.id, into: current.id, lineage)
        supersede(index, message, current)
        return false
    }

    /// Whether a message was made after the one of `lineage`: by its sequence number within one source and epoch, else by the
    /// UUIDv7, so that the result does not depend on the order of arrival. A message is earlier than whatever names it.
    mutating func isLater(
        _ index: Int,
        _ message: Message,
        than lineage: Int64,
        naming target: UUID?
    ) async throws -> Bool {
        guard let standing = try await entry(of: lineage), let made = try? Message(standing.payload) else {
            return true
        }
        let entry = items[index].entry
        if standing.source == entry.source, standing.epoch == entry.epoch { return standing.seq < entry.seq }
        if made.id == target { return true }
        return made.id.precedes(message.id)
    }

    /// Notes that a message is part of a record of another id.
    mutating func absorb(_ message: UUID, into record: UUID, _ lineage: Int64) {
        set.aliases[message] = WorkingSet.Alias(record: record, lineage: lineage)
        newAliases.insert(message)
    }

    /// Keeps a message that lost as history: it takes the place before the one that stands.
    private mutating func supersede(_ index: Int, _ message: Message, _ current: RecordState) {
        guard var record = set.records[current.id] else { return }
        var lost = current
        lost.lineage = items[index].entry.lineage
        lost.revision += 1
        lost.date = message.date
        lost.body = message.data
        lost.person = message.person
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

    /// The record that is the same act by the natural key of its type, in whatever state.
    private mutating func recordOfEqualKey(
        _ index: Int,
        _ message: Message,
        _ rules: TypeRules,
        _ payload: JSONValue
    ) async throws -> RecordState? {
        guard !rules.key.isEmpty else { return nil }
        if rules.subject != .none, let subject = message.subject {
            let key = SubjectType(subject: subject, type: rules.typeID)
            try await ensureLoaded(key, date: CivilDate(daysSince1970: Int32.min), limit: 0)
            return set.all(key).first {
                origin(of: $0) == items[index].named ?? subject
                    && NaturalKey.matches(rules.key, $0, payload)
            }
        }
        let key = NaturalKey.digest(rules, posyandu: message.posyandu, payload)
        if recordKeys[key] == nil, let record = try await reading.records(keyed: [key])[key] {
            recordKeys[key] = record
            var questions = ContextQuestions()
            questions.records = [record]
            set = try await reading.load(questions, into: set)
        }
        let standing = recordKeys[key].flatMap { set.records[$0]?.current }
        if let standing, standing.posyandu == items[index].posyandu,
            NaturalKey.matches(rules.key, standing, payload)
        {
            return standing
        }
        return nil
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
            id: id,
            message: message,
            rules: rules,
            date: message.date,
            village: items[index].village
        )
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
                // One more than wanted: the record itself may be among the earlier ones until it is replaced.
                try await ensureLoaded(key, date: date, limit: rules.previousLimit + 1)
                previous += set.applied(key)
            }
            previous = previous.filter {
                $0.id != id && ($0.date < date || ($0.date == date && $0.id.precedes(id)))
            }
            previous.sort { $1.precedes($0) }
            previous.removeLast(max(0, previous.count - rules.previousLimit))
        }
        let facts = message.subject.flatMap { rules.subject == .resident ? set.residents[$0] : nil }
        return WorkerRecord(
            id: id.lowercased,
            type: rules.name,
            version: message.version,
            posyandu: message.posyandu.lowercased,
            date: date.description,
            context: ContextJSON.write(
                subject: message.subject,
                facts: facts,
                previous: previous,
                types: catalogue,
                village: village
            ),
            payload: message.data
        )
    }
}
