// Collects what was put into the outbox inside a transaction that may be run again.
// SPDX-License-Identifier: Apache-2.0
import Destinations
import Synchronization

final class PlannedDocuments: Sendable {
    private let reports = Mutex<[(String, EnqueueReport)]>([])

    var all: [(String, EnqueueReport)] { reports.withLock { $0 } }

    func clear() { reports.withLock { $0 = [] } }

    func add(_ destination: String, _ report: EnqueueReport) { reports.withLock { $0.append((destination, report)) } }
}
