// Writes what the core messages say about residents: registered, moved.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient

/// One `warga.terdaftar`.
package struct ResidentRegistration: Sendable {
    package var id: UUID
    package var posyanduID: Int32
    package var household: UUID?
    /// `L` or `P`.
    package var sex: String
    /// Days since 1970.
    package var birthDate: Int32
    package var motherID: UUID?
    /// Nil leaves the NIK that is there.
    package var nik: NIK?
    /// The message's `person` object without its `nik`, as JSON bytes; nil leaves what is there.
    package var person: Redacted<[UInt8]>?
    /// `pos * 16 + shard` of the log entry.
    package var lineage: Int64

    package init(
        id: UUID,
        posyanduID: Int32,
        household: UUID? = nil,
        sex: String,
        birthDate: Int32,
        motherID: UUID? = nil,
        nik: NIK? = nil,
        person: Redacted<[UInt8]>? = nil,
        lineage: Int64
    ) {
        self.id = id
        self.posyanduID = posyanduID
        self.household = household
        self.sex = sex
        self.birthDate = birthDate
        self.motherID = motherID
        self.nik = nik
        self.person = person
        self.lineage = lineage
    }
}

/// One `warga.pindah`.
package struct ResidentMove: Sendable {
    package var id: UUID
    package var posyanduID: Int32
    package var lineage: Int64

    package init(id: UUID, posyanduID: Int32, lineage: Int64) {
        self.id = id
        self.posyanduID = posyanduID
        self.lineage = lineage
    }
}

/// What became of one registration or move.
package enum ResidentOutcome: Hashable, Sendable {
    case inserted
    /// A new revision; the predecessor is kept.
    case revised
    /// Applied before, or nothing new in it.
    case unchanged
    /// Another resident has this NIK; nothing was written.
    case nikHeld
    /// There is no resident with this id.
    case unknown
}

/// The registry's own writes, in batches. Each call runs inside the caller's transaction and costs a fixed number of
/// statements per round; a resident who occurs several times in a batch takes several rounds, in the order given.
package struct RegistryWriter: Sendable {
    private let cipher: ResidentCipher

    package init(cipher: ResidentCipher) {
        self.cipher = cipher
    }

    /// Outcomes in the order of `rows`. A row whose lineage made a revision of the resident already is a replay: `.unchanged`.
    /// Lineages of different shards have no order: which message counts is decided by who calls.
    package func register(
        _ connection: isolated PostgresConnection,
        _ rows: [ResidentRegistration]
    ) throws -> [ResidentOutcome] {
        var outcomes = [ResidentOutcome](repeating: .unchanged, count: rows.count)
        var keys: [(id: UUID, nik: [UInt8]?)] = []
        for row in rows { keys.append((row.id, row.nik.map(cipher.index))) }
        var waiting = Array(rows.indices)
        while !waiting.isEmpty {
            var ids: Set<UUID> = []
            var niks: Set<[UInt8]> = []
            var round: [Int] = []
            var later: [Int] = []
            for place in waiting {
                let isFree = !ids.contains(keys[place].id) && keys[place].nik.map(niks.contains) != true
                ids.insert(keys[place].id)
                if let nik = keys[place].nik { niks.insert(nik) }
                if isFree { round.append(place) } else { later.append(place) }
            }
            try registerRound(connection, rows, keys.map(\.nik), round, &outcomes)
            waiting = later
        }
        return outcomes
    }

    private func registerRound(
        _ connection: isolated PostgresConnection,
        _ rows: [ResidentRegistration],
        _ indexes: [[UInt8]?],
        _ round: [Int],
        _ outcomes: inout [ResidentOutcome]
    ) throws {
        let known = try StoredResident.lock(connection, ids: round.map { rows[$0].id })
        let made = try StoredResident.lineages(connection, known)
        let holders = try StoredResident.holders(connection, niks: round.compactMap { indexes[$0] })
        var inserts: [StoredResident] = []
        var updates: [StoredResident] = []
        for place in round {
            let row = rows[place]
            let old = known[row.id]
            if made[row.id]?.contains(row.lineage) ?? false {
                continue
            } else if let index = indexes[place], let holder = holders[index], holder != row.id {
                outcomes[place] = .nikHeld
            } else if let old {
                guard let new = try revision(of: old, row, indexes[place]) else { continue }
                outcomes[place] = .revised
                updates.append(new)
            } else {
                outcomes[place] = .inserted
                inserts.append(try StoredResident(row, indexes[place], cipher))
            }
        }
        try StoredResident.insert(connection, inserts)
        try StoredResident.replace(connection, updates)
    }

    /// The next revision; nil when the message brings nothing new.
    private func revision(
        of old: StoredResident,
        _ row: ResidentRegistration,
        _ index: [UInt8]?
    ) throws -> StoredResident? {
        var new = old
        new.posyanduID = row.posyanduID
        new.sex = row.sex
        new.birthDate = row.birthDate
        new.mother = row.motherID ?? old.mother
        new.household = row.household ?? old.household
        let storedPerson = try old.personSealed.map { try cipher.open($0, .residentPerson, row: row.id) }
        let isSamePerson = row.person.map { $0.reveal() == storedPerson } ?? true
        let isSameNIK = index == nil || index == old.nikIndex
        if new == old && isSamePerson && isSameNIK { return nil }
        if !isSamePerson, let person = row.person {
            new.personSealed = try cipher.seal(person.reveal(), .residentPerson, row: row.id)
            new.keyVersion = cipher.keyVersion
        }
        if !isSameNIK, let nik = row.nik {
            new.nikIndex = index
            new.nikSealed = try cipher.seal(nik, .residentNIK, row: row.id)
            new.keyVersion = cipher.keyVersion
        }
        new.lineage = row.lineage
        return new
    }

    /// Outcomes in the order of `moves`.
    package func move(
        _ connection: isolated PostgresConnection,
        _ moves: [ResidentMove]
    ) throws -> [ResidentOutcome] {
        var outcomes = [ResidentOutcome](repeating: .unknown, count: moves.count)
        var waiting = Array(moves.indices)
        while !waiting.isEmpty {
            var ids: Set<UUID> = []
            let round = waiting.filter { ids.insert(moves[$0].id).inserted }
            let known = try StoredResident.lock(connection, ids: round.map { moves[$0].id })
            let made = try StoredResident.lineages(connection, known)
            var updates: [StoredResident] = []
            for place in round {
                guard var resident = known[moves[place].id] else { continue }
                let isReplay = made[resident.id]?.contains(moves[place].lineage) ?? false
                if isReplay || resident.posyanduID == moves[place].posyanduID {
                    outcomes[place] = .unchanged
                    continue
                }
                resident.posyanduID = moves[place].posyanduID
                resident.lineage = moves[place].lineage
                outcomes[place] = .revised
                updates.append(resident)
            }
            try StoredResident.replace(connection, updates)
            waiting = waiting.filter { !round.contains($0) }
        }
        return outcomes
    }
}
