// What `posyanductl sector list` and the metrics show of one sector.
// SPDX-License-Identifier: Apache-2.0

package import PluginKit

/// One sector as it stands now.
package struct SectorStatus: Sendable {
    package var id: String
    package var folder: String
    /// nil when the folder is refused.
    package var version: String?
    package var title: String?
    package var scope: Manifest.Scope?
    package var stability: Manifest.Stability?
    package var form: Manifest.Form?
    package var state: SectorState
    /// Why it is in that state, when there is more to say than the state's name.
    package var reason: String?
    /// What the operator can do, as a command where there is one.
    package var repair: String?
    /// Process id of the worker.
    package var process: Int32?
    /// Records of the batch that the worker has now; 0 between batches.
    package var recordsInHand = 0
    /// Whether its worker is confined; false only where the kernel cannot and the configuration allows it.
    package var isConfined: Bool
    /// The key that signed the folder.
    package var signedBy: String?
    package var counters: WorkerCounters
}

/// What a form's check came to.
package enum FormCheck: Sendable {
    /// The rules that the payload breaks; empty when it may be sent.
    case violations([Violation])
    case failed(BatchFailure)
    case unavailable(reason: String)
}
