// The exporter `adx-xml`: aggregate data as ADX, posted to a DHIS2 and believed when its values are read back.
// SPDX-License-Identifier: Apache-2.0

package import HTTPTransfer
internal import PluginKit
package import Summaries

/// Speaks IHE ADX over DHIS2's `POST /dataValueSets` (`docs/interop.md` §4): one group per area with its ISO period.
///
/// Options of the destination file are those of `dhis2-dvs`, and `category.CODE`: the attributes that a disaggregation
/// (`mapping.indicators.*.option`) has in ADX, as `GENDER=F AGE=0_4`; DHIS2 shows it under its code when it is read back.
/// `read_back_period` is the period's spelling in the read-back, where it is not DHIS2's usual one.
package struct Adx: Exporter {
    package static let kind = "adx-xml"

    package let settings: DestinationSettings

    package init(settings: DestinationSettings) {
        self.settings = settings
    }

    package func plan(
        _ snapshot: PeriodSnapshot,
        revisions: [DocumentKind: Int],
        after earlier: [EarlierSnapshot]
    ) throws(PlanError) -> [OutboundDocument] {
        let source = try SnapshotRows(snapshot, settings, after: earlier, shows: shows)
        guard settings.dialect.periods.contains(source.period.kind) else { return [] }
        var documents: [OutboundDocument] = []
        for part in source.parts(try source.values(), kind: "adx") {
            documents.append(
                OutboundDocument(
                    key: NaturalKey(kodepemda: source.kodepemda, period: snapshot.period, kind: part.kind),
                    revision: revisions[part.kind] ?? snapshot.revision,
                    bytes: try AdxText(settings).bytes(part.values, source)
                )
            )
        }
        return documents
    }

    package func shows(_ document: OutboundDocument) -> Set<ShownFigure>? {
        AdxText(settings).values(document.bytes).map { Set($0.map(\.shown)) }
    }

    // MARK: Requests

    private static let type = "application/adx+xml"

    package func check(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest? {
        Dhis2Calls(settings).post(document, type: Self.type, isDryRun: true, credential)
    }

    package func request(_ document: OutboundDocument, _ credential: Credential?) -> HTTPRequest {
        Dhis2Calls(settings).post(document, type: Self.type, isDryRun: false, credential)
    }

    package func poll(
        _ transaction: String,
        _ document: OutboundDocument,
        _ credential: Credential?
    ) -> HTTPRequest { Dhis2Calls(settings).taskSummary(transaction, credential) }

    package func readBack(_ document: OutboundDocument, page: Int, _ credential: Credential?) -> HTTPRequest {
        Dhis2Calls(settings).values(
            period: readBackPeriod(document),
            root: settings.dialect.orgUnits.name(Dhis2.kabupaten(document.key)),
            credential
        )
    }

    /// DHIS2's JSON writes a period its own way, whatever ADX says.
    private func readBackPeriod(_ document: OutboundDocument) -> String {
        guard let period = Period(document.period) else { return document.period }
        var settings = settings
        settings.dialect.periodFormat = settings.dialect.options["read_back_period"] ?? ""
        return Dhis2.period(period, settings)
    }

    package func classify(
        _ act: PushAct,
        _ result: HTTPResult,
        _ document: OutboundDocument,
        transaction: String?
    ) -> Outcome { Dhis2Reply(settings).classify(act, result, transaction: transaction) }

    /// The values are parsed from our own bytes, so that what was frozen is compared and not what would be planned now.
    package func reconcile(_ pages: [HTTPResult], _ document: OutboundDocument) -> ReadBackFinding {
        guard let sent = AdxText(settings).values(document.bytes) else {
            let own = Outcome(
                .contractDrift,
                code: "own-bytes",
                detail: "the document is no ADX that this mapping explains"
            )
            return .unreadable(own)
        }
        return Dhis2Reply(settings).reconcile(pages, sent)
    }
}
