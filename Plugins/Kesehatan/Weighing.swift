// Monthly weighing of a child under five: D, one of N, T, O, B, and what follows from them.
// SPDX-License-Identifier: Apache-2.0

import Growth
import PluginKit

/// Monthly weighing of a child under five.
///
/// The weight is compared with the weighing of the previous calendar month only. Of two weighings in one month the
/// earlier one counts; a later one is kept with the letter of the month and adds nothing, so D = N + T + O + B holds.
struct Weighing: RecordHandler {
    struct Payload: Decodable, Sendable {
        var grams: Int
        var height: ExactDecimal?
        var measure: String?
        var head: ExactDecimal?
        var muac: ExactDecimal?
        var oedema: Bool?
        var chart: String?
        var development: Bool?
        var exclusiveBreastfeeding: Bool?
        var complementaryFood: Bool?
        var localFood: Bool?
        var ill: Bool?
        var education: Bool?
        var referred: Bool?
        var place: String?

        enum CodingKeys: String, CodingKey {
            case grams = "berat_gram"
            case height = "tinggi_cm"
            case measure = "cara_ukur"
            case head = "lingkar_kepala_cm"
            case muac = "lila_cm"
            case oedema = "edema"
            case chart = "posisi_kms"
            case development = "perkembangan_lengkap"
            case exclusiveBreastfeeding = "asi_eksklusif"
            case complementaryFood = "mp_asi"
            case localFood = "mt_pangan"
            case ill = "sakit"
            case education = "edukasi"
            case referred = "dirujuk"
            case place = "tempat"
        }
    }

    let type: RecordType = "kesehatan.penimbangan"
    let minimumGain: MinimumGain
    let nutrition: Nutrition
    let limits: Limits

    func validate(_ payload: Payload) -> [Violation] { WeighingUnits.violations(payload) }

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let child = Client(context) else { return Client.refusal(context) }
        guard child.months < 60 else {
            return Client.wrongAge("umur \(child.months) bulan: penimbangan balita sampai 59 bulan")
        }
        if let refusal = Client.afterDeath(context) { return refusal }
        let verdict = judge(payload, child, context)
        let status = nutrition.status(payload, child)
        let line = chartLine(payload, status)
        var referral = Referral()
        referral.add("berat badan tidak naik dua kali berturut-turut (2T)", if: verdict.twiceNotUp)
        referral.add(
            "berat badan tidak naik (T)",
            if: verdict.gain != nil && verdict.growth == .notUp && !verdict.twiceNotUp
        )
        referral.add("berat badan di bawah garis merah (BGM)", if: line == .belowRed)
        referral.add("berat badan di atas garis oranye", if: line == .aboveOrange)
        status.addReasons(to: &referral, isBelowRedLine: line == .belowRed)
        referral.add(
            "LILA di bawah \(limits.muacRed) cm",
            if: child.months >= 6 && muac(payload, below: limits.muacRed)
        )
        referral.add("bengkak (edema) kedua kaki", if: payload.oedema, urgent: true)
        var fields = fields(payload, child, verdict)
        status.put(into: &fields)
        fields["bgm"] = line == .belowRed ? .flag(true) : nil
        fields["oranye"] = line == .aboveOrange ? .flag(true) : nil
        fields["lila_kategori"] = child.months >= 6 ? payload.muac.map { .text(tape($0)) } : nil
        if let last = context.latest(type) {
            status.putVelocity(since: last, payload, on: context.date, into: &fields)
        }
        return [.put(fields)] + referral.effects(to: "bidan", limits) + status.remeasurement(limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let child = Client(record.context) else { return [] }
        let payload = record.payload
        let verdict = judge(payload, child, record.context)
        let status = nutrition.status(payload, child)
        let line = chartLine(payload, status)
        var tally = Tally(record.context)
        status.count(in: &tally, again: verdict.repeated, nutrition.categories)
        guard !verdict.repeated else { return tally.contributions }
        tally.split("d")
        tally.split(verdict.growth.rawValue)
        tally.sort("d", ageBand(child.months))
        tally.add("dua_t", if: verdict.twiceNotUp)
        tally.add("bgm", if: line == .belowRed)
        tally.add("r", if: payload.chart == "kuning")
        tally.add("oranye", if: line == .aboveOrange)
        tally.add("lulus_36", if: child.months == 36 && payload.grams >= 11_500)
        tally.add("edema", if: payload.oedema)
        if child.months < 6 {
            tally.decide(payload.exclusiveBreastfeeding, yes: "asi_eksklusif", no: "asi_tidak_eksklusif")
        } else {
            tally.add("mp_asi", if: payload.complementaryFood)
            tally.decide(payload.muac.map { $0 >= limits.muacGreen }, yes: "lila_normal", no: "lila_tidak_normal")
        }
        tally.split("pmt", if: payload.localFood)
        tally.decide(payload.development, yes: "perkembangan_lengkap", no: "perkembangan_tidak_lengkap")
        tally.add("balita_sakit", if: payload.ill)
        tally.add("balita_edukasi", if: payload.education)
        tally.add("balita_dirujuk", if: payload.referred)
        return tally.contributions
    }

