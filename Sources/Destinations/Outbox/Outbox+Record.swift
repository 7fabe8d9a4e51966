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

/// What came of a claim, on its way to the outbox.
package struct Answer: Sendable {
    package var claim: Claim
    package var event: PushEvent
    package var evidence: AttemptEvidence
}

/// What recording a batch of answers gave.
package struct Recording: Sendable {
    /// The decision for each answer; `nil` where the claim was taken over: then nothing of it is written, and whoever took over
    /// decides.
    package var decisions: [PushDecision?]
    /// The destination is paused, or its breaker is open or half open: what was claimed and not sent goes back.
    package var isClosed = false
}

extension Outbox {
    /// Records answers of one destination in their order under their claims' fences, all in one transaction.
    /// `random` is one number in 0 ..< 1 for each.
    package func record(
        _ answers: [Answer],
        limits: PushLimits,
        now: Int64,
        random: [Double]
    ) async throws -> Recording {
        FailPoint.hit("push.record-before")
        let recording = try await pool.transaction { connection in
            try Outbox.lookUpByIndex(on: connection)
            return try Outbox.record(answers, limits: limits, now: now, random: random, on: connection)
        }
        FailPoint.hit("push.recorded")
        return recording
    }

    private static func record(
        _ answers: [Answer],
        limits: PushLimits,
        now: Int64,
        random: [Double],
        on connection: isolated PostgresConnection
    ) throws -> Recording {
        let rows = try lockedRows(answers.map(\.claim), on: connection)
        let step = PushStep(limits: limits)
        var recording = Recording(decisions: [])
        var recorded: [(answer: Answer, decision: PushDecision, random: Double)] = []
        for (answer, random) in zip(answers, random) {
            let decision = rows[answer.claim.document].map { step.advance($0, answer.event, now: now, random: random) }
            recording.decisions.append(decision)
            if let decision { recorded.append((answer, decision, random)) }
        }
        guard !recorded.isEmpty else { return recording }
        let stored = recorded.map { NextRow(document: $0.answer.claim.document, row: $0.decision.row) }
        let receipts = receipts(recorded.map { ($0.answer.claim.document, $0.answer.event) }, now: now)
        let answers = try connection.pipeline(
            [
                storing(stored, now: now), finishing(recorded.map(\.answer), now: now), receipts,
                destination(of: stored[0].document),
            ].compactMap(\.self)
        )
        recording.isClosed = try apply(
            recorded.map { ($0.decision.effects, $0.random) },
            to: answers.last?.first,
            limits,
            now: now,
            on: connection
        )
        FailPoint.hit("push.record-before-commit")
        return recording
    }

    /// The rows of the claims that are still ours, locked. Several do not wait for one that somebody else holds (55P03): who waits
    /// while it holds others could be waited for.
    private static func lockedRows(
        _ claims: [Claim],
        on connection: isolated PostgresConnection
    ) throws -> [Int64: PushRow] {
        let answers = try connection.pipeline([
            (
                """
                select d.document_id, \(DocumentColumns.push)
                  from unnest($1::bigint[], $2::bigint[]) c(id, fence) join outbox.document d on d.document_id = c.id
                 where d.fence = c.fence for update of d \(claims.count > 1 ? "nowait" : "")
                """,
                [.int8Array(claims.map(\.document)), .int8Array(claims.map(\.fence))]
            ),
            newerRevisions(of: claims.map(\.document)),
        ])
        let newer = try Set(answers[1].map { Int64(try $0.int(0)) })
        var found: [Int64: PushRow] = [:]
        for row in answers[0] {
            let document = Int64(try row.int(0))
            found[document] = try PushRow(row, from: 1, newerWaits: newer.contains(document))
        }
        return found
    }

