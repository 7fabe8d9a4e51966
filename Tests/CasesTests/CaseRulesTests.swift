// The shipped flows against the field's table of moves; approval, papers, pauses, reopening, rating, one by one.
// SPDX-License-Identifier: Apache-2.0
import Cases
import Testing

@testable import PluginKit

private typealias Role = Manifest.Workflow.Role

@Suite struct CaseRulesTests {
    private let today = CivilDate(daysSince1970: 20_780)  // 2026-11-23, a Monday

    private func code(
        _ act: CaseAct,
        _ role: String,
        on situation: CaseSituation,
        _ flow: Manifest.Workflow = .standard,
        rights: CaseRights = .own,
        day: CivilDate? = nil
    ) -> String? {
        do throws(CaseFault) {
            _ = try CaseRules(flow, calendar: WorkCalendar())
                .judge(act, by: role, rights: rights, on: situation, day: day ?? today)
            return nil
        } catch {
            return error.code
        }
    }

    private func after(
        _ act: CaseAct,
        _ role: String,
        on situation: CaseSituation,
        _ flow: Manifest.Workflow = .standard
    )
        throws -> CaseSituation
    {
        try CaseRules(flow, calendar: WorkCalendar()).judge(act, by: role, rights: .own, on: situation, day: today)
    }

    /// A move that brings everything that a step may ask for.
    private func move(_ from: String, _ to: String, office: String? = "pendidikan") -> CaseAct {
        var parts = CaseStepParts()
        (parts.office, parts.remark, parts.photos) = (office, "sudah dilihat", 1)
        return .move(from: from, to: to, parts)
    }

    /// `docs/domain.md` §5.2, written out.
    static let table: [String: Set<String>] = [
        "didata>verifikasi_kunjungan": ["kader", "bidan", "pemdes"], "didata>ditolak": ["pemdes"],
        "verifikasi_kunjungan>diajukan_pemdes": ["kader", "bidan", "pemdes"],
        "verifikasi_kunjungan>ditolak": ["kader", "bidan", "pemdes"], "diajukan_pemdes>disposisi_opd": ["pemdes"],
        "diajukan_pemdes>selesai": ["pemdes"], "diajukan_pemdes>ditolak": ["pemdes"],
        "disposisi_opd>selesai": ["opd", "pemdes"], "disposisi_opd>ditolak": ["opd", "pemdes"],
    ]
    static let states = [
        "didata", "verifikasi_kunjungan", "diajukan_pemdes", "disposisi_opd", "selesai", "ditolak",
    ]

    @Test func `of all states, states and roles only the moves of the table are allowed`() {
        var allowed = 0
        for from in Self.states {
            for to in Self.states {
                for role in Role.allCases {
                    let by = Self.table["\(from)>\(to)"]
                    let isAllowed = by?.contains(role.rawValue) ?? false
                    let expected = isAllowed ? nil : by == nil ? "kasus.langkah" : "kasus.peran"
                    let found = code(move(from, to), role.rawValue, on: CaseSituation(state: from))
                    #expect(found == expected, "\(from) \(to) \(role)")
                    if found == nil { allowed += 1 }
                }
            }
        }
        #expect(allowed == 17)
    }

    @Test func `a step without what it requires is refused`() {
        let bare = CaseAct.move(from: "diajukan_pemdes", to: "disposisi_opd", CaseStepParts())
        #expect(code(bare, "pemdes", on: CaseSituation(state: "diajukan_pemdes")) == "kasus.opd")
        #expect(code(bare, "pemdes", on: CaseSituation(state: "diajukan_pemdes", office: "sosial")) == nil)
        let rejection = CaseAct.move(from: "didata", to: "ditolak", CaseStepParts())
        #expect(code(rejection, "pemdes", on: CaseSituation(state: "didata")) == "kasus.catatan")
        #expect(code(move("didata", "ditolak"), "pemdes", on: CaseSituation(state: "selesai")) == "kasus.sudah_berubah")
        let odd = move("diajukan_pemdes", "disposisi_opd", office: "Dinas PU")
        #expect(code(odd, "pemdes", on: CaseSituation(state: "diajukan_pemdes")) == "kasus.opd")
    }

