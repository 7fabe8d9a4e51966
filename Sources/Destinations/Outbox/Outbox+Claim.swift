// Takes due documents of a destination under a lease and a fence, within its pause, breaker, rate and concurrency.
// SPDX-License-Identifier: Apache-2.0

internal import FailPoints
internal import PostgresClient

/// A document that this process may act on until its lease ends.
package struct Claim: Sendable {
    package var document: Int64
    package var fence: Int64
    /// The row of `outbox.attempt` that was written before the request goes out.
    package var attempt: Int64
    package var action: PushAction
    package var outbound: OutboundDocument
    package var transaction: String?
}

extension Outbox {
    /// Claims up to `room` due documents and writes their attempts. What is claimed for sending is `sending` from now
    /// on: if this process ends, whoever finds it reads back first.
    ///
    /// `ahead` of them may go beyond the destination's concurrency, for a caller that keeps that many waiting so that no
    /// connection idles while it writes. None do at a destination with a rate or an open breaker, or while another owner holds
    /// claims: requests under way stay within the concurrency over all daemons.
    package func claim(
        _ settings: DestinationSettings,
        owner: String,
        room: Int,
        ahead: Int = 0,
        now: Int64
    ) async throws -> [Claim] {
        guard room > 0, try await hasDue(settings.name, now: now) else { return [] }
        let claims = try await pool.transaction { connection in
            try Outbox.lookUpByIndex(on: connection)
            return try Outbox.claim(settings, owner: owner, room: room, ahead: ahead, now: now, on: connection)
        }
        if !claims.isEmpty { FailPoint.hit("push.claimed") }
        return claims
    }

    /// Whether anything may be due: one read, no lock, so that an idle daemon writes nothing. It may say yes for
    /// nothing, never no for something.
    private func hasDue(_ destination: String, now: Int64) async throws -> Bool {
        try await pool.withConnection { connection in
            try connection.query(
                """
                select exists (select 1 from outbox.document d join outbox.destination t using (destination_id)
                 where t.name = $1 and t.paused is null
                   and d.state in ('planned', 'sending', 'pending', 'verifying', 'uncertain')
                   and (d.next_at <= $2 or d.next_at > $3))
                """,
                [.text(destination), .timestamptz(now), .timestamptz(now + Outbox.clockSlack)]
            ).first?.bool(0) ?? false
        }
    }

