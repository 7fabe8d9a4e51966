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
        let registered = changes.filter { !$0.isMove }
        let outcomes = try writer.register(
            connection,
            registered.map { change in
                ResidentRegistration(
                    id: change.id, posyanduID: change.posyandu, household: change.household, sex: change.sex,
                    birthDate: change.birthDate.daysSince1970, motherID: change.mother, nik: change.nik,
                    person: change.person.map { Redacted($0) }, lineage: change.lineage)
            })
        // The decider asked who holds the NIK; an import may have come in between. Decide the batch again.
        guard !outcomes.contains(.nikHeld) else {
            throw ApplyError(.raced, "an import took a NIK while a batch was decided")
        }
        let moved = changes.filter(\.isMove)
        _ = try writer.move(
            connection,
            moved.map { ResidentMove(id: $0.id, posyanduID: $0.posyandu, lineage: $0.lineage) })
    }
}
