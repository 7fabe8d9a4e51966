// Residents that are one person: whom a record counts for, merging and parting, and what comes after a death.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginKit
import Registry

extension BatchDecider {
    // MARK: Whom a message is about

    /// Reads with whom the residents that the batch names are one person. Before anything else is read.
    mutating func recognise() async throws {
        var questions = ContextQuestions()
        for item in items where item.verdict == nil {
            guard let message = item.message else { continue }
            if let subject = message.subject, item.rules?.subject != .household {
                questions.persons.insert(subject)
            }
            if let other = message.core?.other(message) {
                questions.persons.insert(other)
            }
        }
        set = try await reading.load(questions, into: set)
        for index in items.indices { identify(index) }
    }

    /// Gives a sector's record the person for whom it counts as its subject, and remembers whom the message names.
    mutating func identify(_ index: Int) {
        guard items[index].rules?.subject == .resident, let message = items[index].message,
            let named = items[index].named ?? message.subject
        else { return }
        let person = set.persons[named]
        guard person != message.subject || items[index].named != nil else { return }
        items[index].named = person == named ? nil : named
        let meant = Message(message, about: person)
        items[index].message = meant
        messages[items[index].entry.lineage] = meant
    }

    /// Splits the items where residents are merged or parted: what comes after sees other persons than what came before.
    func parts(_ open: [Int]) -> [[Int]] {
        var parts: [[Int]] = [[]]
        for index in open {
            let type = items[index].message?.core
            if type == .residentsMerged || type == .residentsParted {
                parts += [[index], []]
            } else {
                parts[parts.count - 1].append(index)
            }
        }
        return parts.filter { !$0.isEmpty }
    }

    /// The resident whom the message of a record names.
    func origin(of state: RecordState) -> UUID? { set.persons.origins[state.id] ?? state.subject }

    mutating func noteOrigin(of record: UUID, named: UUID?) {
        guard set.persons.origins[record] != named else { return }
        set.persons.origins[record] = named
        newOrigins.insert(record)
    }

    // MARK: Merging and parting

    /// Says that two residents are one person, or that they are not. The newest word on a pair counts.
    mutating func link(_ index: Int, _ message: Message, _ data: JSONObject, isMerged: Bool)
        async throws
    {
        let source = items[index].entry.source
        guard sourcePosyandu[source] == nil, duties[source]?.area == nil else {
            return refuse(
                index,
                "warga.satukan_petugas",
                "type",
                "hanya petugas kabupaten boleh menyatukan data warga"
            )
        }
        guard let kept = message.subject,
            let other = data["warga"]?.string.flatMap(UUID.init(uuidString:)),
            kept != other
        else { return refuse(index, "warga.satukan", "warga", "sebutkan dua warga yang berbeda") }
        guard let reason = data["alasan"]?.string, !reason.isEmpty else {
            return refuse(index, "warga.satukan_alasan", "alasan", "alasan wajib diisi")
        }
        for id in [kept, other] where set.residents[id] == nil {
            return hold(index, WaitingKey.waitsFor(subject: id), "subject not registered yet")
        }
        var questions = ContextQuestions()
        questions.links = Set(set.persons.members(of: kept) + set.persons.members(of: other))
        set = try await reading.load(questions, into: set)
        items[index].verdict = .applied
        let pair = ResidentPair(kept, other)
        if let known = set.persons.links[pair] {
            guard known.lineage != items[index].entry.lineage,
                try await isLater(index, message, than: known.lineage, naming: nil)
            else { return }
        }
        let link = ResidentLink(
            kept: kept,
            isMerged: isMerged,
            reason: reason,
            lineage: items[index].entry.lineage
        )
        newLinks.insert(pair)
        relinked.formUnion(questions.links)
        let deaths = Dictionary(
            uniqueKeysWithValues: questions.links.map { ($0, set.persons.death(of: $0)) }
        )
        let changed = set.persons.set(pair, link)
        try await moveRecords(of: Set(changed.values))
        for resident in questions.links where deaths[resident] != set.persons.death(of: resident) {
            try await markStale(allOf: set.persons[resident])
        }
    }

    /// Gives the records of persons that were joined or parted to whom they count for now, and has them asked again with all
    /// that look back at them.
    private mutating func moveRecords(of persons: Set<UUID>) async throws {
        guard !persons.isEmpty else { return }
        var questions = ContextQuestions()
        questions.everything = persons
        questions.residents = relinked.filter { set.residents[$0] == nil }
        set = try await reading.load(questions, into: set)
        let records = set.records.values.map(\.current)
            .filter { $0.subject.map(persons.contains) ?? false }
            .sorted { $0.precedes($1) }
        for state in records {
            guard let named = origin(of: state) else { continue }
            let person = set.persons[named]
            guard person != state.subject else { continue }
            var moved = state
            moved.subject = person
            set.put(moved, contributions: nil)
            noteOrigin(of: state.id, named: named == person ? nil : named)
            if moved.isStanding { stale[person, default: []].insert(state.id) }
            try await markStale(after: moved, state)
        }
    }

    // MARK: Death

