// The named points of the ingest path, where a test may end the process or throw.
// SPDX-License-Identifier: Apache-2.0
import FailPoints

/// One after the other for every transaction of the writer.
enum IngestStage: Sendable {
    case received, grouped, read, compared, prepared, begin, shardLocked, copied, marked, runWritten, beforeCommit
    case afterCommit, beforeAcknowledge, halfAcknowledged, beforeSpool, afterSpool

    /// Ends the process here when the fail point of this name is armed.
    func hit() {
        switch self {
        case .received: FailPoint.hit("ingest.received")
        case .grouped: FailPoint.hit("ingest.grouped")
        case .read: FailPoint.hit("ingest.read")
        case .compared: FailPoint.hit("ingest.compared")
        case .prepared: FailPoint.hit("ingest.prepared")
        case .begin: FailPoint.hit("ingest.begin")
        case .shardLocked: FailPoint.hit("ingest.shard-locked")
        case .copied: FailPoint.hit("ingest.copied")
        case .marked: FailPoint.hit("ingest.marked")
        case .runWritten: FailPoint.hit("ingest.run-written")
        case .beforeCommit: FailPoint.hit("ingest.before-commit")
        case .afterCommit: FailPoint.hit("ingest.after-commit")
        case .beforeAcknowledge: FailPoint.hit("ingest.before-ack")
        case .halfAcknowledged: FailPoint.hit("ingest.half-ack")
        case .beforeSpool: FailPoint.hit("ingest.before-spool")
        case .afterSpool: FailPoint.hit("ingest.after-spool")
        }
    }
}
