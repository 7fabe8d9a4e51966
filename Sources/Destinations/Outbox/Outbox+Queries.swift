// What an operator asks of the outbox, and what he may change.
// SPDX-License-Identifier: Apache-2.0

internal import PostgresClient

/// One destination at a glance.
package struct DestinationStatus: Sendable {
    package var name: String
    package var kind: String
    /// Why nothing is sent; `nil` when it runs.
    package var paused: String?
    package var breakerFailures: Int
    /// µs since 1970 UTC.
    package var breakerOpenUntil: Int64?
    /// Documents by state, without states that have none, in the order of ``DocumentState``.
    package var counts: [(state: DocumentState, count: Int)]
    /// When the oldest open document was frozen, µs since 1970 UTC.
    package var oldestOpen: Int64?

    package func count(_ state: DocumentState) -> Int { counts.first { $0.state == state }?.count ?? 0 }
}

/// One document without its bytes.
package struct DocumentSummary: Sendable, Hashable {
    package var id: Int64
    package var destination: String
    package var key: NaturalKey
    package var revision: Int
    package var digest: [UInt8]
    package var byteCount: Int
    package var mappingVersion: String
    package var createdAt: Int64
    package var changedAt: Int64
    package var row: PushRow
    /// How far the destination's people are; nil where that is not known.
    package var standing: Standing?
    /// When it was last read back after its acknowledgement, µs since 1970 UTC.
    package var reconciledAt: Int64?
}

/// One attempt as it was written.
package struct AttemptRecord: Sendable, Hashable {
    package var act: String
    package var startedAt: Int64
    package var finishedAt: Int64?
    package var curlCode: Int?
    package var status: Int?
    package var retryAfterSeconds: Int?
    package var outcome: String?
    package var code: String?
    package var detail: String?
    package var reply: String?
}

/// One receipt as it was written.
package struct ReceiptRecord: Sendable, Hashable {
    package var kind: String
    package var at: Int64
    package var code: String?
    package var transaction: String?
    package var saved, changed, same, refused: Int?
    /// JSON list of the rows the peer refused.
    package var errors: String?
    package var remoteRevision: Int?
    package var remoteDigest: String?
    package var proof: String?
}

/// A document with everything that was tried and said of it.
package struct DocumentDetail: Sendable, Hashable {
    package var summary: DocumentSummary
    package var bytes: [UInt8]
    package var attempts: [AttemptRecord]
    package var receipts: [ReceiptRecord]
}

extension Outbox {
    /// All destinations that ever had a document, by name.
    package func status() async throws -> [DestinationStatus] {
        try await pool.withConnection { connection in
            let counts = try connection.query(
                "select destination_id, state, count(*) from outbox.document group by 1, 2"
            ).map { (try $0.int(0), try $0.string(1), try $0.int(2)) }
            return try connection.query(
                """
                select t.destination_id, t.name, t.kind, t.paused, t.breaker_failures, t.breaker_open_until,
                  (select min(d.created_at) from outbox.document d where d.destination_id = t.destination_id
                     and d.state not in ('acknowledged', 'superseded'))
                  from outbox.destination t order by t.name
                """
            ).map { row in
                let id = try row.int(0)
                return DestinationStatus(
                    name: try row.string(1),
                    kind: try row.string(2),
                    paused: try row.optionalString(3),
                    breakerFailures: try row.int(4),
                    breakerOpenUntil: try row.optionalTimestamp(5),
                    counts: DocumentState.allCases.compactMap { state in
                        counts.first { $0.0 == id && $0.1 == state.rawValue }.map { (state, $0.2) }
                    },
                    oldestOpen: try row.optionalTimestamp(6)
                )
            }
        }
    }

    /// Documents of all or one destination and state, newest first.
    package func documents(
        destination: String? = nil,
        state: DocumentState? = nil,
        limit: Int = 200
    ) async throws -> [DocumentSummary] {
        try await pool.withConnection { connection in
            try connection.query(
                """
                \(Outbox.summaryColumns)
                 where ($1::text is null or t.name = $1) and ($2::text is null or d.state = $2)
                 order by d.document_id desc limit $3
                """,
                [.text(optional: destination), .text(optional: state?.rawValue), .int8(Int64(limit))]
            ).map { try DocumentSummary($0) }
        }
    }

    /// One document with its attempts and receipts, oldest first; `nil` when there is none.
    package func document(_ id: Int64) async throws -> DocumentDetail? {
        try await pool.withConnection { connection in
            let found = try connection.query("\(Outbox.summaryColumns) where d.document_id = $1", [.int8(id)])
            guard let summary = try found.first.map({ try DocumentSummary($0) }) else { return nil }
            let bytes = try connection.query("select bytes from outbox.document where document_id = $1", [.int8(id)])
            return DocumentDetail(
                summary: summary,
                bytes: try bytes.first?.bytes(0) ?? [],
                attempts: try connection.query(
                    """
                    select act, started_at, finished_at, curl_code, http_status, retry_after_s, outcome, code, detail,
                      reply from outbox.attempt where document_id = $1 order by attempt_id
                    """,
                    [.int8(id)]
                ).map { try AttemptRecord($0) },
                receipts: try connection.query(
                    """
                    select kind, at, code, transaction, saved, changed, same, refused, errors::text, remote_revision,
                      remote_digest, proof from outbox.receipt where document_id = $1 order by receipt_id
                    """,
                    [.int8(id)]
                ).map { try ReceiptRecord($0) }
            )
        }
    }

