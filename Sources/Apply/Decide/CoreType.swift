// The message types the daemon handles itself: residents, retractions, steps of cases, answered tasks.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit
import Registry

/// A message type that belongs to no sector.
enum CoreType: String, Sendable {
    case residentRegistered = "warga.terdaftar"
    case residentMoved = "warga.pindah"
    case recordRetracted = "catatan.ditarik"
    case caseMoved = "kasus.dipindah"
    case casePaused = "kasus.ditunda"
    case caseResumed = "kasus.dilanjutkan"
    case caseReopened = "kasus.dibuka_lagi"
    case caseRated = "kasus.dinilai"
    case caseApproved = "kasus.disetujui"
    case caseEscalated = "kasus.dieskalasi"
    case residentsMerged = "warga.disatukan"
    case residentsParted = "warga.dipisahkan"
    case residentDied = "warga.meninggal"
    case taskAnswered = "tugas.dijawab"
    case attachmentAdded = "lampiran.ditambah"
    case paperPut = "posyandu.dokumen"
    case dossierMoved = "posyandu.berkas"
    case termEnded = "kader.berakhir"
    case cadresPresent = "kader.hadir"
    case absenceTold = "kader.izin"

    /// The record or case that the message is about.
    func target(_ message: Message) -> UUID? {
        switch self {
        case .residentRegistered, .residentMoved, .residentsMerged, .residentsParted, .residentDied: nil
        case .paperPut, .dossierMoved, .termEnded, .cadresPresent, .absenceTold: nil
        case .recordRetracted, .taskAnswered, .attachmentAdded:
            Self.data(message)?["catatan"]?.string.flatMap(UUID.init(uuidString:))
        case .caseMoved, .casePaused, .caseResumed, .caseReopened, .caseRated, .caseApproved, .caseEscalated:
            Self.data(message)?["kasus"]?.string.flatMap(UUID.init(uuidString:))
        }
    }

    /// The second resident of a message that is about two.
    func other(_ message: Message) -> UUID? {
        guard self == .residentsMerged || self == .residentsParted else { return nil }
        return Self.data(message)?["warga"]?.string.flatMap(UUID.init(uuidString:))
    }

    /// What the decision reads from the registry.
    func ask(_ message: Message, _ questions: inout ContextQuestions) {
        questions.records.insert(message.id)
        if let subject = message.subject {
            questions.residents.insert(subject)
            questions.histories.insert(subject)
        }
        if let other = other(message) { questions.residents.insert(other) }
        guard let target = target(message) else { return }
        questions.records.insert(target)
        if rawValue.hasPrefix("kasus.") { questions.cases.insert(target) }
    }

    static func data(_ message: Message) -> JSONObject? { (try? JSONParser.parse(message.data))?.object }
}

/// A resident as a message makes or changes one. Personal members stay JSON bytes until they are sealed.
struct ResidentChange: Sendable {
    var id: UUID
    var posyandu: Int32
    var sex: String
    var birthDate: CivilDate
    var mother: UUID?
    var household: UUID?
    /// The `person` object without the NIK; nil leaves it as it stands (a move).
    var person: [UInt8]?
    var nik: NIK?
    var lineage: Int64
    /// A move changes the posyandu only.
    var isMove: Bool
}
