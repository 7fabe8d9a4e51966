// The exporter `sipd-serv`: annual indicator values pushed to e-Walidata (DSSD), believed when they are read back.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer
internal import PluginKit
package import Summaries

/// Speaks the dialect of `docs/interop.md` §7: `push_dssd`, `get_dssd`. Values are text and annual; sending again replaces.
///
/// A document is made from the snapshot of a year, so that a year's distinct persons are counted, not added up from months.
/// The natural key of a value is (kodepemda, kodeindikator, tahun, kodekec); the kabupaten's own `kodekec` is `0`.
package struct SipdServ: Exporter {
    package static let kind = "sipd-serv"

    package let settings: DestinationSettings

    package init(settings: DestinationSettings) {
        self.settings = settings
    }

    package func plan(
        _ snapshot: PeriodSnapshot,
        revisions: [DocumentKind: Int],
        after earlier: [EarlierSnapshot]
    ) throws(PlanError) -> [OutboundDocument] {
        var settings = settings
        settings.dialect.orgUnits.overrides[snapshot.kabupaten] = "0"
        let source = try SnapshotRows(snapshot, settings, after: earlier, shows: shows)
        guard source.period.kind == .year else { return [] }
        var documents: [OutboundDocument] = []
        for part in source.parts(try source.values(), kind: "dssd") {
            documents.append(
                OutboundDocument(
                    key: NaturalKey(kodepemda: source.kodepemda, period: snapshot.period, kind: part.kind),
                    revision: revisions[part.kind] ?? snapshot.revision,
                    bytes: bytes(part.values, source)
                )
            )
        }
        return documents
    }

    package func shows(_ document: OutboundDocument) -> Set<ShownFigure>? {
        Set(Self.rows(document).map(\.value.shown))
    }

    private func bytes(_ values: ArraySlice<ValueRow>, _ source: SnapshotRows) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for value in values {
            writer.beginObject()
            writer.name("kodeindikator")
            writer.string(value.code)
            writer.name("kodepemda")
            writer.string(source.kodepemda)
            writer.name("kodekec")
            writer.string(value.area)
            writer.name("tahun")
            writer.string(source.settings.dialect.text(source.period, usual: "{yyyy}"))
            writer.name("data")
            writer.string(value.value)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    // MARK: Requests

    package func request(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest {
        settings.request(
            "POST",
            "/push_dssd?kodepemda=\(document.key.kodepemda)",
            headers: headers(credential) + [("Content-Type", "application/json")],
            body: document.bytes
        )
    }

    /// The dialect has no transactions: what would be polled is read back.
    package func poll(
        _ transaction: String,
        _ document: OutboundDocument,
        _ credential: Credential?
    ) -> HTTPRequest { readBack(document, page: 0, credential) }

    package func readBack(_ document: OutboundDocument, page: Int, _ credential: Credential?) -> HTTPRequest {
        let year = Self.rows(document).first?.year ?? document.period
        let query =
            "kodepemda=\(document.key.kodepemda)&tahun=\(PathText.encoded(year))"
            + "&limit=\(Self.pageSize)&offset=\(page * Self.pageSize)"
        return settings.request("GET", "/get_dssd?" + query, headers: headers(credential))
    }

    static let pageSize = 500

    private func headers(_ credential: Credential?) -> [(name: String, value: String)] {
        let accept = (name: "Accept", value: "application/json")
        guard let credential else { return [accept] }
        return [(credential.header, credential.value), accept]
    }

    /// The values of a frozen document, and the year they are of.
    static func rows(_ document: OutboundDocument) -> [(value: ValueRow, year: String)] {
        let list = (try? JSONParser.parse(document.bytes))?["data"]?.array ?? []
        return list.compactMap { row in
            guard let code = row["kodeindikator"]?.string, let area = row["kodekec"]?.string,
                let value = row["data"]?.string, let year = row["tahun"]?.string
            else { return nil }
            return (ValueRow(code: code, area: area, value: value), year)
        }
    }
}