    /// Sends a stopped document again, or makes a waiting one due now. False when its state allows neither.
    package func retry(_ id: Int64, now: Int64) async throws -> Bool { try await act(id, .retry, now: now) }

    /// Keeps a waiting document back; it stays `held` until it is released or a newer revision takes its place.
    package func hold(_ id: Int64, reason: String, now: Int64) async throws -> Bool {
        try await act(id, .hold(reason), now: now)
    }

    package func release(_ id: Int64, now: Int64) async throws -> Bool { try await act(id, .release, now: now) }

    /// Records that a person holds the acknowledgement; `proof` names the letter, ticket or screenshot.
    package func acknowledgeByHand(_ id: Int64, proof: String, now: Int64) async throws -> Bool {
        try await act(id, .acknowledgedByHand(proof), now: now)
    }

    private func act(_ id: Int64, _ event: PushEvent, now: Int64) async throws -> Bool {
        try await pool.transaction { connection in
            try Outbox.act(id, event, limits: PushLimits(), now: now, on: connection)
        }
    }

    /// Stops all sending to a destination. False when there is no such destination or it is paused already.
    package func pause(_ destination: String, reason: String, now: Int64) async throws -> Bool {
        try await pool.withConnection { connection in
            try connection.execute(
                "update outbox.destination set paused = $2, paused_at = $3 where name = $1 and paused is null",
                [.text(destination), .text(reason), .timestamptz(now)]
            ) > 0
        }
    }

    /// Lets a paused destination run again and closes its breaker.
    package func resume(_ destination: String) async throws -> Bool {
        try await pool.withConnection { connection in
            try connection.execute(
                """
                update outbox.destination set paused = null, paused_at = null, breaker_failures = 0,
                  breaker_open_until = null where name = $1 and (paused is not null or breaker_open_until is not null)
                """,
                [.text(destination)]
            ) > 0
        }
    }

    private static let summaryColumns = """
        select d.document_id, t.name, d.kodepemda, d.period, d.kind, d.revision, d.digest, octet_length(d.bytes),
          d.mapping_version, d.created_at, d.changed_at, \(DocumentColumns.push), d.standing, d.standing_note,
          d.reconciled_at
          from outbox.document d join outbox.destination t using (destination_id)
        """
}

extension DocumentSummary {
    fileprivate init(_ row: PostgresRow) throws(PostgresError) {
        id = Int64(try row.int(0))
        destination = try row.string(1)
        key = NaturalKey(
            kodepemda: try row.string(2),
            period: try row.string(3),
            kind: DocumentKind(rawValue: try row.string(4))
        )
        revision = try row.int(5)
        digest = try row.bytes(6)
        byteCount = try row.int(7)
        mappingVersion = try row.string(8)
        createdAt = try row.timestamp(9)
        changedAt = try row.timestamp(10)
        self.row = try PushRow(row, from: 11, newerWaits: false)
        let more = 11 + DocumentColumns.pushCount
        let note = try row.optionalString(more + 1)
        standing = try row.optionalString(more).flatMap(Standing.Stage.init).map { Standing($0, note: note) }
        reconciledAt = try row.optionalTimestamp(more + 2)
    }
}

extension AttemptRecord {
    fileprivate init(_ row: PostgresRow) throws(PostgresError) {
        act = try row.string(0)
        startedAt = try row.timestamp(1)
        finishedAt = try row.optionalTimestamp(2)
        curlCode = try row.optionalInt(3)
        status = try row.optionalInt(4)
        retryAfterSeconds = try row.optionalInt(5)
        outcome = try row.optionalString(6)
        code = try row.optionalString(7)
        detail = try row.optionalString(8)
        reply = try row.optionalString(9)
    }
}

extension ReceiptRecord {
    fileprivate init(_ row: PostgresRow) throws(PostgresError) {
        kind = try row.string(0)
        at = try row.timestamp(1)
        code = try row.optionalString(2)
        transaction = try row.optionalString(3)
        saved = try row.optionalInt(4)
        changed = try row.optionalInt(5)
        same = try row.optionalInt(6)
        refused = try row.optionalInt(7)
        errors = try row.optionalString(8)
        remoteRevision = try row.optionalInt(9)
        remoteDigest = try row.optionalString(10)
        proof = try row.optionalString(11)
    }
}
