// Acts on the registration of a posyandu, and on the terms, presence and absences of its cadres.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import MessageLog
import PluginKit
import Registry

extension CoreType {
    /// The message is about the posyandu that it names, or about cadres of it.
    var isAboutPosyandu: Bool {
        switch self {
        case .paperPut, .dossierMoved, .termEnded, .cadresPresent, .absenceTold: true
        default: false
        }
    }

    /// Messages that name the same posyandu, cadre or number are decided one after the other.
    func posyanduKeys(_ message: Message) -> [UUID] {
        guard isAboutPosyandu else { return [] }
        var keys = [message.posyandu]
        let data = Self.data(message)
        if let cadre = Self.uuid(data?["kader"]) { keys.append(cadre) }
        if let number = data?["nomor"]?.string { keys.append(Self.key(ofNumber: number)) }
        return keys
    }

    static func uuid(_ value: JSONValue?) -> UUID? { value?.string.flatMap(UUID.init(uuidString:)) }

    /// A key that only serves to find two messages that name one registration number.
    private static func key(ofNumber number: String) -> UUID {
        var octets: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &octets) { target in
            for (place, byte) in number.utf8.enumerated() { target[place % 16] = target[place % 16] &* 31 &+ byte }
        }
        return UUID(uuid: octets)
    }
}

extension BatchDecider {
    mutating func actOnPosyandu(
        _ type: CoreType,
        _ index: Int,
        _ message: Message,
        _ data: JSONObject
    ) async throws {
        let source = items[index].entry.source
        let isOfPosyandu = sourcePosyandu[source] != nil && (type == .cadresPresent || type == .absenceTold)
        guard isOfPosyandu || isKabupaten(source) else {
            return refuse(index, "posyandu.petugas", "type", "hanya petugas kabupaten boleh menyatakan ini")
        }
        switch type {
        case .cadresPresent: try await notePresence(index, message, data)
        case .absenceTold: try await noteAbsence(index, message, data)
        default:
            guard let actor = data["oleh"]?.string, !actor.isEmpty else {
                return refuse(index, "posyandu.oleh", "oleh", "sebutkan siapa yang menyatakan")
            }
            switch type {
            case .paperPut: try await putPaper(index, message, data, actor)
            case .dossierMoved: try await moveDossier(index, message, data, actor)
            default: try await endTerm(index, message, data, actor)
            }
        }
    }

    /// The node's own source, or one that is bound to no posyandu, area or role: an office (OPD) is not.
    private func isKabupaten(_ source: SourceID) -> Bool {
        guard sourcePosyandu[source] == nil else { return false }
        guard let duty = duties[source] else { return true }
        return duty.area == nil && (duty.rights.isOwn || duty.rights.roles.isEmpty)
    }

    private mutating func refuse(_ index: Int, _ refusal: DossierRefusal) {
        refuse(index, refusal.code, refusal.field, refusal.text)
    }

    private mutating func read(_ fill: (inout PosyanduQuestions) -> Void) async throws {
        var questions = ContextQuestions()
        fill(&questions.posyandu)
        set = try await reading.load(questions, into: set)
    }

    /// A date of the message; nil when it is absent or null. A date that is none refuses the message.
    private mutating func date(_ index: Int, _ data: JSONObject, _ name: String) throws(Refused) -> CivilDate? {
        guard let given = data[name], given != .null else { return nil }
        guard let date = given.string.flatMap({ CivilDate($0) }) else {
            refuse(index, "posyandu.tanggal", name, "tanggal harus YYYY-MM-DD")
            throw Refused()
        }
        return date
    }

    /// The message has its verdict.
    private struct Refused: Error {}

    // MARK: Dossier

    private mutating func putPaper(_ index: Int, _ message: Message, _ data: JSONObject, _ actor: String) async throws {
        let posyandu = items[index].posyandu
        try await read { $0.dossiers.insert(posyandu) }
        guard var dossier = set.posyandu.dossiers[posyandu] else { return }
        let kind = data["jenis"]?.string ?? ""
        let number = data["nomor"]?.string ?? ""
        do {
            var paper =
                dossier.paper(kind, number)
                ?? DossierPaper(kind: kind, number: number, dated: message.date, validFrom: message.date)
            if let dated = try date(index, data, "tanggal") { paper.dated = dated }
            // A paper holds from its own date on, unless it says another day.
            if paper.lineage == nil, dossier.paper(kind, number) == nil { paper.validFrom = paper.dated }
            if let from = try date(index, data, "berlaku_dari") { paper.validFrom = from }
            if let until = try date(index, data, "berlaku_sampai") { paper.validTo = until }
            if let by = data["pejabat"]?.string, !by.isEmpty { paper.decidedBy = by }
            if let copy = data["salinan"]?.string, !copy.isEmpty { paper.copyAt = copy }
            paper.isWithdrawn = data["ditarik"]?.bool ?? false
            paper.saidBy = actor
            paper.lineage = items[index].entry.lineage
            let list = DocumentList.inForce(set.posyandu.lists, on: message.date)
            let put = try dossier.put(paper, of: list, on: message.date)
            set.posyandu.dossiers[posyandu] = dossier
            posyanduChanges.papers.append((posyandu, put))
            items[index].verdict = .applied
        } catch let refusal as DossierRefusal {
            refuse(index, refusal)
        } catch is Refused {}
    }

