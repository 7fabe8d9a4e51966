// The posyandu of this kabupaten in memory, for the message path.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient
internal import Synchronization

/// Finds a posyandu by uuid or id without asking the database. Take ``snapshot`` once per batch; it stays as it was
/// when others ``reload(_:)``. Ten thousand posyandu cost about one megabyte.
package final class PosyanduDirectory: Sendable {
    /// What the message path needs to know of a posyandu.
    package struct Entry: Hashable, Sendable {
        package let id: Int32
        package let village: RegionCode
        /// First day of service, days since 1970.
        package let activeFrom: Int32
        /// Last day of service, days since 1970; nil while it serves.
        package let activeTo: Int32?
        /// The kecamatan of the village.
        package let district: RegionCode
    }

    /// One reading of the table.
    package struct Snapshot: Sendable {
        private let entries: [UUID: Entry]
        private let uuids: [Int32: UUID]

        fileprivate init(entries: [UUID: Entry], uuids: [Int32: UUID]) {
            self.entries = entries
            self.uuids = uuids
        }

        package var count: Int { entries.count }
        package subscript(_ uuid: UUID) -> Entry? { entries[uuid] }
        package func uuid(of id: Int32) -> UUID? { uuids[id] }
        package func entry(of id: Int32) -> Entry? { uuids[id].flatMap { entries[$0] } }
        /// Every posyandu, in no particular order.
        package var all: [UUID: Entry] { entries }
    }

    private let current = Mutex(Snapshot(entries: [:], uuids: [:]))

    package init() {}

    package var snapshot: Snapshot { current.withLock { $0 } }

    /// Reads the table anew. Returns the number of posyandu.
    @discardableResult
    package func reload(_ connection: isolated PostgresConnection) throws -> Int {
        let rows = try connection.query(
            "select id, uuid, village_code, active_from, active_to from registry.posyandu order by id"
        )
        var entries = [UUID: Entry](minimumCapacity: rows.count)
        var uuids = [Int32: UUID](minimumCapacity: rows.count)
        for row in rows {
            let uuid = try row.uuid(1)
            guard let village = RegionCode(try row.string(2)), let district = village.district else { continue }
            let entry = Entry(
                id: Int32(truncatingIfNeeded: try row.int(0)),
                village: village,
                activeFrom: try row.date(3),
                activeTo: try row.optionalDate(4),
                district: district
            )
            entries[uuid] = entry
            uuids[entry.id] = uuid
        }
        let snapshot = Snapshot(entries: entries, uuids: uuids)
        current.withLock { $0 = snapshot }
        return snapshot.count
    }
}
