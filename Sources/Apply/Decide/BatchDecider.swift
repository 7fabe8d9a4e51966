// Decides what one batch of log entries does to the registry; writes nothing.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FailPoints
import FoundationEssentials
import MessageLog
import PluginHost
import PluginKit
import PostgresClient
import Registry

/// What the decider reads beside the batch: the registry's rows and single log entries.
protocol RegistryReading: Sendable {
    /// Answers the questions into a copy of the set.
    func load(_ questions: ContextQuestions, into set: WorkingSet) async throws -> WorkingSet
    /// The messages that made the given lineages.
    func entries(_ lineages: [Int64]) async throws -> [Int64: LogEntry]
    /// Record ids by natural key, for record types without a subject.
    func records(keyed keys: [UUID]) async throws -> [UUID: UUID]
    /// The log entry that made the first revision of a record which has several.
    func firstLineage(of record: UUID) async throws -> Int64?
    /// Whether a message of this id was refused.
    func isRejected(message id: UUID) async throws -> Bool
    /// The resident who has this NIK.
    func holder(of nik: NIK) async throws -> UUID?
}

/// Takes a batch through parse, context, rounds of questions and consequences.
///
/// A value with no access to the database but `reading`: the same entries, registry and answers give the same result.
struct BatchDecider {
    let catalogue: ApplyCatalogue
    let directory: PosyanduDirectory.Snapshot
    let host: any SectorAsking
    let reading: any RegistryReading
    /// The posyandu each source may write for; nil for sources that may write for all (the node's own).
    let sourcePosyandu: [SourceID: UUID]
    /// What each source may do with cases, and where.
    var duties: [SourceID: SourceDuty] = [:]
    /// The kabupaten's days.
    var time = CaseTime()
    /// Source and sector with records waiting: newer ones of the same source queue up behind them.
    let waiting: Set<WaitingKey>
    /// Sources with messages held for a sector or a resident: a record that one of them names may be among these.
    let holding: Set<SourceID>
    /// The batch has brought the daemon down before: ask records one by one.
    let splitAtOnce: Bool

    var items: [Item]
    /// By item, what it reads or writes: residents, records, posyandu of keyed types.
    var keys: [[UUID]] = []
    var set = WorkingSet()
    var residents: [ResidentChange] = []
    /// NIK of the residents registered in this batch.
    var niks: [NIK: UUID] = [:]
    /// What the newest answer about a record asks to be done.
    var tasks: [UUID: [TaskRow]] = [:]
    /// What the newest answer about a record says of the tasks of earlier ones; a record is in both or in neither.
    var taskAnswers: [UUID: [TaskAnswer]] = [:]
    /// Natural key → record, as far as the batch looked them up or made them.
    var recordKeys: [UUID: UUID] = [:]
    /// Messages of this batch that became part of a record of another id; which, says the working set.
    var newAliases: Set<UUID> = []
    var newlyWaiting: Set<WaitingKey> = []
    var newlyHolding: Set<SourceID> = []
    /// Records whose context changed after they were decided, by subject.
    var stale: [UUID: Set<UUID>] = [:]
    /// Pairs of residents of which a message of this batch has the newest word.
    var newLinks: Set<ResidentPair> = []
    /// Residents of the persons that such a message joined or parted.
    var relinked: Set<UUID> = []
    /// Records whose message names another resident than the record's subject, or did.
    var newOrigins: Set<UUID> = []
    /// What the batch heard of deaths.
    var newDeaths: Set<DeathSaying> = []
    /// Residents whose day of death is another than before; their records are asked again.
    var mourned: Set<UUID> = []
    /// Tasks that a person says are done.
    var closedTasks: [ClosedTask] = []
    /// What the batch did to dossiers, terms and presence lists.
    var posyanduChanges = PosyanduChanges()
    /// Corrections and retractions that took effect.
    var changes: [RecordChange] = []
    /// Tasks of those whom escalations told.
    var escalations: [TaskRow] = []
    /// Records that could not be asked again now.
    var askLater: [UUID: AskLater] = [:]
    /// Messages of this batch by lineage, for records that are asked again within it.
    var messages: [Int64: Message] = [:]
    /// Log entries that were looked up, by lineage.
    var provenance: [Int64: LogEntry] = [:]

