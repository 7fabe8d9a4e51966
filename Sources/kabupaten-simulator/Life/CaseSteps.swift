// The flow of cases, as Kab. Tegal's guide has it, and how people of a kabupaten walk it.
// SPDX-License-Identifier: Apache-2.0

/// One step that somebody makes.
struct CaseStep {
    let state: String
    let role: String
    var office: String?
    var remark: String?
    /// Papers that the step brings.
    var documents: [String] = []
}

enum CaseSteps {
    /// The next step from a state; nil when the case is closed.
    static func next(_ state: String, of type: String, _ chance: inout SplitMix) -> CaseStep? {
        let field = String(type.prefix { $0 != "." })
        switch state {
        case "didata":
            if chance.chance(0.06) { return CaseStep(state: "ditolak", role: "pemdes", remark: "bukan warga desa ini") }
            let role = chance.pick(["kader", "kader", "bidan", "pemdes"])
            var step = CaseStep(state: "verifikasi_kunjungan", role: role)
            if type == "perumahan_rakyat.rtlh" {
                step.documents = ["dok_foto_depan", "dok_foto_samping", "dok_foto_belakang"]
            }
            return step
        case "verifikasi_kunjungan":
            if chance.chance(0.1) {
                return CaseStep(state: "ditolak", role: "kader", remark: "tidak sesuai di lapangan")
            }
            return CaseStep(state: "diajukan_pemdes", role: chance.pick(["kader", "pemdes"]))
        case "diajukan_pemdes":
            if chance.chance(0.2) { return CaseStep(state: "selesai", role: "pemdes", remark: "selesai di desa") }
            if chance.chance(0.08) { return CaseStep(state: "ditolak", role: "pemdes", remark: "sudah pernah dibantu") }
            // What is confidential goes on only when the Kepala Desa says so.
            let isConfidential = field == "trantibumlinmas" || field == "sosial"
            return CaseStep(state: "disposisi_opd", role: isConfidential ? "kades" : "pemdes", office: office(field))
        case "disposisi_opd":
            if chance.chance(0.12) { return CaseStep(state: "ditolak", role: "opd", remark: "di luar kewenangan") }
            return CaseStep(
                state: "selesai",
                role: chance.pick(["opd", "opd", "pemdes"]),
                remark: "telah ditindaklanjuti"
            )
        default: return nil
        }
    }

    private static func office(_ field: String) -> String { field == "trantibumlinmas" ? "satpol_pp" : field }
}
