// What any contact with a child says about doses that are overdue.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

extension ImmunisationSchedule {
    /// The kind of task that asks for overdue doses.
    static let overdueTask = "imunisasi_tertunda"

    /// The numbered doses among earlier records. HepB that is part of a combined dose and TT without a number are none.
    func given(in previous: [EarlierRecord]) -> [GivenDose] {
        previous.compactMap { record in
            guard record.type == "kesehatan.imunisasi", let code = record.fields.text("dosis"), table[code] != nil
            else { return nil }
            if let label = record.fields.text("label_asal"), case .contained = table.meaning(of: label) { return nil }
            return GivenDose(record: record.id, code: code, date: record.date)
        }
    }

    /// Codes of the routine doses that a child lacks, is late for and may get on the day of the record; none from the age
    /// on at which they are not caught up any more.
    ///
    /// - Parameter given: all doses up to the record; by default those among `context.previous`, so the manifest's `needs`
    ///   must ask for `kesehatan.imunisasi`.
    func overdueCodes(_ context: Context, given: [GivenDose]? = nil) -> [String] {
        guard let subject = context.subject, let birth = subject.birthDate, let sex = subject.sex else { return [] }
        return overdue(birth: birth, sex: sex, given: given ?? self.given(in: context.previous), at: context.date)
            .filter { $0.dose.kind == .routine }
            .map(\.dose.code)
    }

    /// The task for overdue doses, in place of those that earlier contacts raised: what was overdue then is given, asked for
    /// again, or beyond its age.
    func overdueEffects(_ codes: [String], _ limits: Limits) -> [Effect] {
        let answer = Effect.answerTasks(kind: ImmunisationSchedule.overdueTask)
        guard !codes.isEmpty else { return [answer] }
        let reason = "imunisasi tertunda atau belum tercatat: \(codes.joined(separator: ", ")); cek Buku KIA"
        return [
            answer,
            .raiseTask(
                kind: ImmunisationSchedule.overdueTask,
                reason: reason,
                dueDays: limits.referralDays,
                to: "bidan"
            ),
        ]
    }

    /// What a contact other than an immunisation does: keeps its fields with the doses that are overdue, and asks for those.
    func contact(_ fields: Fields, _ context: Context, _ limits: Limits) -> [Effect] {
        let codes = overdueCodes(context)
        var fields = fields
        if !codes.isEmpty { fields["imunisasi_tertunda"] = .list(codes.map { .text($0) }) }
        return [.put(fields)] + overdueEffects(codes, limits)
    }
}