    init(
        entries: [(entry: LogEntry, heldFor: String?)],
        catalogue: ApplyCatalogue,
        directory: PosyanduDirectory.Snapshot,
        host: any SectorAsking,
        reading: any RegistryReading,
        sourcePosyandu: [SourceID: UUID],
        waiting: Set<WaitingKey>,
        holding: Set<SourceID>,
        splitAtOnce: Bool
    ) {
        self.catalogue = catalogue
        self.directory = directory
        self.host = host
        self.reading = reading
        self.sourcePosyandu = sourcePosyandu
        self.waiting = waiting
        self.holding = holding
        self.splitAtOnce = splitAtOnce
        items = entries.map { Item(entry: $0.entry, heldFor: $0.heldFor) }
    }

    /// Reads the messages; those that cannot go on get their verdict. Asks nobody.
    mutating func read() {
        for index in items.indices { classify(index) }
        takeKeys()
    }

    /// Reads from the registry what the messages name. After ``read()``.
    /// - Returns: the keys that the items have because of what stands in the registry.
    @discardableResult
    mutating func load() async throws -> [UUID] {
        try await recognise()
        var added: [UUID] = []
        if set.persons.areMerged {
            takeKeys()
            added = keys.flatMap { $0 }
        }
        set = try await reading.load(questions(), into: set)
        FailPoint.hit("apply.context-loaded")
        return added + extendKeys()
    }

    /// Gives every item a verdict and fills the working set with what must be written. After ``load()``.
    mutating func run() async throws {
        let open = items.indices.filter { items[$0].verdict == nil }
        for (place, part) in parts(open).enumerated() {
            if place > 0 {
                takeKeys()
                extendKeys()
            }
            for round in Rounds.split(part.map { keys[$0] }) { try await decide(round.map { part[$0] }) }
        }
        try await askAgain()
    }

    /// Reads the message and finds its kind; items that cannot go on get their verdict here.
    private mutating func classify(_ index: Int) {
        let entry = items[index].entry
        if entry.kind.contains(.refused) {
            items[index].verdict = .skipped
            return
        }
        let message: Message
        do {
            message = try Message(entry.payload)
        } catch {
            items[index].verdict = .rejected([Violation(error.code, field: error.field, error.message)])
            return
        }
        items[index].message = message
        messages[entry.lineage] = message
        guard let posyandu = directory[message.posyandu] else {
            items[index].verdict = .rejected([
                Violation("posyandu.tidak_dikenal", field: "posyandu", "posyandu tidak terdaftar di node ini")
            ])
            return
        }
        if let own = sourcePosyandu[entry.source], own != message.posyandu {
            items[index].verdict = .rejected([
                Violation("posyandu.bukan_milik_pengirim", field: "posyandu", "pengirim bukan perangkat posyandu ini")
            ])
            return
        }
        if let duty = duties[items[index].entry.source], !duty.covers(village: posyandu.village.description) {
            items[index].verdict = .rejected([
                Violation("posyandu.di_luar_wilayah", field: "posyandu", "posyandu ini di luar wilayah pengirim")
            ])
            return
        }
        items[index].posyandu = posyandu.id
        items[index].village = posyandu.village.description
        items[index].recordID = message.corrects ?? message.id
        if message.core == nil { classifySector(index, message) }
    }

    private mutating func classifySector(_ index: Int, _ message: Message) {
        let rules = catalogue.types[message.type]
        let sector = rules?.sector ?? String(message.type.prefix { $0 != "." })
        let key = WaitingKey(source: items[index].entry.source, sector: sector)
        if queuesUp(index, key) { return }
        guard let rules else {
            hold(index, WaitingKey.waitsFor(sector: sector), "record type not installed")
            newlyWaiting.insert(key)
            return
        }
        guard rules.accepts.contains(message.version) else {
            hold(index, WaitingKey.waitsFor(sector: sector), "record version not known yet")
            newlyWaiting.insert(key)
            return
        }
        if rules.subject != .none, message.subject == nil {
            items[index].verdict = .rejected([Violation("subjek.kosong", field: "subject", "warga belum dipilih")])
            return
        }
        items[index].rules = rules
    }

