// Steps of cases: reads what a message asks for, has the rules of `Cases` judge it, and notes what follows.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import MessageLog
import PluginKit
import Registry

/// What a source may do with cases, and where.
struct SourceDuty: Sendable {
    var rights = CaseRights(isOwn: false, roles: [])
    /// Region code within which it may write; nil for everywhere that its posyandu allows.
    var area: String?

    func covers(village: String) -> Bool {
        guard let area else { return true }
        return village == area || village.hasPrefix(area + ".")
    }
}

extension BatchDecider {
    /// Kind of the task that an escalation raises; no answer of a sector takes it back.
    static let escalationTask = "eskalasi"

    /// Opens the case of a record.
    func openedCase(
        _ opening: AnswerReading.Opening,
        of state: RecordState,
        _ rules: TypeRules,
        at: Int64
    ) -> CaseState? {
        guard let first = rules.firstCaseState else { return nil }
        var opened = CaseState(
            id: state.id,
            type: rules.typeID,
            posyandu: state.posyandu,
            reason: rules.record.isConfidential ? Self.code(opening.reason) : opening.reason,
            priority: opening.priority ?? Priority.medium.rawValue,
            opened: state.date,
            openedAt: at,
            moved: at,
            lastStep: at,
            openedBy: state.lineage,
            lineage: state.lineage,
            situation: CaseSituation(state: first, office: opening.office ?? rules.office(for: state.body))
        )
        opened.moves = [
            CaseMove(kind: "open", from: nil, to: first, by: "kader", at: at, episode: 1, lineage: state.lineage)
        ]
        return opened
    }

    /// The reason of a confidential case is a word of its manifest; what somebody wrote stays in the sealed record.
    private static func code(_ reason: String) -> String { Identifier.isPlain(reason) ? reason : "rahasia" }

    /// One step of a case.
    mutating func step(_ type: CoreType, _ index: Int, _ message: Message, _ data: JSONObject) {
        guard let id = data["kasus"]?.string.flatMap(UUID.init(uuidString:)) else {
            return refuse(index, "kasus.id", "kasus", "id kasus harus UUID")
        }
        guard let standing = set.cases[id] else {
            guard set.record(of: id) == nil else {
                return refuse(index, "kasus.tidak_ada", "kasus", "catatan itu tidak membuka kasus")
            }
            return hold(index, WaitingKey.waitsFor(record: id), "case has not come yet")
        }
        guard standing.posyandu == items[index].posyandu else {
            return refuse(index, "kasus.bukan_milik", "posyandu", "kasus itu milik posyandu lain")
        }
        guard let workflow = catalogue.byID[standing.type]?.workflow else {
            return refuse(index, "kasus.alur", "kasus", "bidang ini tidak punya alur kasus")
        }
        let request = StepRequest(type, data)
        if let (field, text) = request.fault { return refuse(index, "kasus.bentuk", field, text) }
        let entry = items[index].entry
        let duty = duties[entry.source] ?? SourceDuty()
        // A step is never earlier than the one before it, whatever the sender's clock says.
        let at = max(entry.at, standing.lastStep)
        let day = time.day(of: at)
        var before = standing.situation
        if before.closed == nil, workflow.isFinal(before.state) { before.closed = time.day(of: standing.moved) }
        before.documents.formUnion(ticks(of: id))
        let after: CaseSituation
        do throws(CaseFault) {
            after = try CaseRules(workflow, calendar: time.calendar)
                .judge(request.act, by: request.role, rights: duty.rights, on: before, day: day)
        } catch {
            return refuse(index, error.code, error.field, error.message)
        }
        items[index].verdict = .applied
        if after.revision == before.revision { return }
        var changed = standing
        changed.take(after, request, at: at, lineage: entry.lineage, source: entry.source)
        if case .escalate(_, _, let deadline, let role) = request.act {
            escalations.append(escalation(of: changed, to: role, deadline, day))
        } else if after.state != before.state {
            closedTasks += before.told.map { role in
                ClosedTask(
                    record: id,
                    kind: Self.escalationTask,
                    topic: Self.topic(role, before.episode),
                    date: day,
                    lineage: entry.lineage
                )
            }
        }
        set.cases[id] = changed
    }

    private func escalation(of case: CaseState, to role: String, _ deadline: String, _ day: CivilDate) -> TaskRow {
        TaskRow(
            kind: Self.escalationTask,
            reason: deadline,
            record: `case`.id,
            posyandu: `case`.posyandu,
            role: role,
            due: day,
            topic: Self.topic(role, `case`.situation.episode),
            lineage: `case`.lineage
        )
    }

    /// Each episode tells its roles anew, so each has tasks of its own.
    private static func topic(_ role: String, _ episode: Int) -> String { "\(role)_\(episode)" }

    /// Flags of the record that are true: papers that the report ticked.
    private func ticks(of record: UUID) -> Set<String> {
        guard let body = set.records[record]?.current.body, let fields = (try? JSONParser.parse(body))?.object else {
            return []
        }
        return Set(fields.members.filter { $0.value.bool == true }.map(\.name))
    }

    // MARK: The text of a report

    /// What a correction may not change because the report has opened a case. Compared with the message that opened it.
    mutating func immutableViolations(
        _ message: Message,
        _ rules: TypeRules,
        _ payload: JSONValue,
        _ record: UUID
    ) async throws -> [Violation] {
        let (fields, person) = (rules.record.immutableFields, rules.record.immutablePerson)
        guard !fields.isEmpty || !person.isEmpty, try await hasCase(record), let opened = set.cases[record] else {
            return []
        }
        let report = try await entry(of: opened.openedBy).flatMap { try? Message($0.payload) }
        // The log may have been retired: then the record as it stands tells the fields, and nothing tells the person's words.
        let body = report?.data ?? set.records[record]?.current.body ?? []
        let told = try? JSONParser.parse(body)
        var changed = fields.filter { payload[$0] ?? .null != told?[$0] ?? .null }
        if let given = message.person.flatMap({ try? JSONParser.parse($0) }) {
            let said = report?.person.flatMap { try? JSONParser.parse($0) }
            changed += person.filter { given[$0] ?? .null != said?[$0] ?? .null }.map { "person.\($0)" }
        }
        return changed.map {
            Violation(
                "kasus.isi_tetap",
                field: $0,
                "isi laporan tidak dapat diubah; tulis keterangan tambahan pada langkah kasus"
            )
        }
    }

    /// Whether a record has opened its case before: the case goes its own way then, whatever the record says now.
    mutating func hasCase(_ record: UUID) async throws -> Bool {
        if set.cases[record] != nil { return true }
        guard set.records[record]?.base != nil else { return false }
        var questions = ContextQuestions()
        questions.cases = [record]
        set = try await reading.load(questions, into: set)
        return set.cases[record] != nil
    }
}
