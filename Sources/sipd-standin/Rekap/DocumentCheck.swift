// Checks a document against every rule of the contract: members, types, ranges, dates, rows.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The natural key of a document.
struct DocumentKey: Hashable, Sendable, Comparable {
    var kodepemda: String
    var periode: String
    var jenis: String

    var text: String { "\(kodepemda)/\(periode)/\(jenis)" }

    static func < (left: DocumentKey, right: DocumentKey) -> Bool { left.text < right.text }
}

/// One finding, as it goes into `errors` or `kesalahan`.
struct Finding: Codable, Hashable, Sendable {
    /// Row in `data`, from 0.
    var indeks: Int?
    var pointer: String
    var kode: String
    var pesan: String
}

/// What a document says, once its form is right.
struct CheckedDocument: Sendable {
    var revisi: Int
    var rows: [Node]
    /// Rows whose codes are not in the lists named: refused later, one by one.
    var refusedRows: [Finding]
}

struct DocumentCheck: Sendable {
    static let kinds: Set<String> = ["registri-posyandu", "spm-posyandu", "keluhan-spm", "kader"]
    static let sectors: Set<String> = [
        "pendidikan", "kesehatan", "pekerjaan_umum", "perumahan_rakyat", "trantibumlinmas", "sosial",
    ]

    let references: ReferenceLists

    enum Result: Sendable {
        case formed(CheckedDocument)
        case malformed([Finding])
    }

    func check(_ bytes: Data, _ key: DocumentKey) -> Result {
        guard let document = Node.read(bytes), let members = document.object else {
            return .malformed([Finding(pointer: "", kode: "E-JSON", pesan: "bukan objek JSON")])
        }
        var report = Report()
        head(members, key, &report)
        completeness(members, &report)
        let rows = members["data"]?.list ?? []
        if members["data"]?.list == nil { report.add("/data", "E-TIPE", "data harus berupa larik") }
        let version = members["versi_wilayah"]?.string ?? ""
        var refused: [Finding] = []
        RowCheck(
            key: key,
            version: version,
            nomenclature: members["versi_nomenklatur"]?.string ?? "",
            references: references
        ).check(rows, &report, &refused)
        guard report.findings.isEmpty, let revisi = members["revisi"]?.integer else {
            return .malformed(report.findings)
        }
        return .formed(CheckedDocument(revisi: revisi, rows: rows, refusedRows: refused))
    }

    func formed(_ bytes: Data, _ key: DocumentKey) -> CheckedDocument? {
        if case .formed(let document) = check(bytes, key) { document } else { nil }
    }

    struct Report {
        var findings: [Finding] = []

        mutating func add(_ pointer: String, _ code: String, _ message: String, row: Int? = nil) {
            findings.append(Finding(indeks: row, pointer: pointer, kode: code, pesan: message))
        }
    }

    // MARK: Head

    private func head(_ members: [String: Node], _ key: DocumentKey, _ report: inout Report) {
        let known: Set<String> = [
            "skema", "kodepemda", "tahun", "jenis", "periode", "mulai", "akhir", "revisi", "versi_wilayah",
            "versi_nomenklatur", "dibuat", "pengirim", "kelengkapan", "data",
        ]
        for name in members.keys.sorted() where !known.contains(name) {
            report.add("/\(name)", "E-MEDAN", "medan tidak dikenal")
        }
        if members["skema"]?.string != "posyandu6spm.rekap/1" { report.add("/skema", "E-SKEMA", "skema lain") }
        if members["kodepemda"]?.string != key.kodepemda { report.add("/kodepemda", "E-JALUR", "berbeda dari jalur") }
        if members["jenis"]?.string != key.jenis { report.add("/jenis", "E-JALUR", "berbeda dari jalur") }
        if members["periode"]?.string != key.periode { report.add("/periode", "E-JALUR", "berbeda dari jalur") }
        if let revisi = members["revisi"]?.integer {
            if revisi < 1 { report.add("/revisi", "E-ANGKA", "revisi mulai dari 1") }
        } else {
            report.add("/revisi", "E-TIPE", "revisi harus bilangan bulat")
        }
        period(members, key, &report)
        if let version = members["versi_wilayah"]?.string, !version.isEmpty {
            if !references.knowsRegionVersion(version) {
                report.add("/versi_wilayah", "E-VERSI", "versi tidak dikenal")
            }
        } else {
            report.add("/versi_wilayah", "E-TIPE", "harus teks")
        }
        if let version = members["versi_nomenklatur"]?.string, !version.isEmpty {
            if !references.knowsNomenclature(version) {
                report.add("/versi_nomenklatur", "E-VERSI", "versi tidak dikenal")
            }
        } else {
            report.add("/versi_nomenklatur", "E-TIPE", "harus teks")
        }
        if !Form.isLocalTime(members["dibuat"]?.string) { report.add("/dibuat", "E-WAKTU", "RFC 3339 +07/+08/+09") }
        sender(members["pengirim"], &report)
    }

    private func period(_ members: [String: Node], _ key: DocumentKey, _ report: inout Report) {
        guard let days = Form.days(of: key.periode) else {
            return report.add("/periode", "E-PERIODE", "bukan periode")
        }
        if members["mulai"]?.string != days.first { report.add("/mulai", "E-TANGGAL", "harus \(days.first)") }
        if members["akhir"]?.string != days.last { report.add("/akhir", "E-TANGGAL", "harus \(days.last)") }
        if members["tahun"]?.integer != Int(days.first.prefix(4)) {
            report.add("/tahun", "E-ANGKA", "harus tahun mulai")
        }
    }

    private func sender(_ sender: Node?, _ report: inout Report) {
        guard let members = sender?.object else { return report.add("/pengirim", "E-TIPE", "harus objek") }
        for name in ["opd", "sistem", "versi"] where members[name]?.string?.isEmpty != false {
            report.add("/pengirim/\(name)", "E-TIPE", "harus teks")
        }
        for name in members.keys.sorted() where !["opd", "sistem", "versi"].contains(name) {
            report.add("/pengirim/\(name)", "E-MEDAN", "medan tidak dikenal")
        }
    }

    private func completeness(_ members: [String: Node], _ report: inout Report) {
        guard let part = members["kelengkapan"]?.object else {
            return report.add("/kelengkapan", "E-TIPE", "harus objek")
        }
        for name in part.keys.sorted() where !["posyandu_terdaftar", "melapor", "batas_data"].contains(name) {
            report.add("/kelengkapan/\(name)", "E-MEDAN", "medan tidak dikenal")
        }
        if let registered = part["posyandu_terdaftar"]?.integer, let reported = part["melapor"]?.integer {
            if registered < 0 || reported < 0 || reported > registered {
                report.add("/kelengkapan/melapor", "E-ANGKA", "melapor antara 0 dan posyandu_terdaftar")
            }
        } else {
            report.add("/kelengkapan", "E-TIPE", "harus bilangan bulat")
        }
        if !Form.isLocalTime(part["batas_data"]?.string) {
            report.add("/kelengkapan/batas_data", "E-WAKTU", "RFC 3339 +07/+08/+09")
        }
    }
}
