// Examinations of school children, adolescents, adults and the elderly.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Measurements that the three forms share, and what they mean.
struct Examination {
    static let integers = ["sistolik", "diastolik", "gula_mg_dl"]
    static let decimals = ["berat_kg", "tinggi_cm", "lingkar_perut_cm"]
    static let senses = ["penglihatan_gangguan", "pendengaran_gangguan"]

    let pressure: Level?
    let glucose: Level?
    /// Waist above 90 cm for men, 80 cm for women `[C: kartu bantu]`.
    let waistAtRisk: Bool?

    init(_ answers: Fields, _ client: Client, _ limits: Limits) {
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
        tally.sort(prefix + "_td", pressure?.rawValue)
        tally.sort(prefix + "_gula", glucose?.rawValue)
    }

    func refer(_ referral: inout Referral) {
        referral.add("tekanan darah tinggi", if: pressure == .high)
        referral.add("gula darah tinggi", if: glucose == .high)
        referral.add("gula darah rendah", if: glucose == .low)
    }
}

/// School age and adolescents, 6 to 18 years. The category of IMT comes from the form.
struct SchoolAgeVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["imt_kategori", "tempat"]
        static let integers = Examination.integers
        static let decimals = Examination.decimals + ["hb_g_dl"]
        static let flags = ["anemia", "ttd_mingguan", "heeadsss_masalah", "edukasi", "dirujuk"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.usia_sekolah_remaja"
    let limits: Limits

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        guard (6...18).contains(client.years) else {
            return Client.wrongAge("umur \(client.years) tahun: formulir ini untuk 6-18 tahun")
        }
        let answers = payload.fields
        var fields = answers.adding("umur_tahun", .integer(client.years))
        var referral = Referral()
        if let examination = examination(answers, client) {
            examination.put(into: &fields)
            examination.refer(&referral)
        }
        let anaemia = anaemia(answers, client)
        fields["kurang_darah"] = anaemia.map { .flag($0) }
        referral.add("IMT sangat kurus", if: answers.text("imt_kategori") == "sangat_kurus")
        referral.add("IMT obesitas", if: answers.text("imt_kategori") == "obesitas")
        referral.add("anemia", if: anaemia)
        referral.add("ada masalah pada skrining HEEADSSS", if: answers.flag("heeadsss_masalah"))
        return [.put(fields)] + referral.effects(to: "puskesmas", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let client = Client(record.context) else { return [] }
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.split("remaja_datang")
        tally.add(client.years < 15 ? "remaja_datang_6_14" : "remaja_datang_15_18")
        tally.sort("remaja_imt", answers.text("imt_kategori"))
        examination(answers, client)?.count("remaja", in: &tally)
        tally.decide(anaemia(answers, client), yes: "remaja_anemia", no: "remaja_tidak_anemia")
        tally.add("remaja_ttd", if: client.sex == .female && answers.flag("ttd_mingguan") == true)
        tally.add("remaja_heeadsss", if: answers.flag("heeadsss_masalah"))
        tally.add("remaja_edukasi", if: answers.flag("edukasi"))
        tally.add("remaja_dirujuk", if: answers.flag("dirujuk"))
        return tally.contributions
    }

    /// Waist, blood pressure and glucose are part of the form from 15 years on `[P: SIPANDU-LT]`.
    private func examination(_ answers: Fields, _ client: Client) -> Examination? {
        client.years >= 15 ? Examination(answers, client, limits) : nil
    }

    /// Girls only: by haemoglobin, or as the examiner found without it.
    private func anaemia(_ answers: Fields, _ client: Client) -> Bool? {
        guard client.sex == .female else { return nil }
        return answers.decimal("hb_g_dl").map { $0 < limits.haemoglobinGirl } ?? answers.flag("anemia")
    }
}

/// Adults of 19 to 59 years.
struct AdultVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["tempat"]
        static let integers = Examination.integers
        static let decimals = Examination.decimals
        static let flags = Examination.senses + ["merokok", "edukasi", "dirujuk"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.dewasa"
    let limits: Limits
    let bodyMass: BodyMass

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        guard (19...59).contains(client.years) else {
            return Client.wrongAge("umur \(client.years) tahun: formulir dewasa untuk 19-59 tahun")
        }
        var fields = payload.fields.adding("umur_tahun", .integer(client.years))
        var referral = Referral()
        examineGrownUp(client, limits, bodyMass, &fields, &referral)
        return [.put(fields)] + referral.effects(to: "puskesmas", limits)
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let client = Client(record.context) else { return [] }
        let answers = record.payload.fields
        var tally = Tally(record.context)
        countGrownUp("dewasa", answers, client, limits, bodyMass, &tally)
        tally.add("dewasa_merokok", if: answers.flag("merokok"))
        return tally.contributions
    }
}

/// Puts the meanings of an adult's measurements and gathers the reasons to refer.
func examineGrownUp(
    _ client: Client,
    _ limits: Limits,
    _ bodyMass: BodyMass,
    _ fields: inout Fields,
    _ referral: inout Referral
) {
    let answers = fields
    let examination = Examination(answers, client, limits)
    examination.put(into: &fields)
    examination.refer(&referral)
    if let index = bodyMass.index(answers) {
        fields["imt"] = .decimal(index)
        fields["imt_kategori"] = .text(bodyMass.category(index))
    }
    referral.add("gangguan penglihatan", if: answers.flag("penglihatan_gangguan"))
    referral.add("gangguan pendengaran", if: answers.flag("pendengaran_gangguan"))
}

/// Counts what the forms of adults and elderly have in common.
func countGrownUp(
    _ prefix: String,
    _ answers: Fields,
    _ client: Client,
    _ limits: Limits,
    _ bodyMass: BodyMass,
    _ tally: inout Tally
) {
    tally.split(prefix + "_datang")
    tally.sort(prefix + "_imt", bodyMass.index(answers).map { bodyMass.category($0) })
    Examination(answers, client, limits).count(prefix, in: &tally)
    tally.add(prefix + "_penglihatan", if: answers.flag("penglihatan_gangguan"))
    tally.add(prefix + "_pendengaran", if: answers.flag("pendengaran_gangguan"))
    tally.add(prefix + "_edukasi", if: answers.flag("edukasi"))
    tally.add(prefix + "_dirujuk", if: answers.flag("dirujuk"))
}

/// Indeks massa tubuh of adults: weight over height squared, and its class from `imt_dewasa.csv` `[G]`.
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
        guard let grams = answers.decimal("berat_kg")?.multiplied(by: 1_000)?.integer, (1...1_000_000).contains(grams),
            let height = answers.decimal("tinggi_cm")?.multiplied(by: 10)?.integer, (1...3_000).contains(height)
        else { return nil }
        let square = height * height
        return ExactDecimal(mantissa: Int64((grams * 20_000 + square) / (2 * square)), scale: 1)
    }

    func category(_ index: ExactDecimal) -> String {
        let found = classes.first { entry in
            guard let limit = entry.limit else { return true }
            return index < limit || (entry.inclusive && index == limit)
        }
        return found?.name ?? ""
    }
}
