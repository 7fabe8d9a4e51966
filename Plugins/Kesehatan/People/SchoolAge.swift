// Examination of school children and adolescents.
// SPDX-License-Identifier: Apache-2.0

import Growth
import PluginKit

/// School age and adolescents, 6 to 18 years.
struct SchoolAgeVisit: RecordHandler {
    enum Form: Questions {
        static let texts = ["imt_kategori", "tempat"]
        static let integers = Examination.integers
        static let decimals = Examination.decimals + ["hb_g_dl"]
        static let flags = ["anemia", "ttd_mingguan", "heeadsss_masalah", "edukasi", "dirujuk"]
    }
    typealias Payload = Answers<Form>

    let type: RecordType = "kesehatan.usia_sekolah_remaja"
    let ages: AgeGroups.Group
    let bands: AgeGroups
    let limits: Limits
    let bodyMass: SchoolBodyMass
    let followUp: FollowUp

    func apply(_ payload: Payload, in context: Context) -> [Effect] {
        guard let client = Client(context) else { return Client.refusal(context) }
        if let refusal = Client.afterDeath(context) { return refusal }
        guard ages.contains(client) else {
            return Client.wrongAge("umur \(client.years) tahun: formulir ini \(ages.years) tahun")
        }
        let answers = payload.fields
        var fields = answers.adding("umur_tahun", .integer(client.years))
        var findings = Findings()
        let mass = bodyMass.judge(answers, client)
        mass.put(into: &fields, form: answers.text("imt_kategori"))
        if let category = mass.category, let reason = mass.words {
            findings.add("remaja_imt_" + category, reason, if: category != "normal")
        }
        let examination = examination(answers, client)
        examination?.put(into: &fields)
        examination?.find(&findings)
        let anaemia = anaemia(answers, client)
        fields["kurang_darah"] = anaemia.map { .flag($0) }
        let haemoglobin = answers.decimal("hb_g_dl").map { ", Hb \($0.spoken) g/dL" } ?? ""
        findings.add("anemia", "anemia" + haemoglobin, if: anaemia)
        findings.add("heeadsss", "ada masalah pada skrining HEEADSSS", if: answers.flag("heeadsss_masalah"))
        let tasks = followUp.effects(of: findings, type, context, &fields)
        return [.put(fields)] + tasks
    }

    func summarise(_ record: Record<Payload>) -> [Contribution] {
        guard let client = Client(record.context) else { return [] }
        let answers = record.payload.fields
        var tally = Tally(record.context)
        tally.split("remaja_datang")
        tally.sort("remaja_datang", bands.name(of: client))
        let mass = bodyMass.judge(answers, client)
        tally.sort("remaja_imt", mass.category)
        tally.add("remaja_imt_dari_formulir", if: mass.category != nil && mass.score == nil)
        tally.add("remaja_imt_tidak_wajar", if: mass.isImplausible)
        examination(answers, client)?.count("remaja", in: &tally)
        tally.decide(anaemia(answers, client), yes: "remaja_anemia", no: "remaja_tidak_anemia")
        if client.sex == .female {
            tally.decide(answers.flag("ttd_mingguan"), yes: "remaja_ttd", no: "remaja_tidak_ttd")
        }
        tally.add("remaja_heeadsss", if: answers.flag("heeadsss_masalah"))
        tally.add("remaja_edukasi", if: answers.flag("edukasi"))
        tally.add("remaja_dirujuk", if: answers.flag("dirujuk"))
        return tally.contributions
    }

    /// Waist, blood pressure and glucose are part of the form from 15 years on `[P: SIPANDU-LT]`.
    private func examination(_ answers: Fields, _ client: Client) -> Examination? {
        bands.name(of: client) == "15_18" ? Examination(answers, client, limits) : nil
    }

    /// Girls only: by haemoglobin, or as the examiner found without it.
    private func anaemia(_ answers: Fields, _ client: Client) -> Bool? {
        guard client.sex == .female else { return nil }
        return answers.decimal("hb_g_dl").map { $0 < limits.haemoglobinGirl } ?? answers.flag("anemia")
    }
}

/// IMT/U of 6 to 18 years by the WHO Reference 2007, in the words of the recap sheet (`imt_umur.csv`).
struct SchoolBodyMass: Sendable {
    /// What weight, height and the form say of one child.
    struct Judgement {
        var index: ExactDecimal?
        /// The z-score to two decimals, kept even when it is not plausible.
        var score: ZScore?
        /// Beyond 5 and -5: kept, marked, and counted nowhere `[C: WorldHealthOrganization/anthro]`.
        var isImplausible = false
        /// The class that counts: by the score, or the form's when there is no score.
        var category: String?

        /// What a kader reads of a class; nil without one.
        var words: String? {
            guard let name = category?.replacing("_", with: " ") else { return nil }
            guard let score = score?.decimal else { return "IMT/U menurut formulir: \(name)" }
            return "IMT/U \(score.spoken) SD (\(name))"
        }

        func put(into fields: inout Fields, form: String?) {
            fields["imt"] = index.map { .decimal($0) }
            fields["imt_u"] = score?.decimal.map { .decimal($0) }
            fields["imt_hasil"] = category.map { .text($0) }
            fields["imt_sumber"] = category.map { _ in .text(score == nil ? "formulir" : "dihitung") }
            if score != nil, let category, let form, form != category { fields["imt_beda"] = .flag(true) }
            if isImplausible { fields["imt_tidak_wajar"] = .flag(true) }
        }
    }

    private static let plausible = -500...500

    private let nutrition: Nutrition
    private let bodyMass: BodyMass
    private let words: [String: String]

    /// - Parameter words: `imt_umur.csv`: each class of `kategori_gizi.csv` in the words of the recap sheet.
    init(_ nutrition: Nutrition, _ bodyMass: BodyMass, words: Table) throws(SetupError) {
        var names: [String: String] = [:]
        for row in words.rows {
            guard let category = row["kategori"], let recap = row["rekap"] else {
                throw SetupError("imt_umur.csv: a row without kategori or rekap")
            }
            names[category] = recap
        }
        for category in nutrition.categories.all(.schoolBodyMassForAge) where names[category.name] == nil {
            throw SetupError("imt_umur.csv: no row for \(category.name)")
        }
        self.nutrition = nutrition
        self.bodyMass = bodyMass
        self.words = names
    }

    func judge(_ answers: Fields, _ client: Client) -> Judgement {
        let index = bodyMass.index(answers)
        guard let mass = bodyMass.unrounded(answers),
            let score = nutrition.tables.bmiForAge5to19(
                client.sex,
                ageMonths: Double(client.days) / 30.4375,
                bodyMass: mass
            )
        else { return Judgement(index: index, category: answers.text("imt_kategori")) }
        guard Self.plausible.contains(score.hundredths) else {
            return Judgement(index: index, score: score, isImplausible: true)
        }
        let category = nutrition.categories.category(.schoolBodyMassForAge, score).flatMap { words[$0.name] }
        return Judgement(index: index, score: score, category: category)
    }
}
