// Registers sources, opens and closes their epochs, revokes and blocks them.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient

/// A source to register, with the keys of its first incarnation.
package struct NewSource: Sendable {
    package var uuid: UUID
    package var posyandu: UUID?
    package var name: String?
    /// Random, made by the node at enrolment.
    package var incarnation: UUID
    /// Ed25519 public key, 32 bytes.
    package var signKey: [UInt8]
    /// X25519 public key for files sealed to the node.
    package var sealKey: [UInt8]?
    /// Roles in which it may act on cases; nil when nothing is said of it.
    package var roles: [String]?
    /// Region code within which it may write.
    package var area: String?
    /// Office roles whose cases it may act on as `opd`; empty for every office.
    package var offices: [String]

    package init(
        uuid: UUID,
        posyandu: UUID? = nil,
        name: String? = nil,
        incarnation: UUID,
        signKey: [UInt8],
        sealKey: [UInt8]? = nil,
        roles: [String]? = nil,
        area: String? = nil,
        offices: [String] = []
    ) {
        self.roles = roles
        self.area = area
        self.offices = offices
        self.uuid = uuid
        self.posyandu = posyandu
        self.name = name
        self.incarnation = incarnation
        self.signKey = signKey
        self.sealKey = sealKey
    }
}

/// A source as registered here.
package struct RegisteredSource: Hashable, Sendable {
    package let id: SourceID
    package let uuid: UUID
    package let shard: Int
    package let epoch: Int32
}

