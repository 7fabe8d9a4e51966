// What the message of a case's step asks for, read from its data.
// SPDX-License-Identifier: Apache-2.0
import Cases
import PluginKit

/// A step as its message words it.
struct StepRequest {
    var act: CaseAct
    /// `oleh`, as claimed.
    var role: String?
    /// `catatan`: words about the case, sealed when they are kept.
    var remark: String?
    /// As `registry.case_move` names it.
    var kind: String
    /// Fields, papers and photos that the step brought, as kept with it; nil when it brought none.
    var body: [UInt8]?
    /// A member that cannot be read, and why.
    var fault: (field: String, text: String)?

    init(_ type: CoreType, _ data: JSONObject) {
        role = data["oleh"]?.string
        remark = data["catatan"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        switch type {
        case .casePaused:
            kind = "pause"
            act = .pause(reason: data["alasan"]?.string, remark: remark)
        case .caseResumed:
            kind = "resume"
            act = .resume
        case .caseReopened:
            kind = "reopen"
            act = .reopen(remark: remark)
        case .caseRated:
            kind = "rate"
            act = .rate(data["nilai"]?.integer)
        case .caseApproved:
            kind = "approve"
            act = .approve
        case .caseEscalated:
            kind = "escalate"
            role = "node"
            act = .escalate(
                episode: data["episode"]?.integer ?? 0,
                revision: data["revisi"]?.integer ?? 0,
                deadline: data["tenggat"]?.string ?? "",
                role: data["tingkat"]?.string ?? ""
            )
        default:
            kind = "move"
            act = .resume
            let parts = parts(data)
            act = .move(from: data["dari"]?.string, to: data["ke"]?.string, parts)
        }
    }

    private mutating func parts(_ data: JSONObject) -> CaseStepParts {
        var parts = CaseStepParts()
        parts.office = data["opd"]?.string
        parts.remark = remark
        if let approval = data["persetujuan"], !approval.isNull { parts.approval = approval["oleh"]?.string ?? "" }
        var kept = JSONObject()
        let documents = names(data["dokumen"], "dokumen")
        if documents.contains(where: { !Identifier.isPlain($0.string ?? "") }) {
            fault = ("dokumen", "dokumen ditulis dengan kodenya, misalnya dok_ktp")
        }
        let photos = names(data["foto"], "foto")
        parts.documents = Set(documents.compactMap(\.string))
        parts.photos = photos.count
        if !documents.isEmpty { kept["dokumen"] = .array(documents) }
        if !photos.isEmpty { kept["foto"] = .array(photos) }
        if let fields = data["isian"], !fields.isNull {
            if let fields = fields.object {
                for member in fields.members where !member.value.isNull { parts.fields[member.name] = member.value }
                if !fields.members.isEmpty { kept["isian"] = .object(fields) }
            } else {
                fault = ("isian", "isian harus objek")
            }
        }
        if !kept.members.isEmpty { body = JSONWriter.canonical(.object(kept)) }
        return parts
    }

    /// A list of at most 50 short texts.
    private mutating func names(_ value: JSONValue?, _ field: String) -> [JSONValue] {
        guard let value, !value.isNull else { return [] }
        guard let list = value.array, list.count <= 50,
            list.allSatisfy({ ($0.string.map { (1...200).contains($0.utf8.count) && $0.isStorable }) ?? false })
        else {
            fault = (field, "\(field) harus daftar teks, paling banyak 50")
            return []
        }
        return list
    }
}