    private mutating func moveDossier(
        _ index: Int,
        _ message: Message,
        _ data: JSONObject,
        _ actor: String
    ) async throws {
        let posyandu = items[index].posyandu
        try await read { $0.dossiers.insert(posyandu) }
        guard var dossier = set.posyandu.dossiers[posyandu] else { return }
        let day = message.date
        let reason = data["alasan"]?.string
        let lineage = items[index].entry.lineage
        do {
            let move: DossierMove
            switch data["ke"]?.string.flatMap(Dossier.State.init) {
            case .submitted:
                let list = DocumentList.inForce(set.posyandu.lists, on: day)
                move = try dossier.submit(list, on: day, by: actor, reason: reason, lineage: lineage)
            case .returned:
                move = try dossier.giveBack(on: day, by: actor, reason: reason, lineage: lineage)
            case .registered:
                let number = data["nomor"]?.string ?? ""
                guard let since = try date(index, data, "tanggal") else {
                    return refuse(index, "nomor.tanggal", "tanggal", "tanggal registrasi belum diisi")
                }
                let asked = AskedNumber(number: number, registeredOn: since)
                try await read { $0.numbers.insert(asked) }
                var facts = set.posyandu.numbers[asked] ?? NumberFacts()
                facts.holder = facts.holder ?? posyanduChanges.numbers.first { $0.number.number == number }?.posyanduID
                move = try dossier.register(
                    number,
                    since: since,
                    facts,
                    isFurther: data["nomor_lanjutan"]?.bool ?? false,
                    on: day,
                    by: actor,
                    reason: reason,
                    lineage: lineage
                )
                if let held = dossier.numbers.last { posyanduChanges.numbers.append((posyandu, held)) }
            case .draft, nil:
                return refuse(index, "berkas.langkah", "ke", "langkah harus diajukan, dikembalikan atau terdaftar")
            }
            set.posyandu.dossiers[posyandu] = dossier
            posyanduChanges.moves.append((posyandu, move))
            items[index].verdict = .applied
        } catch let refusal as DossierRefusal {
            refuse(index, refusal)
        } catch is Refused {}
    }

    // MARK: Cadres

    /// Ends a term, or takes its end back. The newest word on a term counts.
    private mutating func endTerm(_ index: Int, _ message: Message, _ data: JSONObject, _ actor: String) async throws {
        guard let cadre = CoreType.uuid(data["kader"]) else {
            return refuse(index, "kader.id", "kader", "id kader harus UUID")
        }
        try await read { $0.cadres.insert(cadre) }
        let posyandu = items[index].posyandu
        do {
            let day = try date(index, data, "tanggal")
            let own = (set.posyandu.terms[cadre] ?? []).filter {
                $0.key.posyanduID == posyandu && $0.key.role == data["jabatan"]?.string
                    && $0.key.started <= message.date
            }
            // Of several terms in one office the newest is meant.
            guard var term = own.max(by: { $0.key.started < $1.key.started }) else {
                return refuse(
                    index,
                    "kader.masa_jabatan",
                    "kader",
                    "kader itu tidak memegang jabatan itu di posyandu ini"
                )
            }
            let reason = data["alasan"]?.string ?? ""
            if let day {
                guard day >= term.key.started, day <= message.date else {
                    return refuse(
                        index,
                        "kader.tanggal",
                        "tanggal",
                        "akhir masa jabatan tidak boleh sebelum awalnya (\(term.key.started)) atau sesudah hari ini"
                    )
                }
                let reasons = TermRules.inForce(set.posyandu.termRules, on: message.date)?.reasons ?? []
                guard reasons.contains(reason) else {
                    return refuse(
                        index,
                        "kader.alasan",
                        "alasan",
                        "alasan berakhir harus salah satu dari: \(reasons.joined(separator: ", "))"
                    )
                }
            }
            let lineage = items[index].entry.lineage
            items[index].verdict = .applied
            if let known = term.lineage {
                guard known != lineage, try await isLater(index, message, than: known, naming: nil) else { return }
            }
            if day == nil, let other = openSector(of: cadre, besides: term) {
                return refuse(
                    index,
                    "kader.satu_bidang",
                    "kader",
                    "kader ini sudah melayani bidang \(other); satu kader satu bidang"
                )
            }
            (term.ended, term.reason) = (day, day == nil ? nil : reason)
            (term.saidBy, term.lineage) = (actor, lineage)
            set.posyandu.terms[cadre] = set.posyandu.terms[cadre]?.map { $0.key == term.key ? term : $0 }
            posyanduChanges.terms.append(term)
        } catch is Refused {}
    }

