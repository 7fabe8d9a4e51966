// Runs of the reconciliation and what they found, as rows: a restart goes on where it stood.
// SPDX-License-Identifier: Apache-2.0

package import PluginKit
internal import PostgresClient

/// A run over one destination: every acknowledged document is read back and compared.
package struct ReconciliationRun: Sendable, Hashable {
    package var id: Int64
    package var destination: String
    /// The night it belongs to; nil when a person asked for it.
    package var night: CivilDate?
    /// µs since 1970 UTC.
    package var requestedAt: Int64
    package var finishedAt: Int64?
    package var checked: Int
    package var same: Int
    package var drifted: Int
    package var unreadable: Int
    /// Documents that are still to be read back.
    package var left: Int
    /// Why it ended before its time.
    package var stopped: String?
}

/// A document that the destination no longer holds as it was sent.
package struct DriftRecord: Sendable, Hashable {
    package var document: Int64
    package var destination: String
    package var key: NaturalKey
    package var revision: Int
    /// `ABSENT`, `BEHIND`, `AHEAD`, `DIFFERENT`.
    package var finding: String
    package var detail: String
    package var at: Int64
    /// State of the document now: `planned` says that it is sent again.
    package var state: DocumentState
}

extension Outbox {
    /// Asks for a run; with a night at most one of it. False when it was asked for already, or the destination has no document.
    package func requestReconciliation(_ destination: String, night: CivilDate?, now: Int64) async throws -> Bool {
        try await pool.withConnection { connection in
            try connection.execute(
                """
                insert into outbox.reconciliation(destination_id, night, requested_at)
                select destination_id, $2, $3 from outbox.destination where name = $1
                on conflict (destination_id, night) where night is not null do nothing
                """,
                [.text(destination), night.map { .date($0.daysSince1970) } ?? .null, .timestamptz(now)]
            ) > 0
        }
    }

    /// Runs, newest first; only those that are not finished when `isOpen`.
    package func reconciliations(isOpen: Bool, limit: Int = 50) async throws -> [ReconciliationRun] {
        try await pool.withConnection { connection in
            try connection.query(
                """
                select r.reconciliation_id, t.name, r.night, r.requested_at, r.finished_at, r.checked, r.same, r.drifted,
                  r.unreadable, r.stopped,
                  case when r.finished_at is null then (select count(*) from outbox.document d
                    where d.destination_id = r.destination_id and \(Outbox.isReconciled)) else 0 end
                  from outbox.reconciliation r join outbox.destination t using (destination_id)
                 where not $1 or r.finished_at is null
                 order by r.reconciliation_id desc limit $2
                """,
                [.bool(isOpen), .int8(Int64(limit))]
            ).map { row in
                ReconciliationRun(
                    id: Int64(try row.int(0)),
                    destination: try row.string(1),
                    night: try row.optionalDate(2).map { CivilDate(daysSince1970: $0) },
                    requestedAt: try row.timestamp(3),
                    finishedAt: try row.optionalTimestamp(4),
                    checked: try row.int(5),
                    same: try row.int(6),
                    drifted: try row.int(7),
                    unreadable: try row.int(8),
                    left: try row.int(10),
                    stopped: try row.optionalString(9)
                )
            }
        }
    }

    /// What runs found, newest first.
    package func drifts(limit: Int = 200) async throws -> [DriftRecord] {
        try await pool.withConnection { connection in
            try connection.query(
                """
                select d.document_id, t.name, d.kodepemda, d.period, d.kind, d.revision, f.finding, f.detail, f.at, d.state
                  from outbox.drift f join outbox.document d using (document_id)
                  join outbox.destination t using (destination_id)
                 order by f.drift_id desc limit $1
                """,
                [.int8(Int64(limit))]
            ).map { row in
                let state = try row.string(9)
                return DriftRecord(
                    document: Int64(try row.int(0)),
                    destination: try row.string(1),
                    key: NaturalKey(
                        kodepemda: try row.string(2),
                        period: try row.string(3),
                        kind: DocumentKind(rawValue: try row.string(4))
                    ),
                    revision: try row.int(5),
                    finding: try row.string(6),
                    detail: try row.string(7),
                    at: try row.timestamp(8),
                    state: DocumentState(rawValue: state) ?? .held
                )
            }
        }
    }