    @Test func `a source acts only in its roles, an OPD only on its own cases`() {
        let kiosk = CaseRights(roles: nil, offices: [], hasPosyandu: true)
        let stranger = CaseRights(roles: nil, offices: [], hasPosyandu: false)
        let office = CaseRights(roles: ["opd"], offices: ["sosial", "pmd"], hasPosyandu: false)
        let verify = move("didata", "verifikasi_kunjungan")
        #expect(code(verify, "kader", on: CaseSituation(state: "didata"), rights: kiosk) == nil)
        #expect(code(verify, "pemdes", on: CaseSituation(state: "didata"), rights: kiosk) == "kasus.peran_sumber")
        #expect(code(verify, "kader", on: CaseSituation(state: "didata"), rights: stranger) == "kasus.peran_sumber")
        let done = move("disposisi_opd", "selesai", office: nil)
        let answers: [(String, String?)] = [("sosial", nil), ("pmd", nil), ("kesehatan", "kasus.opd_lain")]
        for (role, expected) in answers {
            let given = CaseSituation(state: "disposisi_opd", office: role)
            #expect(code(done, "opd", on: given, rights: office) == expected)
        }
        #expect(code(done, "opd", on: CaseSituation(state: "disposisi_opd"), rights: office) == "kasus.opd_lain")
    }

    @Test func `nothing is forwarded without approval where the flow wants it, and only the Kepala Desa gives it`()
        throws
    {
        var flow = Manifest.Workflow.standard
        for place in flow.moves.indices where flow.moves[place].to == "disposisi_opd" {
            flow.moves[place].requires.append(.approval)
        }
        let given = CaseSituation(state: "diajukan_pemdes", office: "satpol_pp")
        let village = CaseRights(roles: ["pemdes", "kades"], offices: [], hasPosyandu: false)
        let clerk = CaseRights(roles: ["pemdes"], offices: [], hasPosyandu: false)
        var parts = CaseStepParts()
        let silent = CaseAct.move(from: "diajukan_pemdes", to: "disposisi_opd", parts)
        #expect(code(silent, "pemdes", on: given, flow, rights: village) == "kasus.persetujuan")
        parts.approval = "kades"
        let spoken = CaseAct.move(from: "diajukan_pemdes", to: "disposisi_opd", parts)
        #expect(code(spoken, "pemdes", on: given, flow, rights: village) == nil)
        #expect(code(spoken, "pemdes", on: given, flow, rights: clerk) == "kasus.persetujuan_sumber")
        #expect(code(.approve, "pemdes", on: given, flow) == "kasus.peran")
        #expect(code(.approve, "kades", on: given, flow, rights: clerk) == "kasus.peran_sumber")
        let approved = try after(.approve, "kades", on: given, flow)
        #expect(code(silent, "pemdes", on: approved, flow, rights: clerk) == nil)
        #expect(code(.approve, "kades", on: approved, flow) == "kasus.sudah_disetujui")
        #expect(code(.approve, "kades", on: given) == "kasus.persetujuan_tidak_perlu")
        // An approval belongs to its episode.
        var ended = approved
        (ended.state, ended.closed) = ("selesai", today)
        #expect(try !after(.reopen(remark: "belum beres"), "kader", on: ended, flow).isApproved)
    }