/// The statements that change `log.source` and `log.epoch` outside of intake.
package enum LogSources {
    /// Registers sources with epoch 1, all in one transaction. Repeating a call with the same keys gives the same
    /// answer.
    ///
    /// - Parameter shard: for the node's own sources only: 0 for the one that goes up. Children get theirs from their
    ///   UUID.
    /// - Throws: ``MessageLogError`` `.conflict` when one of them is known under another incarnation; then none is
    ///   registered.
    package static func register(
        _ c: isolated PostgresConnection,
        _ sources: [NewSource],
        shard: Int? = nil
    ) throws -> [RegisteredSource] {
        guard !sources.isEmpty else { return [] }
        return try c.transaction {
            let uuids = PostgresValue.uuidArray(sources.map(\.uuid))
            try c.execute(
                """
                insert into log.source as s (uuid, shard, epoch, posyandu, name, roles, area, offices)
                select v.uuid, v.shard, 1, v.posyandu, v.name, string_to_array(v.roles, ' '), v.area,
                       string_to_array(v.offices, ' ')
                  from unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
                       v(uuid, shard, posyandu, name, roles, area, offices)
                on conflict (uuid) do update set roles = excluded.roles, area = excluded.area, offices = excluded.offices
                 where s.roles is null and excluded.roles is not null
                """,
                [
                    uuids, .int2Array(sources.map { Int16(shard ?? Shards.choose(for: $0.uuid)) }),
                    .uuidOptionalArray(sources.map(\.posyandu)), .textOptionalArray(sources.map(\.name)),
                    .textOptionalArray(sources.map { $0.roles?.joined(separator: " ") }),
                    .textOptionalArray(sources.map(\.area)),
                    .textOptionalArray(sources.map { $0.offices.isEmpty ? nil : $0.offices.joined(separator: " ") }),
                ]
            )
            try c.execute(
                """
                insert into log.epoch(source_id, epoch, incarnation, sign_key, seal_key, first_pos)
                select s.source_id, 1, v.incarnation, v.sign_key, v.seal_key,
                       case when s.shard = 0 then (select next_pos from log.shard where shard = 0) end
                  from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[]) v(uuid, incarnation, sign_key, seal_key)
                  join log.source s on s.uuid = v.uuid
                on conflict do nothing
                """,
                [
                    uuids, .uuidArray(sources.map(\.incarnation)), .byteaArray(sources.map(\.signKey)),
                    .byteaOptionalArray(sources.map(\.sealKey)),
                ]
            )
            let rows = try c.query(
                """
                select s.source_id, s.uuid, s.shard, s.epoch
                  from unnest($1::uuid[], $2::uuid[]) with ordinality v(uuid, incarnation, ord)
                  join log.source s on s.uuid = v.uuid
                  join log.epoch e on e.source_id = s.source_id and e.incarnation = v.incarnation
                 order by v.ord
                """,
                [uuids, .uuidArray(sources.map(\.incarnation))]
            )
            guard rows.count == sources.count else {
                throw MessageLogError(
                    .conflict,
                    "\(sources.count - rows.count) sources are registered with other keys; open a new epoch for them"
                )
            }
            return try rows.map { row in
                RegisteredSource(
                    id: SourceID(try row.int(0)),
                    uuid: try row.uuid(1),
                    shard: try row.int(2),
                    epoch: Int32(try row.int(3))
                )
            }
        }
    }

    /// Closes the open epoch with its mark and opens the next one, for a node that enrols again. Lifts the block of a
    /// fork.
    /// The same incarnation again gets the same epoch: a lost reply costs nothing.
    ///
    /// - Throws: ``MessageLogError`` `.unknown` for an unknown source, `.conflict` for a revoked one.
    package static func openEpoch(
        _ c: isolated PostgresConnection,
        source: UUID,
        incarnation: UUID,
        signKey: [UInt8],
        sealKey: [UInt8]? = nil
    ) throws -> Int32 {
        try c.transaction {
            // The row lock stands against the writer: the mark read here is the mark the epoch closes with.
            guard
                let row = try c.query(
                    "select source_id, epoch, hwm, head, state, shard from log.source where uuid = $1 for update",
                    [.uuid(source)]
                ).first
            else { throw MessageLogError(.unknown, "source \(source) is not registered") }
            let (id, epoch, state) = (Int32(try row.int(0)), Int32(try row.int(1)), try row.int(4))
            let same = try c.query(
                "select epoch from log.epoch where source_id = $1 and incarnation = $2",
                [.int4(id), .uuid(incarnation)]
            )
            if let known = same.first { return Int32(try known.int(0)) }
            guard state != Int(SourceRow.State.revoked.rawValue) else {
                throw MessageLogError(.conflict, "source \(source) is revoked")
            }
            let cause: SourceRow.ClosedEpoch.Cause =
                state == Int(SourceRow.State.blocked.rawValue) ? .fork : .enrolment
            try c.execute(
                """
                update log.epoch set closed = now(), closed_hwm = $3, closed_head = $4, closed_by = $5
                 where source_id = $1 and epoch = $2
                """,
                [
                    .int4(id), .int4(epoch), .int8(Int64(try row.int(2))),
                    try row.optionalBytes(3).map { .bytea($0) } ?? .null, .int2(cause.rawValue),
                ]
            )
            try c.execute(
                """
                insert into log.epoch(source_id, epoch, incarnation, sign_key, seal_key, first_pos)
                values ($1, $2, $3, $4, $5,
                        case when $6 = 0 then (select next_pos from log.shard where shard = 0) end)
                """,
                [
                    .int4(id), .int4(epoch + 1), .uuid(incarnation), .bytea(signKey),
                    sealKey.map { .bytea($0) } ?? .null, .int4(Int32(try row.int(5))),
                ]
            )
            try c.execute(
                """
                update log.source set epoch = $2, hwm = 0, head = null, durable_hwm = 0, mark_hwm = 0, state = 0
                 where source_id = $1
                """,
                [.int4(id), .int4(epoch + 1)]
            )
            return epoch + 1
        }
    }

    /// Withdraws a source's key: effective on its next batch, which is put aside for a person.
    package static func revoke(_ c: isolated PostgresConnection, source: UUID) throws {
        try c.transaction {
            let changed = try c.query(
                "update log.source set state = 2 where uuid = $1 returning source_id, epoch, hwm, head",
                [.uuid(source)]
            )
            guard let row = changed.first else {
                throw MessageLogError(.unknown, "source \(source) is not registered")
            }
            try c.execute(
                """
                update log.epoch set closed = now(), closed_hwm = $3, closed_head = $4, closed_by = 2
                 where source_id = $1 and epoch = $2 and closed is null
                """,
                [
                    .int4(Int32(try row.int(0))), .int4(Int32(try row.int(1))), .int8(Int64(try row.int(2))),
                    try row.optionalBytes(3).map { .bytea($0) } ?? .null,
                ]
            )
        }
    }

    /// Blocks a source whose history forked, and counts the batch that showed it.
    static func block(_ c: isolated PostgresConnection, _ source: SourceID, conflicts: Int) throws {
        try c.execute(
            """
            update log.source set state = 1, received = received + $2, conflict = conflict + $2
             where source_id = $1 and state = 0
            """,
            [.int4(source.value), .int8(Int64(conflicts))]
        )
    }

    /// First half of the nightly backup: remembers the marks that the backup will contain.
    package static func markForBackup(_ c: isolated PostgresConnection) throws {
        try c.execute("update log.source set mark_hwm = hwm where mark_hwm <> hwm")
    }

    /// Second half, after the backup and the WAL past it are safe: nodes may forget what lies below.
    package static func backupIsSafe(_ c: isolated PostgresConnection) throws {
        try c.execute("update log.source set durable_hwm = mark_hwm where durable_hwm <> mark_hwm")
    }
}
