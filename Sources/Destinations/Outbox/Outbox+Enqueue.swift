// Freezes the documents of a snapshot for one destination, and lets them take the place of older ones that wait.
// SPDX-License-Identifier: Apache-2.0

internal import FailPoints
package import PostgresClient
package import Summaries

/// What `enqueue` did.
package struct EnqueueReport: Sendable, Hashable {
    /// Newly frozen, with their revisions.
    package var planned: [OutboundDocument] = []
    /// Kinds whose document of this snapshot and mapping, or of a later one, was there already.
    package var unchanged: [DocumentKind] = []
    /// How many older documents gave way.
    package var superseded = 0
}

extension Outbox {
    /// ``enqueue(_:_:exporter:now:on:)`` as a transaction of its own.
    @discardableResult
    package func enqueue(
        _ snapshot: PeriodSnapshot,
        _ settings: DestinationSettings,
        exporter: any Exporter,
        now: Int64
    ) async throws -> EnqueueReport {
        try await pool.transaction { connection in
            try Outbox.enqueue(snapshot, settings, exporter: exporter, now: now, on: connection)
        }
    }

    /// Plans and stores inside the caller's transaction, so that a summary and its documents are frozen together.
    ///
    /// Repeating it changes nothing. A document's revision is the snapshot's; it is higher when the mapping changed for
    /// the same snapshot, or when the destination showed a higher revision than we sent. What a person carries waits as
    /// `held`, reason `by-hand`. Throws ``PlanError`` or
    /// `PostgresError`, and then nothing of it is stored.
    @discardableResult
    package static func enqueue(
        _ snapshot: PeriodSnapshot,
        _ settings: DestinationSettings,
        exporter: any Exporter,
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws -> EnqueueReport {
        let destination = try destinationID(settings, on: connection)
        let mapping = try settings.mapping(on: snapshot.end)
        var report = EnqueueReport()
        // One plan to learn the keys; documents whose revision must differ are planned once more with it.
        let earlier = try earlierSnapshots(snapshot, settings, on: connection)
        let windows = try ReportingWindow.read(connection, of: settings.name, snapshot)
        let exporter = exporter.planning(within: windows)
        let first = try exporter.plan(snapshot, revisions: [:], after: earlier)
        var revisions: [DocumentKind: Int] = [:]
        var older: [DocumentKind: [StoredDocument]] = [:]
        for document in first {
            let stored = try storedDocuments(destination, document.key, on: connection)
            older[document.kind] = stored
            if let latest = stored.first, !latest.isOlder(than: snapshot, mapping) {
                report.unchanged.append(document.kind)
            } else {
                revisions[document.kind] = nextRevision(snapshot.revision, after: stored)
            }
        }
        let documents = revisions.isEmpty ? [] : try exporter.plan(snapshot, revisions: revisions, after: earlier)
        for document in documents where revisions[document.kind] != nil {
            try insert(
                document,
                destination,
                snapshot,
                mapping,
                isByHand: exporter.isByHand,
                now: now,
                on: connection
            )
            report.planned.append(document)
            for stored in older[document.kind] ?? [] {
                report.superseded += try giveWay(stored, settings.limits, now: now, on: connection)
            }
        }
        FailPoint.hit("outbox.enqueue-before-commit")
        return report
    }

    /// A row of the key, newest revision first.
    private struct StoredDocument {
        var id: Int64
        var revision: Int
        var snapshotRevision: Int
        var mappingVersion: String
        var row: PushRow

        /// Whether the snapshot has something new for the key. A stale document is planned again above what it met.
        func isOlder(than snapshot: PeriodSnapshot, _ mapping: ExporterMapping) -> Bool {
            if snapshotRevision != snapshot.revision { return snapshotRevision < snapshot.revision }
            return mappingVersion != mapping.version || row.state == .stale
        }
    }

    private static func nextRevision(_ wanted: Int, after stored: [StoredDocument]) -> Int {
        stored.reduce(wanted) { revision, document in
            max(revision, document.revision + 1, (document.row.remoteRevision ?? 0) + 1)
        }
    }

    static func destinationID(
        _ settings: DestinationSettings,
        on connection: isolated PostgresConnection
    ) throws -> Int16 {
        try connection.execute(
            "insert into outbox.destination(name, kind) values ($1, $2) on conflict (name) do nothing",
            [.text(settings.name), .text(settings.kind)]
        )
        let rows = try connection.query(
            "select destination_id from outbox.destination where name = $1",
            [.text(settings.name)]
        )
        guard let row = rows.first else { throw PostgresError(.decoding, "the destination's row is gone") }
        return Int16(clamping: try row.int(0))
    }

    /// Locks the rows of the key: a push that records its answer at the same time comes before or after, never between.
    private static func storedDocuments(
        _ destination: Int16,
        _ key: NaturalKey,
        on connection: isolated PostgresConnection
    ) throws -> [StoredDocument] {
        try connection.query(
            """
            select d.document_id, d.revision, d.snapshot_revision, d.mapping_version, \(DocumentColumns.push)
              from outbox.document d
             where d.destination_id = $1 and d.kodepemda = $2 and d.period = $3 and d.kind = $4
             order by d.revision desc for update
            """,
            [.int2(destination), .text(key.kodepemda), .text(key.period), .text(key.kind.rawValue)]
        ).map { row in
            StoredDocument(
                id: Int64(try row.int(0)),
                revision: try row.int(1),
                snapshotRevision: try row.int(2),
                mappingVersion: try row.string(3),
                row: try PushRow(row, from: 4, newerWaits: false)
            )
        }
    }

    private static func insert(
        _ document: OutboundDocument,
        _ destination: Int16,
        _ snapshot: PeriodSnapshot,
        _ mapping: ExporterMapping,
        isByHand: Bool,
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws {
        try connection.execute(
            """
            insert into outbox.document(destination_id, kodepemda, period, kind, revision, bytes, digest,
              snapshot_revision, mapping_version, next_at, created_at, changed_at, state, reason)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10, $11, $12)
            """,
            [
                .int2(destination), .text(document.key.kodepemda), .text(document.period),
                .text(document.kind.rawValue), .int4(Int32(clamping: document.revision)), .bytea(document.bytes),
                .bytea(document.digest), .int4(Int32(clamping: snapshot.revision)), .text(mapping.version),
                .timestamptz(now), .text((isByHand ? DocumentState.held : .planned).rawValue),
                .text(optional: isByHand ? PushRow.byHand : nil),
            ]
        )
    }

    private static func giveWay(
        _ stored: StoredDocument,
        _ limits: PushLimits,
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws -> Int {
        let row = PushStep(limits: limits).advance(stored.row, .newerPlanned, now: now, random: 0).row
        guard row.state != stored.row.state else { return 0 }
        try store([NextRow(document: stored.id, row: row)], now: now, on: connection)
        return 1
    }
}
