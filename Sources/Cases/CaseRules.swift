// Who may do what to a case, what each step needs, and what the case is after it.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// The rules of one sector's flow. Pure: the same situation, act, sender and day always give the same.
package struct CaseRules: Sendable {
    package typealias Role = Manifest.Workflow.Role

    package let flow: Manifest.Workflow
    /// Working days of the kabupaten, for the time in which a case may be opened again.
    package let calendar: WorkCalendar

    package init(_ flow: Manifest.Workflow, calendar: WorkCalendar) {
        self.flow = flow
        self.calendar = calendar
    }

    /// Judges a step.
    /// - Parameters:
    ///   - role: `oleh`, as the message claims it.
    ///   - rights: what the sender was registered for.
    ///   - day: the civil day of the step.
    /// - Returns: the case after the step. Unchanged, `revision` too, when there is nothing to do: a role that was told already.
    /// - Throws: why it is refused. Whether the case stands as the sender thinks comes first, then who asks, then what is missing.
    package func judge(
        _ act: CaseAct,
        by role: String?,
        rights: CaseRights,
        on situation: CaseSituation,
        day: CivilDate
    ) throws(CaseFault) -> CaseSituation {
        var after = situation
        switch act {
        case .move(let from, let to, let parts): try move(&after, from, to, parts, role, rights, day)
        case .pause(let reason, let remark): try pause(&after, reason, remark, role, rights)
        case .resume: try resume(&after, role, rights)
        case .reopen(let remark): try reopen(&after, remark, role, rights, day)
        case .rate(let mark): try rate(&after, mark, role, rights)
        case .approve: try approve(&after, role, rights)
        case .escalate(let episode, let revision, let deadline, let told):
            guard try escalate(&after, episode, revision, deadline, told, rights) else { return situation }
        }
        after.revision += 1
        return after
    }

    // MARK: Moves

    private func move(
        _ situation: inout CaseSituation,
        _ from: String?,
        _ to: String?,
        _ parts: CaseStepParts,
        _ role: String?,
        _ rights: CaseRights,
        _ day: CivilDate
    ) throws(CaseFault) {
        guard let from, let to else {
            throw CaseFault("kasus.langkah", "ke", "langkah kasus harus menyebut dari dan ke")
        }
        guard from == situation.state else {
            throw CaseFault("kasus.sudah_berubah", "dari", "kasus kini berstatus \(situation.state), bukan \(from)")
        }
        guard let step = flow.move(from: from, to: to) else {
            throw CaseFault("kasus.langkah", "ke", "dari \(from) tidak boleh ke \(to)")
        }
        let actor = try check(role, among: step.by, rights, situation)
        if let pause = situation.pause {
            throw CaseFault("kasus.ditunda", "kasus", "kasus sedang ditunda (\(shown(pause))): lanjutkan dahulu")
        }
        try complete(step, parts, actor, rights, &situation)
        situation.state = to
        if flow.isFinal(to) { situation.closed = day }
    }

    /// Checks that the step brings what it requires, and takes it over into the case.
    private func complete(
        _ step: Manifest.Workflow.Move,
        _ parts: CaseStepParts,
        _ actor: Role,
        _ rights: CaseRights,
        _ situation: inout CaseSituation
    ) throws(CaseFault) {
        if let office = parts.office {
            guard Identifier.isPlain(office) else {
                throw CaseFault("kasus.opd", "opd", "OPD tujuan ditulis dengan kodenya, misalnya pekerjaan_umum")
            }
            situation.office = office
        }
        if step.requires.contains(.office), situation.office == nil {
            throw CaseFault("kasus.opd", "opd", "OPD tujuan wajib diisi")
        }
        if step.requires.contains(.remark), !parts.remark.isWritten {
            throw CaseFault("kasus.catatan", "catatan", "catatan wajib diisi")
        }
        if step.requires.contains(.photo), parts.photos == 0 {
            throw CaseFault("kasus.foto", "foto", "foto wajib dilampirkan")
        }
        if parts.approval != nil || actor == .kades {
            let approver = parts.approval ?? Role.kades.rawValue
            guard approver == Role.kades.rawValue, rights.may(.kades) else {
                throw CaseFault(
                    "kasus.persetujuan_sumber",
                    "persetujuan",
                    "pengirim ini tidak berwenang menyampaikan persetujuan Kepala Desa"
                )
            }
            situation.isApproved = true
        }
        if step.requires.contains(.approval), !situation.isApproved {
            throw CaseFault("kasus.persetujuan", "persetujuan", "belum disetujui Kepala Desa")
        }
        situation.documents.formUnion(parts.documents)
        let missing = step.documents.filter { !situation.documents.contains($0) }
        guard missing.isEmpty else {
            throw CaseFault("kasus.dokumen", "dokumen", "dokumen belum lengkap: \(missing.joined(separator: ", "))")
        }
        for field in step.fields {
            if let violation = field.check(parts.fields[field.name]) {
                throw CaseFault("kasus.isian", "isian.\(field.name)", violation.message)
            }
        }
        let known = Set(step.fields.map(\.name))
        if let stranger = parts.fields.keys.filter({ !known.contains($0) }).min() {
            throw CaseFault("kasus.isian", "isian.\(stranger)", "langkah ini tidak meminta isian itu")
        }
    }

    // MARK: Pauses, reopening, rating, approval

    private func pause(
        _ situation: inout CaseSituation,
        _ reason: String?,
        _ remark: String?,
        _ role: String?,
        _ rights: CaseRights
    ) throws(CaseFault) {
        try checkOpen(situation)
        if let pause = situation.pause {
            throw CaseFault("kasus.ditunda", "kasus", "kasus sudah ditunda (\(shown(pause)))")
        }
        guard let reason, let pause = flow.pause(reason) else {
            let known = flow.pauses.map(\.code).joined(separator: ", ")
            throw CaseFault(
                "kasus.alasan_jeda",
                "alasan",
                known.isEmpty ? "kasus bidang ini tidak dapat ditunda" : "alasan penundaan harus salah satu: \(known)"
            )
        }
        _ = try check(role, among: pause.by, rights, situation)
        situation.pause = reason
    }

    private func resume(_ situation: inout CaseSituation, _ role: String?, _ rights: CaseRights) throws(CaseFault) {
        guard let reason = situation.pause else {
            throw CaseFault("kasus.tidak_ditunda", "kasus", "kasus tidak sedang ditunda")
        }
        // A reason that the manifest has dropped must not hold its cases for ever.
        _ = try check(role, among: flow.pause(reason)?.by ?? Role.allCases, rights, situation)
        situation.pause = nil
    }

    private func reopen(
        _ situation: inout CaseSituation,
        _ remark: String?,
        _ role: String?,
        _ rights: CaseRights,
        _ day: CivilDate
    ) throws(CaseFault) {
        guard let closed = situation.closed else {
            throw CaseFault("kasus.belum_selesai", "kasus", "kasus belum selesai, tidak perlu dibuka lagi")
        }
        guard let rule = flow.reopening, rule.from.contains(situation.state) else {
            throw CaseFault("kasus.buka_lagi", "kasus", "kasus berstatus \(situation.state) tidak dapat dibuka lagi")
        }
        _ = try check(role, among: rule.by, rights, situation)
        if let times = rule.times, situation.episode > times {
            throw CaseFault("kasus.buka_lagi_habis", "kasus", "kasus paling banyak dibuka lagi \(times) kali")
        }
        if let days = rule.withinWorkdays, calendar.workdays(from: closed, until: day) > days {
            throw CaseFault(
                "kasus.buka_lagi_lewat",
                "kasus",
                "sudah lewat \(days) hari kerja sejak selesai: buat laporan baru"
            )
        }
        guard remark.isWritten else { throw CaseFault("kasus.catatan", "catatan", "tulis mengapa kasus dibuka lagi") }
        situation.state = rule.to
        situation.episode += 1
        situation.closed = nil
        situation.told = []
        situation.rating = nil
        situation.isApproved = false
    }

    private func rate(
        _ situation: inout CaseSituation,
        _ mark: Int?,
        _ role: String?,
        _ rights: CaseRights
    ) throws(CaseFault) {
        guard let rule = flow.rating, rule.from.contains(situation.state) else {
            throw CaseFault("kasus.nilai_belum", "kasus", "kasus berstatus \(situation.state) tidak dapat dinilai")
        }
        _ = try check(role, among: rule.by, rights, situation)
        if situation.rating != nil { throw CaseFault("kasus.sudah_dinilai", "kasus", "kasus sudah dinilai pelapor") }
        guard let mark, Manifest.Workflow.Rating.marks.contains(mark) else {
            throw CaseFault("kasus.nilai", "nilai", "nilai harus 1 sampai 5")
        }
        situation.rating = mark
    }

    private func approve(_ situation: inout CaseSituation, _ role: String?, _ rights: CaseRights) throws(CaseFault) {
        try checkOpen(situation)
        guard flow.needsApproval else {
            throw CaseFault("kasus.persetujuan_tidak_perlu", "kasus", "kasus bidang ini tidak memerlukan persetujuan")
        }
        _ = try check(role, among: [.kades], rights, situation)
        if situation.isApproved { throw CaseFault("kasus.sudah_disetujui", "kasus", "Kepala Desa sudah menyetujui") }
        situation.isApproved = true
    }

    // MARK: Escalation

    /// - Returns: false when the role was told before.
    private func escalate(
        _ situation: inout CaseSituation,
        _ episode: Int,
        _ revision: Int,
        _ deadline: String,
        _ role: String,
        _ rights: CaseRights
    ) throws(CaseFault) -> Bool {
        guard rights.isOwn else { throw CaseFault("kasus.eskalasi", "type", "hanya node ini yang mengeskalasi kasus") }
        if situation.episode == episode, situation.told.contains(role) { return false }
        try checkOpen(situation)
        guard situation.episode == episode, situation.revision == revision else {
            throw CaseFault("kasus.sudah_berubah", "revisi", "kasus sudah berubah sejak tenggatnya dihitung")
        }
        if let pause = situation.pause {
            throw CaseFault("kasus.ditunda", "kasus", "kasus sedang ditunda (\(shown(pause)))")
        }
        guard flow.deadline(deadline)?.escalates ?? false else {
            throw CaseFault("kasus.eskalasi", "tenggat", "tenggat \(deadline) tidak dieskalasi")
        }
        let next = flow.escalation.first { !situation.told.contains($0.rawValue) }
        guard let next, next.rawValue == role else {
            throw CaseFault("kasus.eskalasi", "tingkat", "tingkat berikutnya bukan \(role)")
        }
        situation.told.append(role)
        return true
    }

    // MARK: Common

    /// The role that acts, if it may and the sender may act in it.
    private func check(
        _ role: String?,
        among allowed: [Role],
        _ rights: CaseRights,
        _ situation: CaseSituation
    ) throws(CaseFault) -> Role {
        guard let actor = role.flatMap(Role.init(rawValue:)), allowed.contains(actor) else {
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            throw CaseFault("kasus.peran", "oleh", "langkah ini hanya boleh oleh: \(names)")
        }
        guard rights.may(actor) else {
            let text = "pengirim ini tidak berwenang bertindak sebagai \(actor.rawValue)"
            throw CaseFault("kasus.peran_sumber", "oleh", text)
        }
        if actor == .opd, !rights.isOwn, !rights.offices.isEmpty {
            guard let office = situation.office, rights.offices.contains(office) else {
                throw CaseFault("kasus.opd_lain", "oleh", "kasus ini bukan kasus OPD pengirim")
            }
        }
        return actor
    }

    private func checkOpen(_ situation: CaseSituation) throws(CaseFault) {
        guard situation.closed == nil, !flow.isFinal(situation.state) else {
            throw CaseFault("kasus.sudah_selesai", "kasus", "kasus sudah berstatus \(situation.state)")
        }
    }

    private func shown(_ pause: String) -> String { flow.pause(pause)?.label?.id ?? pause }
}