    /// The documents that a run still has to read back: acknowledged, the newest of their key, newest periods first.
    func documents(of run: ReconciliationRun, limit: Int) async throws -> [(id: Int64, outbound: OutboundDocument)] {
        try await pool.withConnection { connection in
            try connection.query(
                """
                select d.document_id, d.kodepemda, d.period, d.kind, d.revision, d.bytes, d.digest
                  from outbox.document d join outbox.reconciliation r using (destination_id)
                 where r.reconciliation_id = $1 and \(Outbox.isReconciled)
                 order by d.period desc, d.document_id limit $2
                """,
                [.int8(run.id), .int8(Int64(limit))]
            ).map { row in
                (
                    Int64(try row.int(0)),
                    OutboundDocument(
                        key: NaturalKey(
                            kodepemda: try row.string(1),
                            period: try row.string(2),
                            kind: DocumentKind(rawValue: try row.string(3))
                        ),
                        revision: try row.int(4),
                        bytes: try row.bytes(5),
                        digest: try row.bytes(6)
                    )
                )
            }
        }
    }

    /// A by-hand acknowledgement is a person's word: there is nothing to read back.
    private static let isReconciled = """
        d.state = 'acknowledged' and (d.reconciled_at is null or d.reconciled_at < r.requested_at)
          and not exists (select 1 from outbox.document n where n.destination_id = d.destination_id
            and n.kodepemda = d.kodepemda and n.period = d.period and n.kind = d.kind and n.revision > d.revision
            and (n.attempts > 0 or n.state = 'acknowledged'))
          and not exists (select 1 from outbox.receipt h where h.document_id = d.document_id and h.kind = 'by_hand')
        """

    /// Records what a read-back of an acknowledged document showed. Nothing is written when the document moved meanwhile.
    func record(
        _ finding: ReadBackFinding,
        of document: Int64,
        in run: ReconciliationRun,
        standing: Standing?,
        limits: PushLimits,
        now: Int64
    ) async throws {
        try await pool.transaction { connection in
            guard let row = try Outbox.lockedRow(document, on: connection), row.state == .acknowledged
            else {
                return
            }
            let next = PushStep(limits: limits).advance(row, .reconciled(finding), now: now, random: 0).row
            if next != row { try Outbox.store([.init(document: document, row: next)], now: now, on: connection) }
            try connection.execute(
                """
                update outbox.document set reconciled_at = $2, standing = coalesce($3, standing),
                  standing_note = case when $3 is null then standing_note else $4 end,
                  standing_at = case when $3 is distinct from standing and $3 is not null then $2 else standing_at end
                 where document_id = $1
                """,
                [
                    .int8(document), .timestamptz(now), .text(optional: standing?.stage.rawValue),
                    .text(optional: standing?.note),
                ]
            )
            let isUnreadable = if case .unreadable = finding { true } else { false }
            let drift = finding.drift
            try connection.execute(
                """
                update outbox.reconciliation set checked = checked + 1, same = same + $2, drifted = drifted + $3,
                  unreadable = unreadable + $4 where reconciliation_id = $1
                """,
                [
                    .int8(run.id), .int4(finding == .same ? 1 : 0), .int4(drift == nil ? 0 : 1),
                    .int4(isUnreadable ? 1 : 0),
                ]
            )
            guard let drift else { return }
            try connection.execute(
                """
                insert into outbox.drift(reconciliation_id, document_id, finding, detail, at) values ($1, $2, $3, $4, $5)
                """,
                [.int8(run.id), .int8(document), .text(drift.finding), .text(drift.detail), .timestamptz(now)]
            )
        }
    }

    func finish(_ run: ReconciliationRun, stopped: String?, now: Int64) async throws {
        _ = try await pool.withConnection { connection in
            try connection.execute(
                """
                update outbox.reconciliation set finished_at = $2, stopped = $3
                 where reconciliation_id = $1 and finished_at is null
                """,
                [.int8(run.id), .timestamptz(now), .text(optional: stopped)]
            )
        }
    }
}

extension ReadBackFinding {
    /// What a finding about an acknowledged document means; nil when it is as it should be or cannot be told.
    fileprivate var drift: (finding: String, detail: String)? {
        switch self {
        case .same, .more, .notOffered, .unreadable: nil
        case .absent: ("ABSENT", "nothing is held under the key: it is sent again")
        case .behind(let revision): ("BEHIND", "revision \(revision) is held: it is sent again")
        case .ahead(let revision): ("AHEAD", "revision \(revision) is held, which this node did not send")
        case .different(let digest): ("DIFFERENT", "our revision is held with other bytes: \(digest)")
        }
    }
}
