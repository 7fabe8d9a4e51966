// What a destination was sent of the same year: disclosure control reckons with it.
// SPDX-License-Identifier: Apache-2.0

package import PostgresClient
package import Summaries

extension Outbox {
    /// The snapshots of the same year of which the destination was sent documents, or is going to be, with those documents, oldest
    /// first. Empty where the destination has no rule on small counts. A document that gave way before it was ever sent is none of them.
    package static func earlierSnapshots(
        _ snapshot: PeriodSnapshot,
        _ settings: DestinationSettings,
        on connection: isolated PostgresConnection
    ) throws -> [EarlierSnapshot] {
        guard settings.suppressBelow > 1, let kodepemda = SnapshotRows.kodepemda(snapshot.kabupaten) else { return [] }
        var documents: [String: [Int: [OutboundDocument]]] = [:]
        let rows = try connection.query(
            """
            select d.period, d.kind, d.revision, d.bytes, d.digest, d.snapshot_revision
              from outbox.document d join outbox.destination t using (destination_id)
             where t.name = $1 and d.kodepemda = $2 and left(d.period, 4) = left($3, 4)
               and not (d.state = 'superseded' and d.attempts = 0)
             order by d.period, d.snapshot_revision, d.kind, d.revision
            """,
            [.text(settings.name), .text(kodepemda), .text(snapshot.period)]
        )
        for row in rows {
            let key = NaturalKey(
                kodepemda: kodepemda,
                period: try row.string(0),
                kind: DocumentKind(rawValue: try row.string(1))
            )
            let document = OutboundDocument(
                key: key,
                revision: try row.int(2),
                bytes: try row.bytes(3),
                digest: try row.bytes(4)
            )
            documents[key.period, default: [:]][try row.int(5), default: []].append(document)
        }
        var earlier: [EarlierSnapshot] = []
        for (period, revisions) in documents.sorted(by: { $0.key < $1.key }) {
            for (revision, sent) in revisions.sorted(by: { $0.key < $1.key }) {
                let frozen = try connection.query(
                    "select bytes from summary.snapshot where kabupaten = $1 and period = $2 and revision = $3",
                    [.text(snapshot.kabupaten), .text(period), .int4(Int32(clamping: revision))]
                ).first.flatMap { PeriodSnapshot(canonicalBytes: try $0.bytes(0)) }
                if let frozen { earlier.append(EarlierSnapshot(snapshot: frozen, documents: sent)) }
            }
        }
        return earlier
    }
}