    @Test func `papers count when ticked in the report, brought now or brought before`() throws {
        var flow = Manifest.Workflow.standard
        flow.moves[0].documents = ["dok_ktp", "dok_kk"]
        var parts = CaseStepParts()
        func submit() -> CaseAct { .move(from: "didata", to: "verifikasi_kunjungan", parts) }
        #expect(
            code(submit(), "kader", on: CaseSituation(state: "didata", documents: ["dok_ktp"]), flow) == "kasus.dokumen"
        )
        parts.documents = ["dok_kk"]
        let moved = try after(submit(), "kader", on: CaseSituation(state: "didata", documents: ["dok_ktp"]), flow)
        #expect(moved.documents == ["dok_ktp", "dok_kk"])
    }

    @Test func `a step brings the fields that it asks for, and no others`() {
        var flow = Manifest.Workflow.standard
        flow.moves[0].fields = [
            .init(name: "no_surat", type: .text, label: nil), .init(name: "tanggal_survei", type: .date, label: nil),
        ]
        func code(_ fields: [String: JSONValue]) -> String? {
            var parts = CaseStepParts()
            parts.fields = fields
            let act = CaseAct.move(from: "didata", to: "verifikasi_kunjungan", parts)
            return self.code(act, "kader", on: CaseSituation(state: "didata"), flow)
        }
        #expect(code(["no_surat": "470/1", "tanggal_survei": "2026-11-23"]) == nil)
        #expect(code(["no_surat": "470/1"]) == "kasus.isian")
        #expect(code(["no_surat": "470/1", "tanggal_survei": "kemarin"]) == "kasus.isian")
        #expect(code(["no_surat": "470/1", "tanggal_survei": "2026-11-23", "nik": "1"]) == "kasus.isian")
    }

    @Test func `a paused case does not move, and goes on where it stood`() throws {
        let paused = try after(
            .pause(reason: "menunggu_dokumen", remark: nil),
            "kader",
            on: CaseSituation(state: "didata")
        )
        #expect(code(move("didata", "verifikasi_kunjungan"), "kader", on: paused) == "kasus.ditunda")
        #expect(code(.pause(reason: "menunggu_dokumen", remark: nil), "kader", on: paused) == "kasus.ditunda")
        let resumed = try after(.resume, "pemdes", on: paused)
        #expect(code(move("didata", "verifikasi_kunjungan"), "kader", on: resumed) == nil)
        #expect(code(.resume, "pemdes", on: resumed) == "kasus.tidak_ditunda")
        let open = CaseSituation(state: "didata")
        #expect(code(.pause(reason: "malas", remark: nil), "kader", on: open) == "kasus.alasan_jeda")
        #expect(code(.pause(reason: "menunggu_anggaran", remark: nil), "kader", on: open) == "kasus.peran")
    }

    @Test func `a case opens again within ten working days, once, and is rated once in each episode`() throws {
        var ended = CaseSituation(state: "selesai")
        ended.closed = today
        #expect(code(.rate(6), "kader", on: ended) == "kasus.nilai")
        #expect(code(.rate(4), "pemdes", on: ended) == "kasus.peran")
        let rated = try after(.rate(4), "kader", on: ended)
        #expect(code(.rate(4), "kader", on: rated) == "kasus.sudah_dinilai")
        // The tenth working day after Monday is the Monday two weeks later.
        let again = CaseAct.reopen(remark: "masih bocor")
        #expect(code(again, "kader", on: rated, day: today.adding(days: 14)) == nil)
        #expect(code(again, "kader", on: rated, day: today.adding(days: 15)) == "kasus.buka_lagi_lewat")
        #expect(code(.reopen(remark: " "), "kader", on: rated) == "kasus.catatan")
        var reopened = try after(again, "kader", on: rated)
        #expect(reopened.state == "verifikasi_kunjungan" && reopened.episode == 2 && reopened.rating == nil)
        #expect(code(again, "kader", on: reopened) == "kasus.belum_selesai")
        (reopened.state, reopened.closed) = ("selesai", today)
        #expect(code(again, "kader", on: reopened) == "kasus.buka_lagi_habis")
    }

    @Test func `an escalation comes from the node, for the case that it saw, level by level`() throws {
        let open = CaseSituation(state: "didata")
        func tell(_ role: String, revision: Int = 1, episode: Int = 1, _ deadline: String = "macet") -> CaseAct {
            .escalate(episode: episode, revision: revision, deadline: deadline, role: role)
        }
        let kiosk = CaseRights(roles: ["pemdes"], offices: [], hasPosyandu: true)
        #expect(code(tell("pemdes"), "node", on: open, rights: kiosk) == "kasus.eskalasi")
        #expect(code(tell("kecamatan"), "node", on: open) == "kasus.eskalasi")
        #expect(code(tell("pemdes", revision: 2), "node", on: open) == "kasus.sudah_berubah")
        #expect(code(tell("pemdes", episode: 2), "node", on: open) == "kasus.sudah_berubah")
        #expect(code(tell("pemdes", "pelayanan"), "node", on: open) == "kasus.eskalasi")
        let told = try after(tell("pemdes"), "node", on: open)
        #expect(told.told == ["pemdes"] && told.revision == 2)
        #expect(try after(tell("pemdes"), "node", on: told) == told)
        #expect(code(tell("kecamatan", revision: 2), "node", on: told) == nil)
    }
}