    private static func claim(
        _ settings: DestinationSettings,
        owner: String,
        room: Int,
        ahead: Int,
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws -> [Claim] {
        let limits = settings.limits
        guard var gate = try gate(settings.name, owner, limits, now: now, on: connection), gate.paused == nil else {
            return []
        }
        let mayRunAhead = limits.requestsPerSecond == nil && gate.breaker.openUntil == nil && gate.leased.ofOthers == 0
        let allowance = gate.breaker.allowance(limits.concurrency, now: now) + (mayRunAhead ? ahead : 0)
        let free = min(room, allowance - gate.leased.all)
        guard free > 0 else { return [] }
        let step = PushStep(limits: limits)
        var rows: [NextRow] = []
        var begun: [(due: DueDocument, decision: PushDecision)] = []
        for due in try dueDocuments(gate.id, limits, limit: free, now: now, on: connection) {
            guard gate.bucket.take(upTo: 1, now: now, limits: limits) == 1 else { break }
            let decision = step.advance(due.row, .due, now: now, random: 0)
            let isStopped = decision.action == .none
            rows.append(NextRow(document: due.id, row: decision.row, isLeased: !isStopped))
            if !isStopped { begun.append((due, decision)) }
        }
        guard !rows.isEmpty else { return [] }
        let lease = Lease(owner: owner, until: now + limits.lease.wholeMicroseconds)
        let storing = storing(rows, now: now, lease: lease)
        let answers = try connection.pipeline(begun.isEmpty ? [storing] : [storing, beginning(begun, now: now)])
        guard !begun.isEmpty else { return [] }
        let claims = try claims(begun, attempts: answers[1])
        if limits.requestsPerSecond != nil {
            try connection.execute(
                "update outbox.destination set tokens = $2, tokens_at = $3 where destination_id = $1",
                [.int2(gate.id), .float8(gate.bucket.tokens), .timestamptz(gate.bucket.at)]
            )
        }
        FailPoint.hit("push.claim-before-commit")
        return claims
    }

    /// The destination's row, locked: claims of one destination follow one another.
    private struct Gate {
        var id: Int16
        var paused: String?
        var breaker: Breaker
        var bucket: TokenBucket
        /// Documents under a lease.
        var leased: (all: Int, ofOthers: Int)
    }

    private static func gate(
        _ name: String,
        _ owner: String,
        _ limits: PushLimits,
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws -> Gate? {
        let answers = try connection.pipeline([
            (
                """
                select destination_id, paused, breaker_failures, breaker_open_until, tokens, tokens_at
                  from outbox.destination where name = $1 for update
                """,
                [.text(name)]
            ),
            (
                """
                select count(*), count(*) filter (where owner <> $4) from outbox.document
                 where destination_id = (select destination_id from outbox.destination where name = $1)
                   and lease_until is not null and lease_until > $2 and lease_until <= $3
                """,
                [
                    .text(name), .timestamptz(now), .timestamptz(now + 2 * limits.lease.wholeMicroseconds),
                    .text(owner),
                ]
            ),
        ])
        guard let row = answers[0].first, let leased = answers[1].first else { return nil }
        return Gate(
            id: Int16(clamping: try row.int(0)),
            paused: try row.optionalString(1),
            breaker: Breaker(failures: try row.int(2), openUntil: try row.optionalTimestamp(3)),
            bucket: TokenBucket(tokens: try row.double(4), at: try row.timestamp(5)),
            leased: (try leased.int(0), try leased.int(1))
        )
    }

    private struct DueDocument {
        var id: Int64
        var fence: Int64
        var row: PushRow
        var outbound: OutboundDocument
    }

    /// A lease or a wait far in the future was written by a clock that has jumped back since: it does not count.
    private static let isDue = """
        d.state in ('planned', 'sending', 'pending', 'verifying', 'uncertain')
        and (d.next_at <= $2 or d.next_at > $3)
        and (d.lease_until is null or d.lease_until <= $2 or d.lease_until > $4)
        """

    /// No other revision of its key is in flight. `offset 0` keeps the look-up one of a key: without it the planner may read every
    /// document in flight once for all candidates, thousands at a peer with slow transactions.
    private static let isAlone = """
        (d.state <> 'planned' or not exists (select 1 from outbox.document o
          where o.destination_id = d.destination_id and o.kodepemda = d.kodepemda and o.period = d.period
            and o.kind = d.kind and o.state in ('sending', 'pending', 'verifying', 'uncertain') offset 0))
        """

    /// Due and free, the window that closes first first, of a document in several the first of these. Documents with a window and
    /// those without are looked for apart, so that thousands without one are read along the index of what is due, no further than
    /// the limit.
    private static func dueDocuments(
        _ destination: Int16,
        _ limits: PushLimits,
        limit: Int,
        now: Int64,
        on connection: isolated PostgresConnection
    ) throws -> [DueDocument] {
        let longest = max(limits.retryAfterLimit, limits.backOffCap, limits.pollCap).wholeMicroseconds
        return try connection.query(
            """
            with candidate as materialized (
              (select d.document_id, min(w.closes_at) as closes_at from outbox.reporting_window w
                 join outbox.document d using (destination_id, kodepemda, period)
                where w.destination_id = $1 and w.closes_at is not null and outbox.is_in_window(d.kind, w.kind)
                  and \(isDue) and \(isAlone)
                group by d.document_id order by 2, d.next_at, d.document_id limit $5)
              union all
              (select d.document_id, null from outbox.document d
                where d.destination_id = $1 and \(isDue) and \(isAlone)
                  and not exists (select 1 from outbox.reporting_window w where w.destination_id = d.destination_id
                    and w.kodepemda = d.kodepemda and w.period = d.period and outbox.is_in_window(d.kind, w.kind)
                    and w.closes_at is not null offset 0)
                order by d.next_at, d.document_id limit $5))
            select d.document_id, d.fence, d.kodepemda, d.period, d.kind, d.revision, d.bytes, d.digest, c.closes_at,
              exists (select 1 from outbox.document n where n.destination_id = d.destination_id
                and n.kodepemda = d.kodepemda and n.period = d.period and n.kind = d.kind and n.revision > d.revision),
              \(DocumentColumns.push)
              from candidate c join outbox.document d using (document_id)
             where \(isDue)
             order by c.closes_at nulls last, d.next_at, d.document_id
             limit $5 for update of d skip locked
            """,
            [
                .int2(destination), .timestamptz(now), .timestamptz(now + longest + clockSlack),
                .timestamptz(now + 2 * limits.lease.wholeMicroseconds), .int8(Int64(limit)),
            ]
        ).map { row in
            var push = try PushRow(row, from: 10, newerWaits: try row.bool(9))
            push.closesAt = try row.optionalTimestamp(8)
            return DueDocument(
                id: Int64(try row.int(0)),
                fence: Int64(try row.int(1)),
                row: push,
                outbound: OutboundDocument(
                    key: NaturalKey(
                        kodepemda: try row.string(2),
                        period: try row.string(3),
                        kind: DocumentKind(rawValue: try row.string(4))
                    ),
                    revision: try row.int(5),
                    bytes: try row.bytes(6),
                    digest: try row.bytes(7)
                )
            )
        }
    }

    private static func beginning(_ begun: [(due: DueDocument, decision: PushDecision)], now: Int64) -> Statement {
        let acts = begun.map {
            $0.decision.action == .send ? PushAct.put : $0.decision.action == .poll ? .poll : .readBack
        }
        return (
            """
            insert into outbox.attempt(document_id, act, fence, started_at, request_digest)
            select id, act, fence, $5, digest from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[])
              with ordinality a(id, act, fence, digest, place) order by place
            returning attempt_id, document_id
            """,
            [
                .int8Array(begun.map(\.due.id)), .textArray(acts.map(\.rawValue)),
                .int8Array(begun.map { $0.due.fence + 1 }),
                .byteaOptionalArray(zip(begun, acts).map { $1 == .put ? $0.due.outbound.digest : nil }),
                .timestamptz(now),
            ]
        )
    }

    private static func claims(
        _ begun: [(due: DueDocument, decision: PushDecision)],
        attempts rows: PostgresRows
    ) throws -> [Claim] {
        let attempts = try Dictionary(uniqueKeysWithValues: rows.map { (Int64(try $0.int(1)), Int64(try $0.int(0))) })
        return try begun.map { due, decision in
            guard let attempt = attempts[due.id] else { throw PostgresError(.decoding, "no attempt was written") }
            return Claim(
                document: due.id,
                fence: due.fence + 1,
                attempt: attempt,
                action: decision.action,
                outbound: due.outbound,
                transaction: decision.row.transaction
            )
        }
    }

    /// Keeps claims alive while their requests are under way. Returns how many are still ours.
    package func renew(_ claims: [Claim], until: Int64) async throws -> Int {
        guard !claims.isEmpty else { return 0 }
        return try await pool.withConnection { connection in
            try connection.execute(
                """
                update outbox.document d set lease_until = $3 from unnest($1::bigint[], $2::bigint[]) c(id, fence)
                 where d.document_id = c.id and d.fence = c.fence and d.lease_until is not null
                """,
                [.int8Array(claims.map(\.document)), .int8Array(claims.map(\.fence)), .timestamptz(until)]
            )
        }
    }
}
