// What becomes of one log entry.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import MessageLog
import PluginKit

/// The fate of an entry; every entry has exactly one.
enum Verdict: Sendable {
    /// It took effect, or had taken effect already under another sequence number.
    case applied
    /// A rule refused it; the sender is told.
    case rejected([Violation])
    /// It waits, in its order, for a sector or a resident.
    case held(waitsFor: String, reason: String)
    /// It waits for a person.
    case dead(reason: String, detail: String)
    /// Refused at intake: counted there, nothing to do here.
    case skipped
}

/// One entry of a batch on its way to a verdict.
struct Item: Sendable {
    var entry: LogEntry
    /// What a held entry that is tried again waited for; nil for an entry read at the cursor.
    var heldFor: String?
    var message: Message?
    var rules: TypeRules?
    /// The posyandu's number, once found.
    var posyandu: Int32 = 0
    var village = ""
    var verdict: Verdict?
    /// The record that this message makes or replaces: its own id, the id it corrects, or the one of equal key.
    var recordID: UUID?
    /// The resident whom the message names, when the record counts for another one who is the same person.
    var named: UUID?
}
