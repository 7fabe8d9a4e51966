// The exporter `dhis2-dvs`: data value sets as JSON, checked by a dry run, believed when they are read back.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer
internal import PluginKit
package import Summaries

/// Speaks `POST /dataValueSets` of DHIS2 (`docs/interop.md` §4). All names are codes, so that no uid of an instance is kept.
///
/// Options of the destination file: `data_set` (needed), `org_unit_root` (default: the kabupaten's name there), `import_strategy`,
/// `async`, `closed_codes` (error codes that mean a closed period).
package struct Dhis2: Exporter {
    package static let kind = "dhis2-dvs"

    package let settings: DestinationSettings

    package init(settings: DestinationSettings) {
        self.settings = settings
    }

    var dataSet: String { settings.dialect.options["data_set"] ?? "" }

    package func plan(
        _ snapshot: PeriodSnapshot,
        revisions: [DocumentKind: Int],
        after earlier: [EarlierSnapshot]
    ) throws(PlanError) -> [OutboundDocument] {
        let source = try SnapshotRows(snapshot, settings, after: earlier, shows: shows)
        guard settings.dialect.periods.contains(source.period.kind) else { return [] }
        var documents: [OutboundDocument] = []
        for part in source.parts(try source.values(), kind: "data-value-set") {
            documents.append(
                OutboundDocument(
                    key: NaturalKey(kodepemda: source.kodepemda, period: snapshot.period, kind: part.kind),
                    revision: revisions[part.kind] ?? snapshot.revision,
                    bytes: bytes(part.values, period: Self.period(source.period, settings))
                )
            )
        }
        return documents
    }

    package func shows(_ document: OutboundDocument) -> Set<ShownFigure>? {
        Set(Self.content(document).values.map(\.shown))
    }

    /// `202611`, `2026Q4`, `2026`, unless the destination file says otherwise.
    static func period(_ period: Period, _ settings: DestinationSettings) -> String {
        let usual =
            switch period.kind {
            case .month: "{yyyy}{mm}"
            case .quarter: "{yyyy}Q{q}"
            case .year: "{yyyy}"
            }
        return settings.dialect.text(period, usual: usual)
    }

    private func bytes(_ values: ArraySlice<ValueRow>, period: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("dataSet")
        writer.string(dataSet)
        writer.name("dataValues")
        writer.beginArray()
        for value in values {
            writer.beginObject()
            writer.name("dataElement")
            writer.string(value.code)
            writer.name("period")
            writer.string(period)
            writer.name("orgUnit")
            writer.string(value.area)
            if !value.option.isEmpty {
                writer.name("categoryOptionCombo")
                writer.string(value.option)
            }
            writer.name("value")
            writer.string(value.value)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    // MARK: Requests

    package func check(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest? {
        Dhis2Calls(settings).post(document, type: "application/json", isDryRun: true, credential)
    }

    package func request(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest {
        Dhis2Calls(settings).post(document, type: "application/json", isDryRun: false, credential)
    }

    package func poll(
        _ transaction: String,
        _ document: OutboundDocument,
        _ credential: Credential?
    ) -> HTTPRequest { Dhis2Calls(settings).taskSummary(transaction, credential) }

    package func readBack(_ document: OutboundDocument, page: Int, _ credential: Credential?) -> HTTPRequest {
        Dhis2Calls(settings).values(
            period: Self.content(document).period,
            root: settings.dialect.orgUnits.name(Self.kabupaten(document.key)),
            credential
        )
    }

    /// `3325` as `33.25`.
    static func kabupaten(_ key: NaturalKey) -> String { "\(key.kodepemda.prefix(2)).\(key.kodepemda.suffix(2))" }

    /// The values of a frozen document, and their period.
    static func content(_ document: OutboundDocument) -> (values: [ValueRow], period: String) {
        let list = (try? JSONParser.parse(document.bytes))?["dataValues"]?.array ?? []
        let values: [ValueRow] = list.compactMap { entry in
            guard let code = entry["dataElement"]?.string, let area = entry["orgUnit"]?.string,
                let value = entry["value"]?.string
            else { return nil }
            let option = entry["categoryOptionCombo"]?.string ?? ""
            return ValueRow(code: code, area: area, option: option, value: value)
        }
        return (values, list.first?["period"]?.string ?? "")
    }

    package func classify(
        _ act: PushAct,
        _ result: HTTPResult,
        _ document: OutboundDocument,
        transaction: String?
    ) -> Outcome { Dhis2Reply(settings).classify(act, result, transaction: transaction) }

    package func reconcile(_ pages: [HTTPResult], _ document: OutboundDocument) -> ReadBackFinding {
        Dhis2Reply(settings).reconcile(pages, Self.content(document).values)
    }
}

/// The requests that DHIS2's JSON and ADX dialects share.
struct Dhis2Calls: Sendable {
    private let settings: DestinationSettings
    private var options: [String: String] { settings.dialect.options }

    init(_ settings: DestinationSettings) { self.settings = settings }

    func post(
        _ document: OutboundDocument,
        type: String,
        isDryRun: Bool,
        _ credential: Credential?
    ) -> HTTPRequest {
        var query =
            "dataSetIdScheme=CODE&dataElementIdScheme=CODE&orgUnitIdScheme=CODE&categoryOptionComboIdScheme=CODE"
        query += "&importStrategy=\(PathText.encoded(options["import_strategy"] ?? "CREATE_AND_UPDATE"))"
        if isDryRun { query += "&dryRun=true" } else if options["async"] == "true" { query += "&async=true" }
        return settings.request(
            "POST",
            "/dataValueSets?" + query,
            headers: headers(credential) + [("Content-Type", type)],
            body: document.bytes
        )
    }

    func taskSummary(_ transaction: String, _ credential: Credential?) -> HTTPRequest {
        settings.request(
            "GET",
            "/system/taskSummaries/DATAVALUE_IMPORT/\(transaction)",
            headers: headers(credential)
        )
    }

    func values(period: String, root: String, _ credential: Credential?) -> HTTPRequest {
        let query =
            "dataSet=\(PathText.encoded(options["data_set"] ?? ""))&period=\(PathText.encoded(period))"
            + "&orgUnit=\(PathText.encoded(options["org_unit_root"] ?? root))&children=true&idScheme=CODE"
        return settings.request("GET", "/dataValueSets?" + query, headers: headers(credential))
    }

    private func headers(_ credential: Credential?) -> [(name: String, value: String)] {
        let accept = (name: "Accept", value: "application/json")
        guard let credential else { return [accept] }
        return [(credential.header, credential.value), accept]
    }
}
