// What a destination would be sent of a snapshot, without storing or sending anything.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
package import Summaries

/// A plan looked at: what goes out, what does not and why.
package struct DryRun: Sendable {
    /// A document and the request that would carry it, without the proof of identity.
    package struct Planned: Sendable {
        package var document: OutboundDocument
        /// nil for a document that a person carries.
        package var method: String?
        package var url: String?
        package var headers: [(name: String, value: String)]
    }

    package var period: String
    package var snapshotRevision: Int
    package var mappingVersion: String
    package var isByHand: Bool
    package var canReadBack: Bool
    package var canCheck: Bool
    /// Figures of the snapshot, of all sectors and areas.
    package var figures: Int
    /// Of sectors that never leave the kabupaten.
    package var local: Int
    /// Of indicators that the mapping leaves out.
    package var skipped: Int
    /// Figures and case counts left out because they are small.
    package var suppressed: Int
    /// Those left out because a small one could be worked out with them.
    package var complementary: Int
    /// Nobody reported: no number.
    package var withoutData: Int
    /// Indicators that no rule names, by name.
    package var unmapped: [String]
    /// What becomes of them: `pass-through`, `fail` or `skip`.
    package var unmappedPolicy: String
    /// Rules whose indicator the snapshot does not have: often a slip of the pen.
    package var unused: [String]
    package var documents: [Planned]
    /// Why nothing can be planned.
    package var refusal: PlanError?

    /// - Parameter earlier: what the destination was sent before, as ``Outbox/earlierSnapshots(_:_:on:)`` gives it.
    package init(
        _ snapshot: PeriodSnapshot,
        _ settings: DestinationSettings,
        _ exporter: any Exporter,
        after earlier: [EarlierSnapshot] = []
    ) {
        period = snapshot.period
        snapshotRevision = snapshot.revision
        isByHand = exporter.isByHand
        canReadBack = exporter.canReadBack
        canCheck = false
        documents = []
        figures = snapshot.figures.count
        let mapping = (try? settings.mapping(on: snapshot.end)) ?? settings.mapping
        mappingVersion = mapping.version
        unmappedPolicy = mapping.unmapped.rawValue
        let mine = snapshot.figures.filter { SnapshotRows.canonicalSectors.contains($0.sector) }
        local = figures - mine.count
        let names = Set(mine.map(\.indicator))
        unmapped = names.filter { mapping.indicators[$0] == nil }.sorted()
        unused = mapping.indicators.keys.filter { !names.contains($0) }.sorted()
        let mapped = mine.filter { mapping.indicators[$0.indicator] != nil || mapping.unmapped != .skip }
        skipped = mine.count - mapped.count
        withoutData = mapped.count { $0.status == .noData }
        suppressed = 0
        complementary = 0
        do throws(PlanError) {
            let source = try SnapshotRows(snapshot, settings, after: earlier, shows: exporter.shows)
            suppressed = source.leftOut.small
            complementary = source.leftOut.complementary
            for document in try exporter.plan(snapshot, revisions: [:], after: earlier) {
                let request = exporter.isByHand ? nil : exporter.request(document, nil)
                canCheck = canCheck || exporter.check(document, nil) != nil
                documents.append(
                    Planned(
                        document: document,
                        method: request?.method,
                        url: request?.url,
                        headers: (request?.headers ?? []) + settings.authentication.shown
                    )
                )
            }
        } catch {
            refusal = error
            documents = []
        }
    }
}

extension DestinationSettings.Authentication {
    /// The header that proves who we are, without the secret.
    fileprivate var shown: [(name: String, value: String)] {
        switch self {
        case .clientCredentials: [("Authorization", "Bearer ‹redacted›")]
        case .header(let name, let format, _): [(name, format.replacing("{secret}", with: "‹redacted›"))]
        case .none: []
        }
    }
}
