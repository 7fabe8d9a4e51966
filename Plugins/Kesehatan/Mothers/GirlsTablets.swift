// Iron tablets of adolescent girls, one a week.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Iron tablets handed to an adolescent girl, with those of the calendar year added up.
struct GirlsTablets: RecordHandler {
    enum Form: Questions {
        static let integers = ["tablet"]
        static let flags = ["diminum_mingguan"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.ttd_rematri"
    private let ages: ClosedRange<Int>
    private let tabletsOfYear: Int

    init(_ setup: Setup) throws(SetupError) {
        guard let youngest = setup.parameters.integer("rematri_umur_mulai"),
            let oldest = setup.parameters.integer("rematri_umur_sampai"), youngest <= oldest,
            let tablets = setup.parameters.integer("ttd_rematri_setahun")
        else {
            throw SetupError("parameters rematri_umur_mulai, rematri_umur_sampai or ttd_rematri_setahun do not fit")
        }
        ages = youngest...oldest
        tabletsOfYear = tablets
    }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        guard client.sex == .female else { return Client.notFemale("TTD remaja putri") }
        guard ages.contains(client.years) else {
            let rule = "TTD remaja putri untuk \(ages.lowerBound)-\(ages.upperBound) tahun"
            return Client.wrongAge("umur \(client.years) tahun: \(rule)")
        }
        let total = before(context) + (payload.fields.integer("tablet") ?? 0)
        var fields = payload.fields.adding("umur_tahun", .integer(client.years))
        fields["tablet_tahun_ini"] = .integer(total)
        return [.put(fields)]
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        let tablets = record.payload.fields.integer("tablet") ?? 0
        let before = before(record.context)
        var tally = Tally(record.context)
        tally.add("rematri_ttd", if: tablets > 0)
        tally.number("rematri_ttd_tablet", tablets)
        tally.decide(
            record.payload.fields.flag("diminum_mingguan"),
            yes: "rematri_ttd_mingguan",
            no: "rematri_ttd_tidak_mingguan"
        )
        tally.add("rematri_ttd_setahun", if: before < tabletsOfYear && before + tablets >= tabletsOfYear)
        return tally.contributions
    }

    /// Tablets of the same calendar year before this record.
    private func before(_ context: Context) -> Int {
        context.previous.filter { $0.type == type && $0.date.year == context.date.year }
            .reduce(0) { $0 + ($1.fields.integer("tablet") ?? 0) }
    }
}
