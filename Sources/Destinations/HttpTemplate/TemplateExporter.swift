// The exporter `http-template`: an interface that is not known yet, described in the destination file.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer
internal import PluginKit
package import Summaries

/// Bodies and paths are filled templates; answers are classified by a table. What no rule of it names is CONTRACT_DRIFT, never an
/// acknowledgement.
package struct TemplateExporter: Exporter {
    package static let kind = "http-template"

    package let settings: DestinationSettings
    let template: HTTPTemplate

    package init(settings: DestinationSettings, template: HTTPTemplate) {
        self.settings = settings
        self.template = template
    }

    package var canReadBack: Bool { template.readBack != nil }

    package func plan(
        _ snapshot: PeriodSnapshot,
        revisions: [DocumentKind: Int],
        after earlier: [EarlierSnapshot]
    ) throws(PlanError) -> [OutboundDocument] {
        let source = try SnapshotRows(snapshot, settings, after: earlier, shows: shows)
        guard settings.dialect.periods.contains(source.period.kind) else { return [] }
        let size = max(1, settings.dialect.maximumRows)
        var documents: [OutboundDocument] = []
        for kind in DocumentKind.all where settings.kinds.contains(kind) {
            var rows: [FigureRow] = []
            for row in try source.rows(kind) where try row.value() != nil {
                if row.rule == nil, source.settings.mapping.unmapped == .skip { continue }
                rows.append(row)
            }
            for start in stride(from: 0, to: rows.count, by: size) {
                let name = start == 0 ? kind : DocumentKind(rawValue: "\(kind)-\(start / size + 1)")
                let key = NaturalKey(kodepemda: source.kodepemda, period: snapshot.period, kind: name)
                let revision = revisions[name] ?? snapshot.revision
                let part = rows[start..<min(start + size, rows.count)]
                documents.append(
                    OutboundDocument(key: key, revision: revision, bytes: try bytes(part, key, revision, source))
                )
            }
        }
        return documents
    }

    // MARK: Bytes

    private func bytes(
        _ rows: ArraySlice<FigureRow>,
        _ key: NaturalKey,
        _ revision: Int,
        _ source: SnapshotRows
    ) throws(PlanError) -> [UInt8] {
        var lines: [String] = []
        for (index, row) in rows.enumerated() {
            guard let value = try row.value() else { continue }
            var values = [
                "code": row.code, "sector": row.sector ?? "", "area": settings.dialect.orgUnits.name(row.area),
                "unit": row.unit, "value": value, "status": row.status, "index": String(index),
                "option": row.rule?.option ?? "", "numerator": row.numerator?.description ?? value,
            ]
            let isRatio = row.isRatio && template.ratioRow != nil
            if isRatio { values["denominator"] = row.denominator?.description ?? "" }
            lines.append(fill(isRatio ? template.ratioRow ?? template.row : template.row, values))
        }
        var values = Self.keyValues(key, revision)
        let snapshot = source.snapshot
        values.merge(
            [
                "period": settings.dialect.text(source.period, usual: snapshot.period),
                "start": snapshot.start.description, "end": snapshot.end.description,
                "year": String(source.period.year), "office": settings.sendingOffice,
                "version": settings.systemVersion, "mapping_version": source.settings.mapping.version,
                "nomenclature": source.settings.mapping.nomenclature, "region_version": snapshot.regionVersion,
                "created": LocalTime.text(snapshot.createdAt, snapshot.utcOffsetSeconds),
                "cutoff": LocalTime.text(snapshot.cutoff, snapshot.utcOffsetSeconds),
                "registered": String(snapshot.completeness.registered),
                "reported": String(snapshot.completeness.reported), "count": String(lines.count),
            ]
        ) { $1 }
        // In one pass: nothing in a value or a row can be taken for a placeholder.
        var pieces = values.mapValues { TemplateText.escaped($0, template.escape) }
        pieces["rows"] = lines.joined(separator: template.separator)
        let bytes = Array(TemplateText.fill(template.body, pieces) { $0 }.utf8)
        if template.escape == .json, (try? JSONParser.parse(bytes)) == nil {
            throw PlanError(.unusable, "the filled body template of \(settings.name) is not JSON")
        }
        return bytes
    }

    private func fill(_ text: String, _ values: [String: String]) -> String {
        TemplateText.fill(text, values) { TemplateText.escaped($0, template.escape) }
    }

    private static func keyValues(_ key: NaturalKey, _ revision: Int) -> [String: String] {
        [
            "kodepemda": key.kodepemda, "period": key.period, "kind": key.kind.rawValue, "revision": String(revision),
            "year": String(key.period.prefix(4)),
        ]
    }

    // MARK: Requests

    private func path(_ text: String, _ document: OutboundDocument, _ more: [String: String] = [:]) -> String {
        var values = Self.keyValues(document.key, document.revision)
        if let period = Period(document.period) {
            values["period"] = settings.dialect.text(period, usual: document.period)
            values["start"] = period.first.description
            values["end"] = period.last.description
        }
        return TemplateText.fill(text, values.merging(more) { $1 }, PathText.encoded)
    }

    package func request(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest {
        settings.request(
            template.method.rawValue,
            path(template.path, document),
            headers: headers(credential) + [
                ("Content-Type", template.contentType), ("Content-Digest", document.contentDigest),
                ("Idempotency-Key", "\"\(document.idempotencyKey)\""),
            ],
            body: document.bytes
        )
    }

    package func poll(
        _ transaction: String,
        _ document: OutboundDocument,
        _ credential: Credential?
    ) -> HTTPRequest {
        let path = path(template.poll ?? template.path, document, ["transaction": transaction])
        return settings.request("GET", path, headers: headers(credential))
    }

    package func readBack(_ document: OutboundDocument, page: Int, _ credential: Credential?) -> HTTPRequest {
        var size = 0
        if case .rows(let rows)? = template.readBack?.comparison { size = rows.pageSize }
        let more = ["page": String(page), "offset": String(page * size), "limit": String(size)]
        let path = path(template.readBack?.path ?? template.path, document, more)
        return settings.request("GET", path, headers: headers(credential))
    }

    private func headers(_ credential: Credential?) -> [(name: String, value: String)] {
        let accept = (name: "Accept", value: "application/json")
        guard let credential else { return [accept] }
        return [(credential.header, credential.value), accept]
    }
}