    /// Holds a record behind earlier ones of its source and sector that wait.
    private mutating func queuesUp(_ index: Int, _ key: WaitingKey) -> Bool {
        if waiting.isEmpty, newlyWaiting.isEmpty { return false }
        let isBehind = items[index].heldFor == nil && waiting.contains(key) || newlyWaiting.contains(key)
        if isBehind { hold(index, WaitingKey.waitsFor(sector: key.sector), "earlier records of the source wait") }
        return isBehind
    }

    mutating func hold(_ index: Int, _ waitsFor: String, _ reason: String) {
        items[index].verdict = .held(waitsFor: waitsFor, reason: reason)
        if !WaitingKey.isRecord(waitsFor) { newlyHolding.insert(items[index].entry.source) }
    }

    /// What the registry is asked before the first round.
    private func questions() -> ContextQuestions {
        var questions = ContextQuestions()
        questions.records.reserveCapacity(items.count)
        questions.residents.reserveCapacity(items.count)
        for index in items.indices where items[index].verdict == nil {
            guard let message = items[index].message else { continue }
            questions.records.insert(message.id)
            if let corrects = message.corrects { questions.records.insert(corrects) }
            if let receipt = message.receipt { questions.receipts.insert(receipt) }
            if let core = message.core {
                core.ask(message, &questions)
                continue
            }
            guard let rules = items[index].rules, let subject = message.subject, rules.subject != .none else {
                continue
            }
            if rules.subject == .resident { questions.residents.insert(subject) }
            for type in catalogue.related[rules.typeID] ?? [] {
                questions.ask(SubjectType(subject: subject, type: type), newest: rules.previousLimit + 2)
            }
        }
        return questions
    }

    /// One round: core messages at once, records of sectors by one question to each sector.
    private mutating func decide(_ round: [Int]) async throws {
        var questions: [String: [(index: Int, record: WorkerRecord)]] = [:]
        for index in round {
            identify(index)
            guard let message = items[index].message, items[index].verdict == nil else { continue }
            if let sector = items[index].rules?.sector {
                if queuesUp(index, WaitingKey(source: items[index].entry.source, sector: sector)) { continue }
            }
            if let core = message.core {
                try await decideCore(core, index, message)
            } else if let rules = items[index].rules {
                guard try await prepare(index, message, rules) else { continue }
                questions[rules.sector, default: []].append((index, try await question(index, message, rules)))
            }
        }
        guard !questions.isEmpty else { return }
        let results = await RoundAsker.ask(host, questions, splitAtOnce: splitAtOnce)
        for index in round {
            if let result = results[index] { try await settle(index, result) }
        }
    }

    private mutating func settle(_ index: Int, _ result: AskResult) async throws {
        guard let message = items[index].message, let rules = items[index].rules else { return }
        switch result {
        case .unavailable(let reason):
            hold(index, WaitingKey.waitsFor(sector: rules.sector), reason)
            newlyWaiting.insert(WaitingKey(source: items[index].entry.source, sector: rules.sector))
        case .dead(let reason, let detail):
            items[index].verdict = .dead(reason: reason, detail: detail)
        case .answer(let answer):
            try await accept(index, message, rules, answer)
        }
    }
}

/// A source and a sector whose records wait in order.
struct WaitingKey: Hashable, Sendable {
    var source: SourceID
    var sector: String

    static func waitsFor(sector: String) -> String { "sector:" + sector }
    static func waitsFor(subject: UUID) -> String { "subject:" + subject.lowercased }
    static func waitsFor(record: UUID) -> String { "record:" + record.lowercased }
    static func isRecord(_ waitsFor: String) -> Bool { waitsFor.hasPrefix("record:") }
}
