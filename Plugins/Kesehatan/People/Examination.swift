// Measurements that the forms of school age, adults and elderly share.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Waist, blood pressure and glucose, and what they mean.
struct Examination {
    static let integers = ["sistolik", "diastolik", "gula_mg_dl"]
    static let decimals = ["berat_kg", "tinggi_cm", "lingkar_perut_cm"]
    static let senses = ["penglihatan_gangguan", "pendengaran_gangguan"]

    private let answers: Fields
    private let sex: Sex
    let pressure: Level?
    let glucose: Level?
    /// Waist above 90 cm for men, 80 cm for women `[C: kartu bantu]`.
    let waistAtRisk: Bool?

    init(_ answers: Fields, _ client: Client, _ limits: Limits) {
        self.answers = answers
        sex = client.sex
        pressure = limits.pressure(answers)
        glucose = limits.glucose(answers)
        waistAtRisk = answers.decimal("lingkar_perut_cm").map { $0 > (client.sex == .male ? 90 : 80) }
    }

    func put(into fields: inout Fields) {
        fields["td_kategori"] = pressure.map { .text($0.rawValue) }
        fields["gula_kategori"] = glucose.map { .text($0.rawValue) }
        fields["lp_risiko"] = waistAtRisk.map { .flag($0) }
    }

    func count(_ prefix: String, in tally: inout Tally) {
        tally.add(prefix + "_lp_risiko", if: waistAtRisk)
        tally.add(prefix + (sex == .male ? "_lp_risiko_l" : "_lp_risiko_p"), if: waistAtRisk)
        tally.sort(prefix + "_td", pressure?.rawValue)
        tally.sort(prefix + "_gula", glucose?.rawValue)
    }

    func find(_ findings: inout Findings) {
        if let waist = answers.decimal("lingkar_perut_cm") {
            findings.add("lp_risiko", "lingkar perut \(waist.spoken) cm", if: waistAtRisk)
        }
        if let pressure, let upper = answers.integer("sistolik"), let lower = answers.integer("diastolik") {
            let reason = "tekanan darah \(upper)/\(lower) mmHg (\(pressure.rawValue))"
            findings.add("td_" + pressure.rawValue, reason, if: pressure != .normal)
        }
        if let glucose, let value = answers.integer("gula_mg_dl") {
            let reason = "gula darah sewaktu \(value) mg/dL (\(glucose.rawValue))"
            findings.add("gula_" + glucose.rawValue, reason, if: glucose != .normal)
        }
    }
}

/// Forms of adults and of the elderly: measurements, body mass, sight and hearing.
struct GrownUps: Sendable {
    /// `dewasa` or `lansia`: the name of the age group, and what its indicators begin with.
    let name: String
    let ages: AgeGroups.Group
    let limits: Limits
    let bodyMass: BodyMass

    /// nil when the age fits the form.
    func refusal(_ client: Client) -> [Effect]? {
        guard !ages.contains(client) else { return nil }
        return Client.wrongAge("umur \(client.years) tahun: formulir \(name) \(ages.years) tahun")
    }

    /// Puts what the measurements mean and gathers what they found.
    func examine(_ client: Client, _ fields: inout Fields, _ findings: inout Findings) {
        let answers = fields
        let examination = Examination(answers, client, limits)
        examination.put(into: &fields)
        if let index = bodyMass.index(answers) {
            let category = bodyMass.category(index)
            fields["imt"] = .decimal(index)
            fields["imt_kategori"] = .text(category)
            let words = category.replacing("_", with: " ")
            findings.add("\(name)_imt_\(category)", "IMT \(index.spoken) (\(words))", if: category != "normal")
        }
        examination.find(&findings)
        findings.add(
            "penglihatan",
            "gangguan penglihatan (tes hitung jari)",
            if: answers.flag("penglihatan_gangguan")
        )
        findings.add("pendengaran", "gangguan pendengaran (tes bisik)", if: answers.flag("pendengaran_gangguan"))
    }

    func count(_ answers: Fields, _ client: Client, in tally: inout Tally) {
        tally.split(name + "_datang")
        tally.sort(name + "_imt", bodyMass.index(answers).map { bodyMass.category($0) })
        Examination(answers, client, limits).count(name, in: &tally)
        tally.add(name + "_penglihatan", if: answers.flag("penglihatan_gangguan"))
        tally.add(name + "_pendengaran", if: answers.flag("pendengaran_gangguan"))
        tally.add(name + "_merokok", if: answers.flag("merokok"))
        tally.add(name + "_edukasi", if: answers.flag("edukasi"))
        tally.add(name + "_dirujuk", if: answers.flag("dirujuk"))
    }
}

/// Indeks massa tubuh: weight over height squared, and the class of adults from `imt_dewasa.csv` `[G]`.
struct BodyMass: Sendable {
    private let classes: [(name: String, limit: ExactDecimal?, inclusive: Bool)]

    init(_ table: Table) throws(SetupError) {
        var classes: [(name: String, limit: ExactDecimal?, inclusive: Bool)] = []
        for row in table.rows {
            guard let name = row["kategori"] else { throw SetupError("imt_dewasa.csv: a row without kategori") }
            classes.append((name, row.decimal("batas_atas"), row["batas_termasuk"] == "ya"))
        }
        guard let last = classes.last, last.limit == nil else {
            throw SetupError("imt_dewasa.csv: the last row must have no batas_atas")
        }
        self.classes = classes
    }

    /// kg/m² rounded half up to one decimal, as it is written on the card `[I]`; nil when something is missing.
    func index(_ answers: Fields) -> ExactDecimal? {
        guard let (grams, height) = measured(answers) else { return nil }
        let square = height * height
        return ExactDecimal(mantissa: Int64((grams * 20_000 + square) / (2 * square)), scale: 1)
    }

    /// kg/m², not rounded, as a z-score needs it.
    func unrounded(_ answers: Fields) -> Double? {
        measured(answers).map { grams, height in Double(grams) * 1_000 / Double(height * height) }
    }

    /// Whole grams and millimetres.
    private func measured(_ answers: Fields) -> (grams: Int, height: Int)? {
        guard let grams = answers.decimal("berat_kg")?.multiplied(by: 1_000)?.integer, (1...1_000_000).contains(grams),
            let height = answers.decimal("tinggi_cm")?.multiplied(by: 10)?.integer, (1...3_000).contains(height)
        else { return nil }
        return (grams, height)
    }

    func category(_ index: ExactDecimal) -> String {
        let found = classes.first { entry in
            guard let limit = entry.limit else { return true }
            return index < limit || (entry.inclusive && index == limit)
        }
        return found?.name ?? ""
    }
}
