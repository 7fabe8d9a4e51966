// The exporter `fhir-measurereport`: one MeasureReport per sector and period, put under a fixed id.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer
internal import PluginKit
package import Summaries

/// Speaks FHIR R4 as IHE mADX QRPH-58 does (`docs/interop.md` §5): `PUT /MeasureReport/{id}`, the same id for every revision.
/// `identifier` carries natural key and revision.
///
/// Options of the destination file, all with a default: `measure` (canonical of the Measure, `{sector}` is replaced),
/// `code_system`, `area_system`, `identifier_system` (URIs), `subject` and `reporter` (literal references), `kecamatan_code`
/// (code of the stratifier), `closed_codes` (codes of an OperationOutcome that mean a closed period).
package struct Fhir: Exporter {
    package static let kind = "fhir-measurereport"

    package let settings: DestinationSettings

    package init(settings: DestinationSettings) {
        self.settings = settings
    }

    func option(_ name: String, _ usual: String) -> String { settings.dialect.options[name] ?? usual }

    var identifierSystem: String { option("identifier_system", "urn:posyandu6spm:rekap") }

    package func plan(
        _ snapshot: PeriodSnapshot,
        revisions: [DocumentKind: Int],
        after earlier: [EarlierSnapshot]
    ) throws(PlanError) -> [OutboundDocument] {
        let source = try SnapshotRows(snapshot, settings, after: earlier, shows: shows)
        guard settings.dialect.periods.contains(source.period.kind) else { return [] }
        var sectors: [String: [FigureRow]] = [:]
        for kind in DocumentKind.all where settings.kinds.contains(kind) {
            for row in try source.rows(kind) {
                if row.rule == nil, source.settings.mapping.unmapped == .skip { continue }
                guard let sector = row.sector, try row.value() != nil else { continue }
                sectors[sector, default: []].append(row)
            }
        }
        var documents: [OutboundDocument] = []
        for (sector, rows) in sectors.sorted(by: { $0.key < $1.key }) {
            let kind = DocumentKind(rawValue: sector)
            let key = NaturalKey(kodepemda: source.kodepemda, period: snapshot.period, kind: kind)
            let revision = revisions[kind] ?? snapshot.revision
            let bytes = try MeasureReport(exporter: self, source: source, key: key, revision: revision).bytes(rows)
            documents.append(OutboundDocument(key: key, revision: revision, bytes: bytes))
        }
        return documents
    }

    /// `6spm-3325-2026-11-perumahan-rakyat`: an id holds no underscore.
    static func id(_ key: NaturalKey) -> String {
        "6spm-\(key.kodepemda)-\(key.period)-\(key.kind)".replacing("_", with: "-")
    }

    /// `3325/2026-11/kesehatan/`, before the revision.
    static func identifierPrefix(_ key: NaturalKey) -> String { "\(key.kodepemda)/\(key.period)/\(key.kind)/" }

    // MARK: Requests

    private static let type = "application/fhir+json"

    private func resource(_ key: NaturalKey) -> String { "MeasureReport/\(Self.id(key))" }

    /// The server's own validation, which stores nothing.
    package func check(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest? {
        settings.request(
            "POST",
            "/MeasureReport/$validate",
            headers: headers(credential) + [("Content-Type", Self.type)],
            body: document.bytes
        )
    }

    package func request(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest {
        settings.request(
            "PUT",
            "/" + resource(document.key),
            headers: headers(credential) + [("Content-Type", Self.type), ("Prefer", "return=minimal")],
            body: document.bytes
        )
    }

    /// `transaction` is a path below the base URL, as ``location(_:)`` let it through.
    package func poll(
        _ transaction: String,
        _ document: OutboundDocument,
        _ credential: Credential?
    ) -> HTTPRequest {
        let path = isSafe(transaction) ? transaction : resource(document.key)
        return settings.request("GET", "/" + path, headers: headers(credential))
    }

    package func readBack(_ document: OutboundDocument, page: Int, _ credential: Credential?) -> HTTPRequest {
        settings.request("GET", "/" + resource(document.key), headers: headers(credential))
    }

    private func headers(_ credential: Credential?) -> [(name: String, value: String)] {
        let accept = (name: "Accept", value: Self.type)
        guard let credential else { return [accept] }
        return [(credential.header, credential.value), accept]
    }

    /// What is polled when a server accepts without saying where to ask: the resource itself.
    func ownLocation(_ document: OutboundDocument) -> String { resource(document.key) }

    // MARK: Locations

    /// The path below our base URL that a `Location` names; nil when it leads anywhere else. A credential goes with each
    /// poll, so no other host, no other service of the host, and no way out of the path.
    func location(_ text: String) -> String? {
        var base = settings.baseURL
        while base.hasSuffix("/") { base.removeLast() }
        let absolute = text.hasPrefix("/") && !text.hasPrefix("//") ? Self.origin(base) + text : text
        guard absolute.hasPrefix(base + "/") else { return nil }
        let path = String(absolute.dropFirst(base.count + 1))
        return isSafe(path) ? path : nil
    }

    private static func origin(_ base: String) -> String {
        let parts = base.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.prefix(3).joined(separator: "/")
    }

    private func isSafe(_ path: String) -> Bool {
        let marks = Set("-._~/?=&,:|+$".utf8)
        guard (1...512).contains(path.utf8.count), !path.hasPrefix("/"), !path.contains("//") else { return false }
        let segments = path.split(separator: "?", maxSplits: 1)[0].split(separator: "/")
        guard !segments.contains(where: { $0 == "." || $0 == ".." }) else { return false }
        return path.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: marks.contains(byte)
            }
        }
    }
}
