// The exporter `espm-worksheet`: the quarterly SPM report as a workbook that a person carries into the web form.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer
internal import PluginKit
package import Summaries
internal import Workbook

/// e-SPM has no known machine interface (`docs/interop.md` §2). One XLSX a quarter: a checklist, a sheet a sector with its basic
/// services, and the figures of the kecamatan. Nothing is ever requested; `posyanductl push ack-by-hand` acknowledges.
///
/// A mapping's `code` is the label id of the service. Options of the destination file: `services_file`, `office.SECTOR` (who enters the
/// sheet), `closing.2026-Q4` (last day of the form's window, where the reporting calendar has no window of the quarter).
package struct EspmWorksheet: Exporter {
    package static let kind = "espm-worksheet"

    package let settings: DestinationSettings
    /// The form's window, as the reporting calendar has it when the worksheet is planned.
    private var window: ReportingWindow?

    package init(settings: DestinationSettings) {
        self.settings = settings
    }

    package func planning(within windows: [DocumentKind: ReportingWindow]) -> any Exporter {
        var planning = self
        planning.window = windows[.indicators]
        return planning
    }

    package var isByHand: Bool { true }
    package var canReadBack: Bool { false }

    package func plan(
        _ snapshot: PeriodSnapshot,
        revisions: [DocumentKind: Int],
        after earlier: [EarlierSnapshot]
    ) throws(PlanError) -> [OutboundDocument] {
        let source = try SnapshotRows(snapshot, settings, after: earlier, shows: shows)
        guard source.period.kind == .quarter else { return [] }
        // Its windows are imported under the same kind.
        let kind = DocumentKind.indicators
        let revision = revisions[kind] ?? snapshot.revision
        let pages = EspmPages(source: source, revision: revision, rows: try serviceRows(source), window: window)
        do throws(WorkbookError) {
            let bytes = try WorkbookFile.bytes(try pages.all())
            let key = NaturalKey(kodepemda: source.kodepemda, period: snapshot.period, kind: kind)
            return [OutboundDocument(key: key, revision: revision, bytes: bytes)]
        } catch {
            throw PlanError(.unusable, error.description)
        }
    }

    /// The figures that a mapping gives to a service; one that names no service of the list is a mistake of the file.
    private func serviceRows(_ source: SnapshotRows) throws(PlanError) -> [FigureRow] {
        let known = Set(settings.dialect.services.map(\.code))
        guard !known.isEmpty else {
            throw PlanError(
                .unusable,
                "destination \(settings.name) has no list of basic services: set options.services_file"
            )
        }
        var rows: [FigureRow] = []
        for row in try source.rows(.indicators) where source.settings.mapping.isNamed(row) {
            guard known.contains(row.code) else {
                throw PlanError(.unusable, "the mapping names `\(row.code)`, which is no basic service of the list")
            }
            rows.append(row)
        }
        return rows
    }

    // MARK: Nothing is requested

    private static let nowhere = Outcome(.contractDrift, code: "by-hand", detail: "a person carries this document")

    package func request(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest {
        HTTPRequest(url: "")
    }

    package func poll(_ transaction: String, _ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest {
        HTTPRequest(url: "")
    }

    package func readBack(_ document: OutboundDocument, page: Int, _ credential: Credential?) -> HTTPRequest {
        HTTPRequest(url: "")
    }

    package func classify(
        _ act: PushAct,
        _ result: HTTPResult,
        _ document: OutboundDocument,
        transaction: String?
    ) -> Outcome { Self.nowhere }

    package func reconcile(_ pages: [HTTPResult], _ document: OutboundDocument) -> ReadBackFinding { .notOffered }
}

extension ExporterMapping {
    /// Whether a rule of the file made the row's code, and not its own name.
    func isNamed(_ row: FigureRow) -> Bool { indicators.values.contains { $0.code == row.code } }
}
