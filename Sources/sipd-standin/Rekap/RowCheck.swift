// Checks the rows of a document.
// SPDX-License-Identifier: Apache-2.0

/// Form errors refuse the document; codes that are in no list refuse the row.
struct RowCheck: Sendable {
    let key: DocumentKey
    let version: String
    let nomenclature: String
    let references: ReferenceLists

    func check(_ rows: [Node], _ report: inout DocumentCheck.Report, _ refused: inout [Finding]) {
        var seen: Set<String> = []
        var scales: [String: Int] = [:]
        for (index, row) in rows.enumerated() {
            guard let members = row.object else {
                report.add("/data/\(index)", "E-TIPE", "baris harus objek", row: index)
                continue
            }
            form(members, index, &report)
            let code = members["kodeindikator"]?.string ?? ""
            let area = members["wilayah"]?.string ?? ""
            if !seen.insert("\(code) \(area)").inserted {
                report.add("/data/\(index)", "E-GANDA", "kodeindikator dan wilayah sudah ada", row: index)
            }
            if let value = members["nilai"]?.string, let scale = Form.scale(value) {
                if scales[code, default: scale] != scale {
                    report.add("/data/\(index)/nilai", "E-SKALA", "jumlah desimal berbeda", row: index)
                }
                scales[code] = scale
            }
            if !references.knowsIndicator(code) {
                refused.append(
                    Finding(
                        indeks: index,
                        pointer: "/data/\(index)/kodeindikator",
                        kode: "E-REF",
                        pesan: "tidak dikenal"
                    )
                )
            } else if !references.knowsRegion(area, in: version) {
                refused.append(
                    Finding(indeks: index, pointer: "/data/\(index)/wilayah", kode: "E-REF", pesan: "tidak dikenal")
                )
            } else if let place = (members["subkegiatan"]?.list ?? []).firstIndex(where: {
                !references.knowsSubkegiatan($0.string ?? "", in: nomenclature)
            }) {
                let pointer = "/data/\(index)/subkegiatan/\(place)"
                refused.append(Finding(indeks: index, pointer: pointer, kode: "E-REF", pesan: "tidak dikenal"))
            }
        }
    }

    private func form(_ row: [String: Node], _ index: Int, _ report: inout DocumentCheck.Report) {
        let known: Set<String> = [
            "kodeindikator", "bidang", "wilayah", "satuan", "pembilang", "penyebut", "nilai", "status", "subkegiatan",
        ]
        let at = "/data/\(index)"
        for name in row.keys.sorted() where !known.contains(name) {
            report.add("\(at)/\(name)", "E-MEDAN", "medan tidak dikenal", row: index)
        }
        if !Form.isIndicator(row["kodeindikator"]?.string) {
            report.add("\(at)/kodeindikator", "E-KODE", "bukan kode indikator", row: index)
        }
        sector(row["bidang"], at, index, &report)
        if !Form.isArea(row["wilayah"]?.string, under: key.kodepemda) {
            report.add("\(at)/wilayah", "E-WILAYAH", "di luar kodepemda", row: index)
        }
        if row["satuan"]?.string?.isEmpty != false { report.add("\(at)/satuan", "E-TIPE", "harus teks", row: index) }
        numbers(row, at, index, &report)
        guard let list = row["subkegiatan"]?.list, list.allSatisfy({ $0.string?.isEmpty == false }) else {
            return report.add("\(at)/subkegiatan", "E-TIPE", "harus larik teks", row: index)
        }
        for (name, value) in row.sorted(by: { $0.key < $1.key })
        where value.string.map(Form.holdsIdentityNumber) == true {
            report.add("\(at)/\(name)", "E-PRIBADI", "mirip NIK", row: index)
        }
    }

    private func sector(_ sector: Node?, _ at: String, _ index: Int, _ report: inout DocumentCheck.Report) {
        if key.jenis == "registri-posyandu" {
            if sector != nil { report.add("\(at)/bidang", "E-MEDAN", "registri tidak punya bidang", row: index) }
        } else if sector?.string.map(DocumentCheck.sectors.contains) != true {
            report.add("\(at)/bidang", "E-BIDANG", "bukan salah satu dari enam bidang", row: index)
        }
    }

    private func numbers(_ row: [String: Node], _ at: String, _ index: Int, _ report: inout DocumentCheck.Report) {
        let status = row["status"]?.string ?? ""
        guard ["final", "sementara", "tidak_ada_data"].contains(status) else {
            return report.add("\(at)/status", "E-STATUS", "status tidak dikenal", row: index)
        }
        if status == "tidak_ada_data" {
            for name in ["pembilang", "penyebut", "nilai"] where row[name] != nil {
                report.add("\(at)/\(name)", "E-KOSONG", "tidak ada data tetapi ada angka", row: index)
            }
            return
        }
        guard let value = row["nilai"]?.string, Form.scale(value) != nil else {
            return report.add("\(at)/nilai", "E-ANGKA", "harus desimal sebagai teks", row: index)
        }
        for name in ["pembilang", "penyebut"] where row[name] != nil {
            if row[name]?.integer.map({ $0 >= 0 }) != true {
                report.add("\(at)/\(name)", "E-ANGKA", "harus bilangan bulat mulai 0", row: index)
            }
        }
        let numerator = row["pembilang"]?.integer
        let denominator = row["penyebut"]?.integer
        if numerator == nil, denominator != nil {
            report.add("\(at)/penyebut", "E-ANGKA", "penyebut tanpa pembilang", row: index)
        }
        if let numerator, !Form.value(value, fits: numerator, over: denominator) {
            report.add("\(at)/nilai", "E-HITUNG", "nilai tidak sama dengan pembilang dan penyebut", row: index)
        }
        let isDeep = (row["wilayah"]?.string?.utf8.count ?? 0) > 8
        if isDeep, ["trantibumlinmas", "sosial"].contains(row["bidang"]?.string ?? ""), let numerator,
            (1...4).contains(numerator)
        {
            report.add("\(at)/pembilang", "E-SEL-KECIL", "sel kecil di bawah kecamatan", row: index)
        }
    }
}