    /// Those of the documents that have a newer revision. Read after their rows are locked, so that a revision that was enqueued
    /// while that waited is seen.
    private static func newerRevisions(of documents: [Int64]) -> Statement {
        (
            """
            select d.document_id from outbox.document d where d.document_id = any($1) and exists (
              select 1 from outbox.document n where n.destination_id = d.destination_id and n.kodepemda = d.kodepemda
                and n.period = d.period and n.kind = d.kind and n.revision > d.revision)
            """,
            [.int8Array(documents)]
        )
    }

    /// The document's row, locked, whoever holds a claim on it; `nil` when there is no such document.
    static func lockedRow(_ document: Int64, on connection: isolated PostgresConnection) throws -> PushRow? {
        let answers = try connection.pipeline([
            (
                "select \(DocumentColumns.push) from outbox.document d where d.document_id = $1 for update",
                [.int8(document)]
            ),
            newerRevisions(of: [document]),
        ])
        guard let row = answers[0].first else { return nil }
        return try PushRow(row, from: 0, newerWaits: answers[1].first != nil)
    }

    private static func finishing(_ answers: [Answer], now: Int64) -> Statement {
        func numbers(_ column: KeyPath<AttemptEvidence, Int?>) -> PostgresValue {
            .int4OptionalArray(answers.map { $0.evidence[keyPath: column].map { Int32(clamping: $0) } })
        }
        return (
            """
            update outbox.attempt a set finished_at = $11, curl_code = v.curl_code, phase = v.phase,
              http_status = v.http_status, retry_after_s = v.retry_after_s, outcome = v.outcome, code = v.code,
              detail = v.detail, reply = v.reply, reply_digest = v.reply_digest
              from unnest($1::bigint[], $2::int[], $3::text[], $4::int[], $5::int[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::bytea[])
                v(id, curl_code, phase, http_status, retry_after_s, outcome, code, detail, reply, reply_digest)
             where a.attempt_id = v.id
            """,
            [
                .int8Array(answers.map(\.claim.attempt)), numbers(\.curlCode),
                .textOptionalArray(answers.map(\.evidence.phase)), numbers(\.status), numbers(\.retryAfterSeconds),
                .textArray(answers.map(\.evidence.outcome)), .textArray(answers.map(\.evidence.code)),
                .textArray(answers.map(\.evidence.detail)), .textOptionalArray(answers.map(\.evidence.reply)),
                .byteaOptionalArray(answers.map(\.evidence.replyDigest)), .timestamptz(now),
            ]
        )
    }

    // MARK: The destination

    private static func destination(of document: Int64) -> Statement {
        (
            """
            select t.destination_id, t.breaker_failures, t.breaker_open_until, t.paused is not null
              from outbox.destination t join outbox.document d using (destination_id) where d.document_id = $1
            """,
            [.int8(document)]
        )
    }

    /// Applies the effects of answers in their order. Whether the destination is closed after them.
    private static func apply(
        _ effects: [(effects: [DestinationEffect], random: Double)],
        to destination: PostgresRow?,
        _ limits: PushLimits,
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws -> Bool {
        guard let row = destination else { return true }
        let destination = PostgresValue.int2(Int16(clamping: try row.int(0)))
        let before = Breaker(failures: try row.int(1), openUntil: try row.optionalTimestamp(2))
        var isPaused = try row.bool(3)
        var breaker = before
        for (effects, random) in effects {
            for effect in effects {
                switch effect {
                case .succeeded: breaker.succeeded()
                case .failed: breaker.failed(now: now, limits: limits, random: random)
                case .pause(let reason):
                    isPaused = true
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
        }
        if breaker != before {
            try connection.execute(
                "update outbox.destination set breaker_failures = $2, breaker_open_until = $3 where destination_id = $1",
                [
                    destination, .int4(Int32(clamping: breaker.failures)),
                    breaker.openUntil.map(PostgresValue.timestamptz) ?? .null,
                ]
            )
        }
        return isPaused || breaker.openUntil != nil
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
        guard let row = try lockedRow(document, on: connection) else { return false }
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
        if let (sql, parameters) = receipts([(document, event)], now: now) {
            try connection.execute(sql, parameters)
        }
        return true
    }
}
