// The toy sector with someone who hears of each question before it is answered.
// SPDX-License-Identifier: Apache-2.0
import PluginHost
import Synchronization

@testable import Apply

final class ObservedSector: SectorAsking {
    typealias Observer = @Sendable ([WorkerRecord]) async -> Void
    private let toy: ToySector
    private let observer = Mutex<Observer?>(nil)

    init(_ toy: ToySector) {
        self.toy = toy
    }

    func observe(_ body: @escaping Observer) { observer.withLock { $0 = body } }

    func ask(sector: String, _ records: [WorkerRecord]) async -> BatchOutcome {
        if let body = observer.withLock({ $0 }) { await body(records) }
        return await toy.ask(sector: sector, records)
    }
}
