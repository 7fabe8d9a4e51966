// tally.json as values to compare with.
// SPDX-License-Identifier: Apache-2.0

/// What the simulator expects, read back from its tally.
struct Expected: Sendable {
    let tally: JSON
    let months: [Month]
    /// Months that were closed and pushed.
    let closed: [String]
    /// Indicators that the generator counts, and the ratios made of them.
    let names: Set<String>

    struct Month: Sendable {
        let period: String
        let reported: Int
        let json: JSON
    }

    init(_ folder: String) throws {
        tally = try JSON(try TextFile.read(folder + "/tally.json"))
        closed = tally.list("closed").compactMap(\.string)
        months = tally.list("months").map { Month(period: $0.text("period"), reported: $0.int("reported"), json: $0) }
        names = Set(months.flatMap { $0.json.list("figures").map { $0.text("indicator") } } + Self.ratios.map(\.name))
    }

    /// Kecamatan and the kabupaten.
    var areas: Set<String> {
        let figures = months.flatMap { $0.json.list("figures") + $0.json.list("registry") }
        return Set((figures + tally.list("residents") + tally.list("records")).map { $0.text("area") })
    }

    /// What the generator made of a sector: records, figures of all months, cases.
    func counts(_ sector: String) -> (records: Int, figures: Int, cases: Int) {
        let records = tally.list("records").filter { $0.text("type").hasPrefix(sector + ".") }
        let cases = tally.list("cases").filter { $0.text("sector") == sector }
        return (
            records.reduce(0) { $0 + $1.int("records") },
            months.reduce(0) { sum, month in
                sum + month.json.list("figures").count { $0.text("sector") == sector }
            },
            cases.reduce(0) { $0 + $1.int("cases") }
        )
    }

    func sum(_ name: String) -> Int { (tally[name]?.members ?? [:]).values.reduce(0) { $0 + ($1.int ?? 0) } }

    /// Rows of the tally as values: the named columns make the key.
    static func values(_ rows: [JSON], _ columns: [String], _ value: String) -> Values {
        var values: Values = [:]
        for row in rows {
            let key = columns.map { row.text($0) }.joined(separator: " ")
            values[key] = row[value]?.string.map(Exact.normal) ?? String(row.int(value))
        }
        return values
    }

    /// Ratios: name, and the two indicators they are made of.
    static let ratios: [(name: String, part: String, whole: String)] = [
        ("kesehatan.k_per_s", "kesehatan.k", "kesehatan.s"), ("kesehatan.d_per_s", "kesehatan.d", "kesehatan.s"),
        ("kesehatan.n_per_d", "kesehatan.n", "kesehatan.d"), ("kesehatan.d_per_k", "kesehatan.d", "kesehatan.k"),
        ("kesehatan.n_per_s", "kesehatan.n", "kesehatan.s"), ("kesehatan.bgm_per_d", "kesehatan.bgm", "kesehatan.d"),
        ("kesehatan.t_per_d", "kesehatan.t", "kesehatan.d"),
        ("kesehatan.dua_t_per_d", "kesehatan.dua_t", "kesehatan.d"),
        ("kesehatan.l_per_s36", "kesehatan.lulus_36", "kesehatan.sasaran_anak_36"),
        ("kesehatan.prevalensi_stunting", "kesehatan.stunting", "kesehatan.tbu_terukur"),
        ("kesehatan.prevalensi_wasting", "kesehatan.wasting", "kesehatan.bbtb_terukur"),
        ("kesehatan.prevalensi_underweight", "kesehatan.underweight", "kesehatan.bbu_terukur"),
        ("pendidikan.cakupan_paud", "pendidikan.anak_paud", "pendidikan.anak_usia_dini"),
        ("perumahan_rakyat.persen_rtlh", "perumahan_rakyat.rtlh", "perumahan_rakyat.rumah_didata"),
        ("sosial.cakupan_verifikasi", "sosial.verifikasi", "sosial.fakir_miskin"),
    ]
}

extension Expected.Month {
    /// `indicator area` → value, of everything but ratios.
    var figures: Values { Expected.values(json.list("figures"), ["indicator", "area"], "value") }

    /// `indicator area` → `part/whole` of the ratios.
    var ratios: Values {
        let figures = json.list("figures")
        var values: [String: Values] = [:]
        for figure in figures {
            values[figure.text("indicator"), default: [:]][figure.text("area")] = figure.text("value")
        }
        var ratios: Values = [:]
        for ratio in Expected.ratios {
            for (area, whole) in values[ratio.whole] ?? [:] {
                ratios["\(ratio.name) \(area)"] = (values[ratio.part]?[area] ?? "0") + "/" + whole
            }
        }
        return ratios
    }

    var cases: Values { Expected.values(json.list("cases"), ["sector", "state", "area"], "cases") }

    /// `area posyandu`, `area registered`, `area cadres <sector>` → count.
    var registry: Values {
        var values: Values = [:]
        for row in json.list("registry") {
            let area = row.text("area")
            values["\(area) posyandu"] = String(row.int("posyandu"))
            values["\(area) registered"] = String(row.int("registered"))
            for (sector, count) in row["cadres"]?.members ?? [:] {
                values["\(area) cadres \(sector)"] = String(count.int ?? 0)
            }
        }
        return values
    }

    /// Rows that the document of a kind must have: `code area` → value, of a ratio `part/whole=percent`.
    func rows(_ kind: String) -> Values {
        var rows: Values = [:]
        switch kind {
        case "registri-posyandu":
            for row in json.list("registry") {
                rows["REGISTRI.POSYANDU \(row.text("area"))"] = String(row.int("posyandu"))
                rows["REGISTRI.POSYANDU_TERDAFTAR \(row.text("area"))"] = String(row.int("registered"))
            }
        case "kader":
            for row in json.list("registry") {
                for (sector, count) in row["cadres"]?.members ?? [:] {
                    rows["KADER.\(sector.uppercased()) \(row.text("area"))"] = String(count.int ?? 0)
                }
            }
        case "keluhan-spm":
            for row in json.list("cases") {
                let code = "KELUHAN.\(row.text("sector").uppercased()).\(row.text("state").uppercased())"
                rows["\(code) \(row.text("area"))"] = String(row.int("cases"))
            }
        default:
            for (key, value) in figures { rows[key.uppercased()] = value }
            for (key, value) in ratios {
                let parts = value.split(separator: "/").map(String.init)
                rows[key.uppercased()] = Exact.percent(parts[0], parts[1]).map { value + "=" + $0 } ?? "no value"
            }
        }
        return rows
    }
}
