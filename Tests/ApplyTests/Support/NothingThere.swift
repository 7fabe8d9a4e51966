// A registry without a row, for tests that decide nothing from it.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import Registry

@testable import Apply

struct NothingThere: RegistryReading {
    func load(_ questions: ContextQuestions, into set: WorkingSet) async throws -> WorkingSet { set }
    func entries(_ lineages: [Int64]) async throws -> [Int64: LogEntry] { [:] }
    func records(keyed keys: [UUID]) async throws -> [UUID: UUID] { [:] }
    func firstLineage(of record: UUID) async throws -> Int64? { nil }
    func isRejected(message id: UUID) async throws -> Bool { false }
    func holder(of nik: NIK) async throws -> UUID? { nil }
}
