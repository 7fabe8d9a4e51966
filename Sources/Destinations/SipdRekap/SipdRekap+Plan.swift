// Makes the four documents of a snapshot, the same bytes for the same snapshot, settings and mapping.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
package import Summaries

extension SipdRekap {
    /// The sectors that leave the kabupaten; a local additional sector is never planned.
    static let canonicalSectors: Set<String> = [
        "pendidikan", "kesehatan", "pekerjaan_umum", "perumahan_rakyat", "trantibumlinmas", "sosial",
    ]
    /// Sectors whose small counts are left out below kecamatan, whatever the settings say.
    static let confidentialSectors: Set<String> = ["trantibumlinmas", "sosial"]

    package func plan(
        _ snapshot: PeriodSnapshot,
        revisions: [DocumentKind: Int]
    ) throws(PlanError) -> [OutboundDocument] {
        guard let kodepemda = Self.kodepemda(snapshot.kabupaten) else {
            throw PlanError(.unusable, "\(snapshot.kabupaten) is not the code of a kabupaten or kota")
        }
        guard let period = Period(snapshot.period), period.first == snapshot.start, period.last == snapshot.end else {
            throw PlanError(.unusable, "period \(snapshot.period) does not run \(snapshot.start) to \(snapshot.end)")
        }
        guard [25_200, 28_800, 32_400].contains(snapshot.utcOffsetSeconds) else {
            throw PlanError(.unusable, "no Indonesian zone is \(snapshot.utcOffsetSeconds) s from UTC")
        }
        var documents: [OutboundDocument] = []
        for kind in DocumentKind.all where settings.kinds.contains(kind) {
            let key = NaturalKey(kodepemda: kodepemda, period: snapshot.period, kind: kind)
            let revision = revisions[kind] ?? snapshot.revision
            let rows = try ordered(rows(kind, snapshot))
            documents.append(
                OutboundDocument(key: key, revision: revision, bytes: try bytes(key, revision, snapshot, rows))
            )
        }
        return documents
    }