    private func muac(_ payload: Payload, below limit: ExactDecimal) -> Bool {
        payload.muac.map { $0 < limit } ?? false
    }

    /// A line of the growth chart that the weight lies beyond.
    private enum ChartLine { case belowRed, aboveOrange }

    /// What the kader read off the chart; where she marked nothing, the plausible BB/U against the lines.
    private func chartLine(_ payload: Payload, _ status: Nutrition.Status) -> ChartLine? {
        if let chart = payload.chart {
            return chart == "bawah_garis_merah" ? .belowRed : chart == "atas_garis_oranye" ? .aboveOrange : nil
        }
        guard let score = status.result.plausible(.weightForAge)?.decimal else { return nil }
        return score < limits.redLine ? .belowRed : score > limits.orangeLine ? .aboveOrange : nil
    }

    /// Colour of the arm tape, by the limits of the kabupaten.
    private func tape(_ muac: ExactDecimal) -> String {
        muac < limits.muacRed ? "merah" : muac < limits.muacGreen ? "kuning" : "hijau"
    }

    private func ageBand(_ months: Int) -> String {
        switch months {
        case ..<6: "0_5"
        case ..<12: "6_11"
        case ..<24: "12_23"
        default: "24_59"
        }
    }

    private func fields(_ payload: Payload, _ child: Client, _ verdict: Verdict) -> Fields {
        var fields: Fields = [
            "berat_gram": .integer(payload.grams), "umur_bulan": .integer(child.months),
            "status": .text(verdict.growth.rawValue),
        ]
        fields["kenaikan_gram"] = verdict.gain.map { .integer($0) }
        fields["kbm_gram"] = verdict.minimum.map { .integer($0) }
        fields["dua_t"] = verdict.twiceNotUp ? .flag(true) : nil
        fields["tinggi_cm"] = payload.height.map { .decimal($0) }
        fields["cara_ukur"] = payload.measure.map { .text($0) }
        fields["lingkar_kepala_cm"] = payload.head.map { .decimal($0) }
        fields["lila_cm"] = payload.muac.map { .decimal($0) }
        fields["posisi_kms"] = payload.chart.map { .text($0) }
        fields["tempat"] = payload.place.map { .text($0) }
        for (name, answer) in [
            ("edema", payload.oedema), ("perkembangan_lengkap", payload.development),
            ("asi_eksklusif", payload.exclusiveBreastfeeding), ("mp_asi", payload.complementaryFood),
            ("mt_pangan", payload.localFood), ("sakit", payload.ill), ("edukasi", payload.education),
            ("dirujuk", payload.referred),
        ] {
            fields[name] = answer.map { .flag($0) }
        }
        return fields
    }
}

extension Weighing {
    /// The letter of the SKDN balance that a weighing gets.
    enum Growth: String, Sendable {
        case up = "n"
        case notUp = "t"
        /// Weighed now, but the previous month gives nothing to compare with.
        case unjudged = "o"
        case first = "b"
    }

    struct Verdict: Sendable {
        var growth: Growth
        /// Grams since the previous month's weighing, and the least that was due; nil unless N or T.
        var gain: Int?
        var minimum: Int?
        var twiceNotUp = false
        /// There is another weighing of the same month: this one is kept and not counted.
        var repeated = false
    }

    /// N, T, O or B `[C: Buku KIA 2023]`: the gain since the previous calendar month against the minimum gain.
    func judge(_ payload: Payload, _ child: Client, _ context: Context) -> Verdict {
        let month = context.date.period
        let weighings = context.previous.filter { $0.type == type }
        if let earlier = weighings.first(where: { $0.date.period == month }) {
            let letter = earlier.fields.text("status").flatMap { Growth(rawValue: $0) }
            return Verdict(growth: letter ?? .unjudged, repeated: true)
        }
        guard let last = weighings.first else { return Verdict(growth: .first) }
        guard last.date.period == month.previous, let before = last.fields.integer("berat_gram"),
            last.date.days(until: context.date) >= limits.weighingIntervalDays,
            let minimum = minimumGain.grams(child.sex, month: child.months)
        else { return Verdict(growth: .unjudged) }
        let gain = payload.grams.subtractingReportingOverflow(before)
        let up = !gain.overflow && gain.partialValue >= minimum
        return Verdict(
            growth: up ? .up : .notUp,
            gain: gain.overflow ? nil : gain.partialValue,
            minimum: minimum,
            twiceNotUp: !up && last.fields.text("status") == Growth.notUp.rawValue
        )
    }
}