    /// The bidang of another term that goes on, when the given one has a bidang too.
    private func openSector(of cadre: UUID, besides term: CadreTerm) -> String? {
        guard term.sector != nil else { return nil }
        return set.posyandu.terms[cadre]?.first { $0.key != term.key && $0.ended == nil && $0.sector != nil }?.sector
    }

    /// A list of who took part in an activity of a day; a later list of that day and activity takes its place.
    private mutating func notePresence(_ index: Int, _ message: Message, _ data: JSONObject) async throws {
        guard let activity = data["kegiatan"]?.string, Self.isWord(activity) else {
            return refuse(index, "hadir.kegiatan", "kegiatan", "kegiatan harus satu kata, misalnya hari_buka")
        }
        guard let given = data["kader"]?.array else {
            return refuse(index, "hadir.kader", "kader", "kader harus daftar id")
        }
        let cadres = given.compactMap { CoreType.uuid($0) }
        guard cadres.count == given.count else { return refuse(index, "hadir.kader", "kader", "id kader harus UUID") }
        let posyandu = items[index].posyandu
        let key = PresenceList.Key(posyanduID: posyandu, day: message.date, activity: activity)
        try await read {
            $0.presences.insert(key)
            $0.cadres.formUnion(cadres)
        }
        let strangers = cadres.filter { cadre in
            !(set.posyandu.terms[cadre] ?? []).contains { $0.key.posyanduID == posyandu }
        }
        guard strangers.isEmpty else {
            return refuse(
                index,
                "hadir.bukan_kader",
                "kader",
                "bukan kader posyandu ini: \(strangers.map(\.lowercased).joined(separator: ", "))"
            )
        }
        let lineage = items[index].entry.lineage
        items[index].verdict = .applied
        if let known = set.posyandu.presences[key] {
            guard known.lineage != lineage, try await isLater(index, message, than: known.lineage, naming: nil) else {
                return
            }
        }
        let list = PresenceList(
            key: key,
            cadres: Array(Set(cadres)).sorted { $0.precedes($1) },
            lineage: lineage
        )
        set.posyandu.presences[key] = list
        posyanduChanges.presences.append(list)
    }

    /// A cadre announces an absence, or takes it back. The newest word on a cadre and first day counts.
    private mutating func noteAbsence(_ index: Int, _ message: Message, _ data: JSONObject) async throws {
        guard let cadre = CoreType.uuid(data["kader"]) else {
            return refuse(index, "kader.id", "kader", "id kader harus UUID")
        }
        let posyandu = items[index].posyandu
        try await read { $0.cadres.insert(cadre) }
        guard (set.posyandu.terms[cadre] ?? []).contains(where: { $0.key.posyanduID == posyandu }) else {
            return refuse(index, "hadir.bukan_kader", "kader", "bukan kader posyandu ini")
        }
        do {
            guard let from = try date(index, data, "dari") else {
                return refuse(index, "izin.tanggal", "dari", "hari pertama belum diisi")
            }
            let until = try date(index, data, "sampai")
            if let until, until < from {
                return refuse(index, "izin.tanggal", "sampai", "hari terakhir sebelum hari pertama")
            }
            let key = CadreNotice.Key(cadre: cadre, posyanduID: posyandu, from: from)
            let lineage = items[index].entry.lineage
            items[index].verdict = .applied
            if let known = set.posyandu.notices[key] {
                guard known.lineage != lineage, try await isLater(index, message, than: known.lineage, naming: nil)
                else { return }
            }
            let notice = CadreNotice(key: key, until: until, lineage: lineage)
            set.posyandu.notices[key] = notice
            posyanduChanges.notices.append(notice)
        } catch is Refused {}
    }

    private static func isWord(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, (0x61...0x7A).contains(first), bytes.count <= 40 else { return false }
        return bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }
}