    /// `33.25` as `3325`.
    static func kodepemda(_ kabupaten: String) -> String? {
        let parts = kabupaten.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy(isDigit) }) else {
            return nil
        }
        return parts.joined()
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    // MARK: Rows

    private func rows(_ kind: DocumentKind, _ snapshot: PeriodSnapshot) throws(PlanError) -> [RekapRow] {
        switch kind {
        case .registry: registryRows(snapshot)
        case .indicators: try indicatorRows(snapshot)
        case .cases: caseRows(snapshot)
        case .cadres: cadreRows(snapshot)
        default: []
        }
    }

    private func registryRows(_ snapshot: PeriodSnapshot) -> [RekapRow] {
        snapshot.registry.flatMap { area in
            [
                RekapRow.count("REGISTRI.POSYANDU", sector: nil, area: area.area, unit: "posyandu", area.posyandu),
                RekapRow.count(
                    "REGISTRI.POSYANDU_TERDAFTAR",
                    sector: nil,
                    area: area.area,
                    unit: "posyandu",
                    area.registered
                ),
            ]
        }
    }

    private func cadreRows(_ snapshot: PeriodSnapshot) -> [RekapRow] {
        snapshot.registry.flatMap { area in
            area.cadresBySector.filter { Self.canonicalSectors.contains($0.sector) }.map { entry in
                RekapRow.count(
                    "KADER.\(entry.sector.uppercased())",
                    sector: entry.sector,
                    area: area.area,
                    unit: "orang",
                    entry.cadres
                )
            }
        }
    }

    private func caseRows(_ snapshot: PeriodSnapshot) -> [RekapRow] {
        let rows = snapshot.cases.filter { Self.canonicalSectors.contains($0.sector) }.map { entry in
            RekapRow.count(
                "KELUHAN.\(entry.sector.uppercased()).\(entry.state.uppercased())",
                sector: entry.sector,
                area: entry.area,
                unit: "kasus",
                entry.count
            )
        }
        return withoutSmallCounts(rows, kabupaten: snapshot.kabupaten)
    }

    private func indicatorRows(_ snapshot: PeriodSnapshot) throws(PlanError) -> [RekapRow] {
        var rows: [RekapRow] = []
        var declaredScale: [String: Int] = [:]
        for figure in snapshot.figures where Self.canonicalSectors.contains(figure.sector) {
            guard let rule = try settings.mapping.rule(for: figure.indicator) else { continue }
            let isRatio = figure.kind == "ratio"
            let hasData = figure.status != .noData
            var row = RekapRow(
                code: rule.code,
                sector: figure.sector,
                area: figure.area,
                unit: figure.unit,
                status: figure.status.rawValue
            )
            row.isRatio = isRatio
            row.subkegiatan = rule.subkegiatan
            row.numerator = hasData ? try number(figure.numerator, figure) : nil
            row.denominator = hasData && isRatio ? try number(figure.denominator, figure) : nil
            row.scale = rule.scale ?? (isRatio ? 2 : row.numerator.map { $0.normalised.scale } ?? 0)
            declaredScale[row.code] = max(declaredScale[row.code] ?? 0, row.scale)
            rows.append(row)
        }
        for index in rows.indices { rows[index].scale = declaredScale[rows[index].code] ?? 0 }
        return withoutSmallCounts(rows, kabupaten: snapshot.kabupaten)
    }

    private func number(_ text: String?, _ figure: SnapshotFigure) throws(PlanError) -> ExactDecimal {
        guard let text, let number = ExactDecimal(text) else {
            throw PlanError(.unusable, "\(figure.indicator) of \(figure.area) has data but no exact number")
        }
        return number
    }

    // MARK: Disclosure

    /// Leaves out counts from 1 to `suppressBelow` − 1, and the kabupaten's total of an indicator of which exactly
    /// such a row was left out, because the difference would give it back. Below kecamatan the two confidential
    /// sectors never show 1 to 4.
    private func withoutSmallCounts(_ rows: [RekapRow], kabupaten: String) -> [RekapRow] {
        var incomplete: Set<String> = []
        let kept = rows.filter { row in
            let isBelowKecamatan = row.area.utf8.count > 8
            let isConfidential = isBelowKecamatan && row.sector.map(Self.confidentialSectors.contains) == true
            let limit = max(settings.suppressBelow, isConfidential ? 5 : 0)
            guard isSmall(row, limit) else { return true }
            incomplete.insert(row.code)
            return false
        }
        return kept.filter { !($0.area == kabupaten && incomplete.contains($0.code)) }
    }

    private func isSmall(_ row: RekapRow, _ limit: Int) -> Bool {
        guard limit > 1, let numerator = row.numerator else { return false }
        let isSmall: (ExactDecimal) -> Bool = { $0 > 0 && $0 < ExactDecimal(limit) }
        guard row.isRatio else { return isSmall(numerator) }
        guard let denominator = row.denominator else { return isSmall(numerator) }
        let rest = denominator.subtracting(numerator)
        return isSmall(numerator) || isSmall(denominator) || rest.map(isSmall) == true
    }

    // MARK: Bytes

    /// Rows by code, then area, whatever order the snapshot had.
    private func ordered(_ rows: [RekapRow]) throws(PlanError) -> [RekapRow] {
        let sorted = rows.sorted { ($0.code, $0.area) < ($1.code, $1.area) }
        for (one, next) in zip(sorted, sorted.dropFirst()) where one.code == next.code && one.area == next.area {
            throw PlanError(.duplicateRow, "\(one.code) of \(one.area) is there twice")
        }
        return sorted
    }

    private func bytes(
        _ key: NaturalKey,
        _ revision: Int,
        _ snapshot: PeriodSnapshot,
        _ rows: [RekapRow]
    ) throws(PlanError) -> [UInt8] {
        let offset = snapshot.utcOffsetSeconds
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("skema")
        writer.string(Self.schema)
        writer.name("kodepemda")
        writer.string(key.kodepemda)
        writer.name("tahun")
        writer.integer(snapshot.start.year)
        writer.name("jenis")
        writer.string(key.kind.rawValue)
        writer.name("periode")
        writer.string(key.period)
        writer.name("mulai")
        writer.date(snapshot.start)
        writer.name("akhir")
        writer.date(snapshot.end)
        writer.name("revisi")
        writer.integer(revision)
        writer.name("versi_wilayah")
        writer.string(snapshot.regionVersion)
        writer.name("versi_nomenklatur")
        writer.string(settings.mapping.nomenclature)
        writer.name("dibuat")
        writer.string(LocalTime.text(snapshot.createdAt, offset))
        writer.name("pengirim")
        writer.beginObject()
        writer.name("opd")
        writer.string(settings.sendingOffice)
        writer.name("sistem")
        writer.string("posyandud")
        writer.name("versi")
        writer.string(settings.systemVersion)
        writer.endObject()
        writer.name("kelengkapan")
        writer.beginObject()
        writer.name("posyandu_terdaftar")
        writer.integer(snapshot.completeness.registered)
        writer.name("melapor")
        writer.integer(snapshot.completeness.reported)
        writer.name("batas_data")
        writer.string(LocalTime.text(snapshot.cutoff, offset))
        writer.endObject()
        writer.name("data")
        writer.beginArray()
        for row in rows { try row.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}

/// Instants in the kabupaten's zone.
enum LocalTime {
    /// RFC 3339 with offset, whole seconds: `2025-10-05T10:00:00+07:00`.
    static func text(_ instant: Int64, _ offsetSeconds: Int) -> String {
        let seconds = instant.quotientAndRemainder(dividingBy: 1_000_000)
        let local = seconds.quotient - (seconds.remainder < 0 ? 1 : 0) + Int64(offsetSeconds)
        let day = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        let ofDay = Int(local - day * 86_400)
        let date = CivilDate(daysSince1970: Int32(clamping: day))
        let (hours, minutes) = (offsetSeconds / 3600, offsetSeconds % 3600 / 60)
        return "\(date)T\(two(ofDay / 3600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60))+\(two(hours)):\(two(minutes))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
