// The trail of who looked at whom and why: each row bound to the one before it.
// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import FoundationEssentials
package import PostgresClient

/// One look, as it is written down. `object` is an id, never a name or a NIK.
package struct AccessNote: Hashable, Sendable {
    package enum Outcome: String, Sendable { case granted, refused }

    package var act: String
    package var object: String
    /// The role by which a confidential record was seen; nil where none is needed.
    package var role: String?
    package var outcome: Outcome

    package init(_ act: String, _ object: String, role: String? = nil, outcome: Outcome = .granted) {
        self.act = act
        self.object = object
        self.role = role
        self.outcome = outcome
    }
}

/// One row of the trail.
package struct AccessRow: Sendable {
    /// nil for a row older than the chain.
    package var seq: Int64?
    /// Microseconds since 1970 UTC.
    package var at: Int64
    package var actor: String
    package var role: String?
    package var act: String
    package var object: String
    package var purpose: String
    package var outcome: String
}

/// Writes and checks `registry.access_log`. A row carries an HMAC over its content and the HMAC before it, under a key that
/// only the daemon has; `registry.access_head` holds the end of the chain under a seal of its own. Whoever may write to the
/// database but has no key can neither change nor remove a row unseen.
package struct AccessLog: Sendable {
    private let key: SymmetricKey

    package init(_ cipher: ResidentCipher) {
        key = cipher.trailKey
    }

    /// Writes notes at the end of the chain. Call inside the transaction of the look: no trail, no answer.
    package func append(
        _ connection: isolated PostgresConnection,
        _ notes: [AccessNote],
        _ reason: AccessReason
    ) throws {
        guard !notes.isEmpty else { return }
        let row = try connection.query("select seq, mac, seal, clock_timestamp() from registry.access_head for update")
            .first
        guard let row else { throw Self.headless }
        var seq = Int64(try row.int(0))
        var mac = try row.bytes(1)
        let at = try row.timestamp(3)
        guard isGenuine(seq, mac, seal: try row.optionalBytes(2)) else { throw Self.forgedHead }
        var macs: [[UInt8]] = []
        let first = seq + 1
        for note in notes {
            seq += 1
            mac = link(
                AccessRow(
                    seq: seq,
                    at: at,
                    actor: reason.actor,
                    role: note.role,
                    act: note.act,
                    object: note.object,
                    purpose: reason.purpose,
                    outcome: note.outcome.rawValue
                ),
                seq,
                after: mac
            )
            macs.append(mac)
        }
        try connection.execute(
            """
            insert into registry.access_log (seq, at, actor, purpose, act, object, role, outcome, mac)
            select $1 + place - 1, $2, $3, $4, act, object, role, outcome, mac
            from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[]) with ordinality
              as n(act, object, role, outcome, mac, place)
            order by place
            """,
            [
                .int8(first), .timestamptz(at), .text(reason.actor), .text(reason.purpose),
                .textArray(notes.map(\.act)), .textArray(notes.map(\.object)), .textOptionalArray(notes.map(\.role)),
                .textArray(notes.map(\.outcome.rawValue)), .byteaOptionalArray(macs),
            ]
        )
        try connection.execute(
            "update registry.access_head set seq = $1, mac = $2, seal = $3",
            [.int8(seq), .bytea(mac), .bytea(seal(seq, mac))]
        )
    }

    /// What a reader of the trail asks for.
    package struct Query: Sendable {
        package var actor: String?
        package var object: String?
        /// Microseconds since 1970 UTC.
        package var since: Int64?
        package var onlyRefused = false
        package var limit = 100

        package init() {}
    }

    /// The newest rows first.
    package static func read(_ connection: isolated PostgresConnection, _ query: Query) throws -> [AccessRow] {
        try connection.query(
            """
            select \(columns) from registry.access_log
            where ($1::text is null or actor = $1) and ($2::text is null or object = $2)
              and ($3::timestamptz is null or at >= $3) and (not $4 or outcome = 'refused')
            order by id desc limit $5
            """,
            [
                query.actor.map { .text($0) } ?? .null, query.object.map { .text($0) } ?? .null,
                query.since.map { .timestamptz($0) } ?? .null, .bool(query.onlyRefused), .int8(Int64(query.limit)),
            ]
        ).map { try Self.row($0) }
    }

    /// What is wrong with the chain.
    package struct Audit: Sendable {
        package struct Fault: Hashable, Sendable {
            package var seq: Int64
            package var what: String
        }
        /// Rows in the chain.
        package var rows = 0
        /// Rows from before there was a chain: nothing proves them.
        package var unchained = 0
        package var last: Int64 = 0
        /// HMAC at the end, to be written down somewhere else; hexadecimal.
        package var head = ""
        package var faults: [Fault] = []
    }

    /// Follows the chain from its beginning to its end. Call it inside a transaction of one snapshot.
    package func audit(_ connection: isolated PostgresConnection) throws -> Audit {
        var audit = Audit()
        var previous: [UInt8]? = [UInt8](repeating: 0, count: 32)
        var reached: Int64 = 0
        while true {
            let rows = try connection.query(
                "select \(Self.columns), mac from registry.access_log where seq > $1 order by seq limit 5000",
                [.int8(reached)]
            )
            for row in rows {
                let entry = try Self.row(row)
                let seq = entry.seq ?? 0
                let mac = try row.bytes(8)
                if seq != reached + 1 {
                    let gap = reached + 1 == seq - 1 ? "row \(reached + 1)" : "rows \(reached + 1) to \(seq - 1)"
                    audit.faults.append(.init(seq: reached + 1, what: "\(gap) missing"))
                    previous = nil
                }
                if let previous, link(entry, seq, after: previous) != mac {
                    audit.faults.append(.init(seq: seq, what: "row \(seq) was changed, or the one before it"))
                }
                audit.rows += 1
                (previous, reached) = (mac, seq)
            }
            if rows.count < 5_000 { break }
        }
        audit.last = reached
        audit.unchained =
            try connection.query("select count(*) from registry.access_log where seq is null").first?.int(0) ?? 0
        guard let head = try connection.query("select seq, mac, seal from registry.access_head").first else {
            audit.faults.append(.init(seq: reached, what: "the head of the chain is missing"))
            return audit
        }
        let (seq, mac) = (Int64(try head.int(0)), try head.bytes(1))
        audit.head = mac.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        if !isGenuine(seq, mac, seal: try head.optionalBytes(2)) {
            audit.faults.append(.init(seq: seq, what: "the head of the chain was not written by this daemon"))
        } else if seq != reached {
            audit.faults.append(.init(seq: seq, what: "the chain ends at \(reached), its head says \(seq)"))
        } else if let previous, previous != mac {
            audit.faults.append(.init(seq: seq, what: "row \(seq) is not the one that the head knows"))
        }
        return audit
    }

    // MARK: Chain

    private static let columns = "seq, at, actor, role, act, object, purpose, outcome"

    private static func row(_ row: PostgresRow) throws -> AccessRow {
        AccessRow(
            seq: try row.optionalInt(0).map { Int64($0) },
            at: try row.timestamp(1),
            actor: try row.string(2),
            role: try row.optionalString(3),
            act: try row.string(4),
            object: try row.string(5),
            purpose: try row.string(6),
            outcome: try row.string(7)
        )
    }

    private func link(_ row: AccessRow, _ seq: Int64, after previous: [UInt8]) -> [UInt8] {
        var bytes = previous
        withUnsafeBytes(of: seq.bigEndian) { bytes += $0 }
        withUnsafeBytes(of: row.at.bigEndian) { bytes += $0 }
        for text in [row.actor, row.role, row.act, row.object, row.purpose, row.outcome] {
            let length = text.map { Int32($0.utf8.count) } ?? -1
            withUnsafeBytes(of: length.bigEndian) { bytes += $0 }
            bytes += Array((text ?? "").utf8)
        }
        return code("row", bytes)
    }

    private func seal(_ seq: Int64, _ mac: [UInt8]) -> [UInt8] {
        code("head", withUnsafeBytes(of: seq.bigEndian) { Array($0) } + mac)
    }

    /// An empty chain has no seal yet.
    private func isGenuine(_ seq: Int64, _ mac: [UInt8], seal found: [UInt8]?) -> Bool {
        guard let found else { return seq == 0 && mac.allSatisfy { $0 == 0 } }
        return found == seal(seq, mac)
    }

    private func code(_ what: String, _ bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("access \(what) v1:".utf8) + bytes, using: key))
    }

    private static let headless = RegistryError(
        .trail,
        "The trail of looks has lost its head: nothing confidential is shown.",
        hint: "posyanductl audit access"
    )
    private static let forgedHead = RegistryError(
        .trail,
        "The head of the trail of looks was not written by this daemon: nothing confidential is shown.",
        hint: "posyanductl audit access; restore registry.access_log from a backup"
    )
}