    /// Says that a resident died on a day, or with null that this was a mistake. The newest word counts.
    mutating func die(_ index: Int, _ message: Message, _ data: JSONObject) async throws {
        guard let id = message.subject else {
            return refuse(index, "warga.id", "subject", "id warga belum diisi")
        }
        guard set.residents[id] != nil else {
            return hold(index, WaitingKey.waitsFor(subject: id), "subject not registered yet")
        }
        var day: CivilDate?
        if let given = data["tanggal"], given != .null {
            guard let date = given.string.flatMap({ CivilDate($0) }), date <= message.date else {
                return refuse(
                    index,
                    "warga.tanggal_meninggal",
                    "tanggal",
                    "tanggal meninggal harus YYYY-MM-DD dan tidak sesudah hari dilaporkan"
                )
            }
            day = date
        }
        items[index].verdict = .applied
        if let known = set.persons.deaths[id]?[id] {
            guard known.lineage != items[index].entry.lineage,
                try await isLater(index, message, than: known.lineage, naming: nil)
            else { return }
        }
        let before = set.persons.death(of: id)
        set.persons.deaths[id, default: [:]][id] = Persons.Death(
            day: day,
            lineage: items[index].entry.lineage
        )
        newDeaths.insert(DeathSaying(resident: id, source: id))
        if before != set.persons.death(of: id) { try await markStale(allOf: set.persons[id]) }
    }

    /// Keeps in step what a record of death says: one that is applied says that the resident whom its message names died on
    /// its day.
    mutating func noteDeath(_ state: RecordState) async throws {
        guard let rules = catalogue.byID[state.type], rules.isDeath else { return }
        var questions = ContextQuestions()
        questions.persons = Set(
            [state.subject, set.records[state.id]?.base?.subject].compactMap { $0 }
        )
        set = try await reading.load(questions, into: set)
        let named = origin(of: state)
        let isSaid = state.state == RecordState.applied
        for resident in Set(questions.persons.flatMap { set.persons.members(of: $0) }) {
            let before = set.persons.death(of: resident)
            let says = isSaid && resident == named
            set.persons.deaths[resident, default: [:]][state.id] =
                says ? Persons.Death(day: state.date, lineage: state.lineage) : nil
            newDeaths.insert(DeathSaying(resident: resident, source: state.id))
            if before != set.persons.death(of: resident) { mourned.insert(resident) }
        }
    }

    /// Why a record cannot be: its subject had died before. A record of the death itself may.
    func afterDeath(_ rules: TypeRules, _ subject: UUID?, _ date: CivilDate) -> Violation? {
        guard rules.subject == .resident, !rules.isDeath, let subject,
            let death = set.persons.death(of: subject), date > death
        else { return nil }
        return Violation(
            "warga.meninggal",
            "warga ini tercatat meninggal \(death); periksa orang dan tanggal, atau betulkan catatan kematiannya"
        )
    }

    /// Has the records of residents asked again of whose death something new was said.
    mutating func mourn() async throws {
        for person in Set(mourned.map { set.persons[$0] }) { try await markStale(allOf: person) }
        mourned = []
    }

    /// Marks every standing record of a person.
    private mutating func markStale(allOf person: UUID) async throws {
        var questions = ContextQuestions()
        questions.everything = [person]
        set = try await reading.load(questions, into: set)
        for record in set.records.values
        where record.current.subject == person && record.current.isStanding {
            stale[person, default: []].insert(record.current.id)
        }
    }

    // MARK: Tasks

    /// A person says that a task is done.
    mutating func answerTask(_ index: Int, _ message: Message, _ data: JSONObject) {
        guard let id = data["catatan"]?.string.flatMap(UUID.init(uuidString:)) else {
            return refuse(index, "tugas.catatan", "catatan", "id catatan yang meminta tugas harus UUID")
        }
        guard let kind = data["jenis"]?.string, !kind.isEmpty else {
            return refuse(index, "tugas.jenis", "jenis", "jenis tugas belum diisi")
        }
        guard let record = set.record(of: id) else {
            return hold(
                index,
                WaitingKey.waitsFor(record: id),
                "the record that raised the task has not come yet"
            )
        }
        guard record.current.posyandu == items[index].posyandu else {
            return refuse(index, "tugas.bukan_milik", "catatan", "tugas itu milik posyandu lain")
        }
        closedTasks.append(
            ClosedTask(
                record: record.current.id,
                kind: kind,
                topic: data["topik"]?.string,
                date: message.date,
                lineage: items[index].entry.lineage
            )
        )
        items[index].verdict = .applied
    }

    // MARK: What is written

    /// What the batch changed about persons.
    var personChanges: PersonChanges {
        var changes = PersonChanges()
        for pair in newLinks {
            if let link = set.persons.links[pair] { changes.links.append((pair, link)) }
        }
        changes.persons = relinked.map { (resident: $0, person: set.persons.person[$0]) }
        changes.origins = newOrigins.filter { set.records[$0]?.changed ?? false }.map {
            ($0, set.persons.origins[$0])
        }
        changes.deaths = newDeaths.map {
            ($0.resident, $0.source, set.persons.deaths[$0.resident]?[$0.source])
        }
        let died = Set(newDeaths.flatMap { set.persons.members(of: $0.resident) }).union(relinked)
        changes.died = died.map { (resident: $0, day: set.persons.death(of: $0)) }
        return changes
    }
}

/// A resident, and the record or message (then her own id) that says she died.
struct DeathSaying: Hashable, Sendable {
    var resident: UUID
    var source: UUID
}
