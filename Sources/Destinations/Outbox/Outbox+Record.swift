// Writes what an attempt gave: the document's next row, the evidence, the receipt, and what it means for the destination.
// SPDX-License-Identifier: Apache-2.0

internal import Crypto
internal import FailPoints
internal import HTTPTransfer
internal import PostgresClient

/// What an attempt leaves behind in `outbox.attempt`. Holds no credential: the reply is scrubbed before it gets here.
package struct AttemptEvidence: Sendable {
    package var curlCode: Int?
    package var phase: String?
    package var status: Int?
    package var retryAfterSeconds: Int?
    package var outcome: String
    package var code: String
    package var detail: String
    package var reply: String?
    package var replyDigest: [UInt8]?

    /// Evidence of a transfer and of what it was taken for.
    init(_ result: HTTPResult, outcome: String, code: String, detail: String, secrets: [String]) {
        self.outcome = outcome
        self.code = code
        self.detail = Scrub.head(Array(detail.utf8), secrets: secrets)
        switch result {
        case .success(let response):
            curlCode = 0
            status = response.status
            retryAfterSeconds = response.retryAfterSeconds
            reply = Scrub.head(response.body, secrets: secrets)
            replyDigest = Array(SHA256.hash(data: response.body))
        case .failure(let error):
            curlCode = error.curlCode
            phase = error.phase.rawValue
            status = error.status
        }
    }
}

extension Outbox {
    /// Records an answer under the claim's fence. Returns the decision, or `nil` when the claim was taken over: then
    /// nothing is written, and whoever took over decides.
    package func record(
        _ claim: Claim,
        _ event: PushEvent,
        _ evidence: AttemptEvidence,
        limits: PushLimits,
        now: Int64,
        random: Double
    ) async throws -> PushDecision? {
        FailPoint.hit("push.record-before")
        let decision = try await pool.transaction { connection in
            try Outbox.record(claim, event, evidence, limits: limits, now: now, random: random, on: connection)
        }
        FailPoint.hit("push.recorded")
        return decision
    }

    private static func record(
        _ claim: Claim,
        _ event: PushEvent,
        _ evidence: AttemptEvidence,
        limits: PushLimits,
        now: Int64,
        random: Double,
        on connection: isolated PostgresConnection
    ) throws -> PushDecision? {
        guard let row = try lockedRow(claim.document, fence: claim.fence, on: connection) else { return nil }
        let decision = PushStep(limits: limits).advance(row, event, now: now, random: random)
        try store(decision.row, claim.document, now: now, lease: nil, on: connection)
        try finish(claim, evidence, now: now, on: connection)
        try writeReceipt(claim.document, event, now: now, on: connection)
        try apply(decision.effects, toDestinationOf: claim.document, limits, now: now, random: random, on: connection)
        FailPoint.hit("push.record-before-commit")
        return decision
    }

    /// The document's row, locked. `newerWaits` is read after the lock is held, so that a revision that was enqueued
    /// while this waited is seen.
    static func lockedRow(
        _ document: Int64,
        fence: Int64?,
        on connection: isolated PostgresConnection
    ) throws -> PushRow? {
        let rows = try connection.query(
            """
            select d.fence, \(DocumentColumns.push) from outbox.document d where d.document_id = $1 for update
            """,
            [.int8(document)]
        )
        guard let row = rows.first else { return nil }
        if let fence, Int64(try row.int(0)) != fence { return nil }
        let newer = try connection.query(
            """
            select exists (select 1 from outbox.document d join outbox.document n on n.destination_id = d.destination_id
              and n.kodepemda = d.kodepemda and n.period = d.period and n.kind = d.kind and n.revision > d.revision
             where d.document_id = $1)
            """,
            [.int8(document)]
        )
        return try PushRow(row, from: 1, newerWaits: try newer.first?.bool(0) ?? false)
    }

    private static func finish(
        _ claim: Claim,
        _ evidence: AttemptEvidence,
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws {
        try connection.execute(
            """
            update outbox.attempt set finished_at = $2, curl_code = $3, phase = $4, http_status = $5,
              retry_after_s = $6, outcome = $7, code = $8, detail = $9, reply = $10, reply_digest = $11
             where attempt_id = $1
            """,
            [
                .int8(claim.attempt), .timestamptz(now), .int4(optional: evidence.curlCode),
                .text(optional: evidence.phase), .int4(optional: evidence.status),
                .int4(optional: evidence.retryAfterSeconds), .text(evidence.outcome), .text(evidence.code),
                .text(evidence.detail), .text(optional: evidence.reply),
                evidence.replyDigest.map(PostgresValue.bytea) ?? .null,
            ]
        )
    }

    // MARK: The destination

    private static func apply(
        _ effects: [DestinationEffect],
        toDestinationOf document: Int64,
        _ limits: PushLimits,
        now: Int64,
        random: Double,
        on connection: isolated PostgresConnection
    ) throws {
        guard effects.contains(where: \.changesDestination) else { return }
        let rows = try connection.query(
            """
            select t.destination_id, t.breaker_failures, t.breaker_open_until from outbox.destination t
              join outbox.document d using (destination_id) where d.document_id = $1
            """,
            [.int8(document)]
        )
        guard let row = rows.first else { return }
        let destination = PostgresValue.int2(Int16(clamping: try row.int(0)))
        let before = Breaker(failures: try row.int(1), openUntil: try row.optionalTimestamp(2))
        var breaker = before
        for effect in effects {
            switch effect {
            case .succeeded: breaker.succeeded()
            case .failed: breaker.failed(now: now, limits: limits, random: random)
            case .pause(let reason):
                try connection.execute(
                    """
                    update outbox.destination set paused = $2, paused_at = $3
                     where destination_id = $1 and paused is null
                    """,
                    [destination, .text(reason), .timestamptz(now)]
                )
            case .dropToken, .alert: break
            }
        }
        guard breaker != before else { return }
        try connection.execute(
            "update outbox.destination set breaker_failures = $2, breaker_open_until = $3 where destination_id = $1",
            [
                destination, .int4(Int32(clamping: breaker.failures)),
                breaker.openUntil.map(PostgresValue.timestamptz) ?? .null,
            ]
        )
    }
}

extension DestinationEffect {
    /// Whether the destination's row may change by it.
    fileprivate var changesDestination: Bool {
        switch self {
        case .succeeded, .failed, .pause: true
        case .dropToken, .alert: false
        }
    }
}

extension Outbox {
    /// A person's event on a document, with the receipt it leaves. False when it does not fit the document's state
    /// or there is no such document.
    static func act(
        _ document: Int64,
        _ event: PushEvent,
        limits: PushLimits,
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws -> Bool {
        guard let row = try lockedRow(document, fence: nil, on: connection) else { return false }
        let next = PushStep(limits: limits).advance(row, event, now: now, random: 0).row
        guard next != row else { return false }
        try connection.execute(
            """
            update outbox.document set state = $2, next_at = $3, failures = $4, losses = $5, reason = $6,
              transaction = $7, polls = $8, verifications = $9, changed_at = $10
             where document_id = $1
            """,
            [
                .int8(document), .text(next.state.rawValue), .timestamptz(next.nextAt),
                .int4(Int32(clamping: next.failures)), .int4(Int32(clamping: next.losses)),
                .text(optional: next.reason), .text(optional: next.transaction), .int4(Int32(clamping: next.polls)),
                .int4(Int32(clamping: next.verifications)), .timestamptz(now),
            ]
        )
        try writeReceipt(document, event, now: now, on: connection)
        return true
    }
}
