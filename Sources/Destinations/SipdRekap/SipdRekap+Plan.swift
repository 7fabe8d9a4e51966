// Makes the four documents of a snapshot, the same bytes for the same snapshot, settings and mapping.
// SPDX-License-Identifier: Apache-2.0

internal import PluginKit
package import Summaries

extension SipdRekap {
    package func plan(
        _ snapshot: PeriodSnapshot,
        revisions: [DocumentKind: Int],
        after earlier: [EarlierSnapshot]
    ) throws(PlanError) -> [OutboundDocument] {
        let source = try SnapshotRows(snapshot, settings, after: earlier, shows: shows)
        var documents: [OutboundDocument] = []
        for kind in DocumentKind.all where settings.kinds.contains(kind) {
            let key = NaturalKey(kodepemda: source.kodepemda, period: snapshot.period, kind: kind)
            let revision = revisions[kind] ?? snapshot.revision
            let rows = try source.rows(kind)
            documents.append(
                OutboundDocument(key: key, revision: revision, bytes: try bytes(key, revision, snapshot, rows))
            )
        }
        return documents
    }

    package func shows(_ document: OutboundDocument) -> Set<ShownFigure>? {
        guard let rows = (try? JSONParser.parse(document.bytes))?["data"]?.array else { return nil }
        return Set(
            rows.compactMap { row in
                guard row["nilai"]?.string != nil, let code = row["kodeindikator"]?.string,
                    let area = row["wilayah"]?.string
                else { return nil }
                return ShownFigure(code: code, area: area)
            }
        )
    }

    // MARK: Bytes

    private func bytes(
        _ key: NaturalKey,
        _ revision: Int,
        _ snapshot: PeriodSnapshot,
        _ rows: [FigureRow]
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
        writer.string(try settings.mapping(on: snapshot.end).nomenclature)
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
