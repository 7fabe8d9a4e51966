// Residents registered or moved, records retracted, cases moved: decided here, without a sector.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginKit
import Registry

extension BatchDecider {
    mutating func decideCore(_ type: CoreType, _ index: Int, _ message: Message) async throws {
        guard let data = CoreType.data(message) else {
            refuse(index, "message.data", "data", "data bukan objek JSON yang sah")
            return
        }
        switch type {
        case .residentRegistered: try await register(index, message, data)
        case .residentMoved: try await move(index, message, data)
        case .recordRetracted: try await retract(index, message, data)
        case .caseMoved, .casePaused, .caseResumed, .caseReopened, .caseRated, .caseApproved, .caseEscalated:
            step(type, index, message, data)
        case .residentsMerged: try await link(index, message, data, isMerged: true)
        case .residentsParted: try await link(index, message, data, isMerged: false)
        case .residentDied: try await die(index, message, data)
        case .taskAnswered: answerTask(index, message, data)
        case .attachmentAdded: addAttachment(index, message)
        case .paperPut, .dossierMoved, .termEnded, .cadresPresent, .absenceTold:
            try await actOnPosyandu(type, index, message, data)
        }
    }

    mutating func refuse(_ index: Int, _ code: String, _ field: String, _ text: String) {
        items[index].verdict = .rejected([Violation(code, field: field, text)])
    }

    private mutating func register(_ index: Int, _ message: Message, _ data: JSONObject) async throws {
        guard let id = message.subject else { return refuse(index, "warga.id", "subject", "id warga belum diisi") }
        guard let sex = data["jenis_kelamin"]?.string, sex == "L" || sex == "P" else {
            return refuse(index, "warga.jenis_kelamin", "jenis_kelamin", "jenis kelamin harus L atau P")
        }
        guard let birth = data["tanggal_lahir"]?.string.flatMap({ CivilDate($0) }) else {
            return refuse(index, "warga.tanggal_lahir", "tanggal_lahir", "tanggal lahir harus YYYY-MM-DD")
        }
        guard birth <= message.date else {
            return refuse(index, "warga.tanggal_lahir", "tanggal_lahir", "tanggal lahir sesudah tanggal pendaftaran")
        }
        let person = message.person.flatMap { try? JSONParser.parse($0) }?.object ?? JSONObject()
        guard let name = person["nama"]?.string, !name.isEmpty else {
            return refuse(index, "warga.nama", "person.nama", "nama warga belum diisi")
        }
        var nik: NIK?
        if let text = person["nik"]?.string, !text.isEmpty {
            guard let read = try? NIK(text) else {
                return refuse(
                    index,
                    "warga.nik",
                    "person.nik",
                    "NIK harus 16 angka yang sah; kosongkan bila belum punya"
                )
            }
            let holder = if let known = niks[read] { known } else { try await reading.holder(of: read) }
            guard holder == nil || holder == id else {
                return refuse(
                    index,
                    "warga.nik_dipakai",
                    "person.nik",
                    """
                    NIK ini sudah tercatat pada warga lain: kosongkan dan kirim lagi; \
                    bila orangnya sama, petugas kabupaten menyatukan datanya
                    """
                )
            }
            niks[read] = id
            nik = read
        }
        var kept = person
        kept["nik"] = nil
        let before = set.residents[id]
        guard try await isNewest(index, message, among: [.residentRegistered], of: id) else {
            items[index].verdict = .applied
            return
        }
        let hasMovedSince = try await !isNewest(index, message, among: [.residentMoved], of: id)
        let change = ResidentChange(
            id: id,
            posyandu: hasMovedSince ? before?.posyandu ?? items[index].posyandu : items[index].posyandu,
            sex: sex,
            birthDate: birth,
            mother: data["ibu"]?.string.flatMap(UUID.init(uuidString:)),
            household: data["rumah_tangga"]?.string.flatMap(UUID.init(uuidString:)),
            person: JSONWriter.canonical(.object(kept)),
            nik: nik,
            lineage: items[index].entry.lineage,
            isMove: false
        )
        put(change, SubjectFacts(posyandu: change.posyandu, sex: sex, birthDate: birth, died: before?.died))
        items[index].verdict = .applied
        if let before, before.sex != sex || before.birthDate != birth { try await markStale(everythingOf: id) }
    }

    /// Whether no message of the given types that made the resident what she is was made after this one.
    private mutating func isNewest(
        _ index: Int,
        _ message: Message,
        among types: Set<CoreType>,
        of resident: UUID
    ) async throws -> Bool {
        for lineage in set.residentLineages[resident] ?? [] {
            guard let made = try await entry(of: lineage), let earlier = try? Message(made.payload),
                let type = CoreType(rawValue: earlier.type), types.contains(type)
            else { continue }
            guard try await isLater(index, message, than: lineage, naming: nil) else { return false }
        }
        return true
    }

    private mutating func move(_ index: Int, _ message: Message, _ data: JSONObject) async throws {
        guard let id = message.subject else { return refuse(index, "warga.id", "subject", "id warga belum diisi") }
        guard let facts = set.residents[id] else {
            return hold(index, WaitingKey.waitsFor(subject: id), "subject not registered yet")
        }
        guard let target = data["ke"]?.string.flatMap(UUID.init(uuidString:)), let posyandu = directory[target] else {
            return refuse(index, "warga.pindah", "ke", "posyandu tujuan tidak terdaftar")
        }
        items[index].verdict = .applied
        guard try await isNewest(index, message, among: [.residentRegistered, .residentMoved], of: id) else { return }
        var after = facts
        after.posyandu = posyandu.id
        let change = ResidentChange(
            id: id,
            posyandu: posyandu.id,
            sex: facts.sex,
            birthDate: facts.birthDate,
            person: nil,
            nik: nil,
            lineage: items[index].entry.lineage,
            isMove: true
        )
        put(change, after)
    }

    private mutating func put(_ change: ResidentChange, _ facts: SubjectFacts) {
        residents.append(change)
        set.residents[change.id] = facts
        set.residentLineages[change.id, default: []].append(change.lineage)
    }

    private mutating func retract(_ index: Int, _ message: Message, _ data: JSONObject) async throws {
        guard let id = data["catatan"]?.string.flatMap(UUID.init(uuidString:)) else {
            return refuse(index, "catatan.id", "catatan", "id catatan yang ditarik harus UUID")
        }
        guard let record = set.record(of: id) else {
            return hold(index, WaitingKey.waitsFor(record: id), "record to retract has not come yet")
        }
        let reason: String?
        do throws(Message.Malformed) {
            reason = try data["alasan"]?.string.flatMap { text throws(Message.Malformed) in try Message.reason(text) }
        } catch {
            return refuse(index, error.code, error.field, error.message)
        }
        guard record.current.posyandu == items[index].posyandu else {
            return refuse(index, "catatan.bukan_milik", "catatan", "catatan itu milik posyandu lain")
        }
        items[index].verdict = .applied
        let isStanding = record.current.lineage == items[index].entry.lineage
        guard !isStanding,
            try await isLater(index, message, than: record.current.lineage, naming: id)
        else { return }
        var state = record.current
        state.state = RecordState.retracted
        state.revision += 1
        state.lineage = items[index].entry.lineage
        set.put(state, contributions: [])
        note(.retract, of: state.id, by: message, items[index].entry, reason: reason)
        try await noteDeath(state)
        tasks[state.id] = []
        taskAnswers[state.id] = []
        try await markStale(after: state, record.current)
    }
}
