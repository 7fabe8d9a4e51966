// Hands residents that a batch registered or moved to the registry, in log order.
// SPDX-License-Identifier: Apache-2.0
import PluginKit
import PostgresClient
import Registry

enum ResidentWriting {
    static func write(
        _ changes: [ResidentChange],
        _ connection: isolated PostgresConnection,
        _ cipher: ResidentCipher
    ) throws {
        guard !changes.isEmpty else { return }
        let writer = RegistryWriter(cipher: cipher)
        // Runs of one kind, so that a resident who is registered and moved in one batch goes through both in order.
        var rest = changes[...]
        while let first = rest.first {
            let run = rest.prefix { $0.isMove == first.isMove }
            rest = rest.dropFirst(run.count)
            let outcomes =
                first.isMove
                ? try writer.move(
                    connection,
                    run.map { ResidentMove(id: $0.id, posyanduID: $0.posyandu, lineage: $0.lineage) }
                )
                : try register(Array(run), connection, writer)
            let silent = zip(run, outcomes).filter { $0.1 == .unchanged }.map(\.0)
            if !silent.isEmpty { try keep(silent, connection) }
        }
    }

    /// Notes messages that changed nothing: an older one that comes later must not win over them.
    private static func keep(_ changes: [ResidentChange], _ connection: isolated PostgresConnection) throws {
        try connection.execute(
            """
            insert into registry.resident_message(resident_id, lineage)
            select * from unnest($1::uuid[], $2::bigint[]) on conflict do nothing
            """,
            [.uuidArray(changes.map(\.id)), .int8Array(changes.map(\.lineage))]
        )
    }

    private static func register(
        _ changes: [ResidentChange],
        _ connection: isolated PostgresConnection,
        _ writer: RegistryWriter
    ) throws -> [ResidentOutcome] {
        let outcomes = try writer.register(
            connection,
            changes.map { change in
                ResidentRegistration(
                    id: change.id,
                    posyanduID: change.posyandu,
                    household: change.household,
                    sex: change.sex,
                    birthDate: change.birthDate.daysSince1970,
                    motherID: change.mother,
                    nik: change.nik,
                    person: change.person.map { Redacted($0) },
                    lineage: change.lineage
                )
            }
        )
        // The decider asked who holds the NIK; an import may have come in between. Decide the batch again.
        guard !outcomes.contains(.nikHeld) else {
            throw ApplyError(.raced, "an import took a NIK while a batch was decided")
        }
        return outcomes
    }
}
