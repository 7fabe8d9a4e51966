// A case as a batch knows it and its new steps, on their way to `registry.case` and `registry.case_move`.
// SPDX-License-Identifier: Apache-2.0
import Cases
import FoundationEssentials
import MessageLog
import PluginKit

/// A case opened by a record, with what the batch does to it.
struct CaseState: Sendable {
    var id: UUID
    var type: Int16
    var posyandu: Int32
    var reason: String
    var priority: String
    /// Service date of the report.
    var opened: CivilDate
    var openedAt: Int64?
    /// When its state last changed.
    var moved: Int64
    /// When the last step of any kind was made: none is earlier.
    var lastStep: Int64
    /// Log entry of the record that opened it.
    var openedBy: Int64
    var lineage: Int64
    var situation: CaseSituation
    var pausedAt: Int64?
    var closedAt: Int64?
    var approvedAt: Int64?
    /// What the villager asks with; set when the case opens.
    var receipt: String?
    /// Steps that the batch adds.
    var moves: [CaseMove] = []

    /// Takes over what the rules made of a step. Papers that the report ticked are not kept again.
    mutating func take(_ after: CaseSituation, _ request: StepRequest, at: Int64, lineage: Int64, source: SourceID) {
        let before = situation
        var brought = before.documents
        var move = CaseMove(
            kind: request.kind,
            from: before.state,
            to: after.state,
            by: request.role ?? "",
            at: at,
            episode: after.episode,
            lineage: lineage
        )
        move.source = source.value
        move.remark = request.remark
        move.body = request.body
        switch request.act {
        case .move(_, _, let parts):
            move.office = parts.office
            brought.formUnion(parts.documents)
        case .pause(let reason, _): move.reason = reason
        case .resume: move.reason = before.pause
        case .rate(let mark): move.rating = mark.map { Int16(clamping: $0) }
        case .escalate(_, _, let deadline, let role):
            move.reason = deadline
            move.office = role
        case .reopen, .approve: break
        }
        situation = after
        situation.documents = brought
        if ["move", "reopen"].contains(request.kind) { moved = at }
        pausedAt = after.pause == nil ? nil : pausedAt ?? at
        closedAt = after.closed == nil ? nil : closedAt ?? at
        approvedAt = after.isApproved ? approvedAt ?? at : nil
        lastStep = at
        self.lineage = lineage
        moves.append(move)
    }
}

/// One step of a case; the history is append-only.
struct CaseMove: Sendable {
    var kind: String
    var from: String?
    var to: String
    var by: String
    var at: Int64
    var episode: Int
    var remark: String?
    /// Code: of a pause, why; of an escalation, the deadline that passed.
    var reason: String?
    /// The office that a move gives the case to; of an escalation, the role that is told.
    var office: String?
    var source: Int32?
    var body: [UInt8]?
    var rating: Int16?
    var lineage: Int64

    init(kind: String, from: String?, to: String, by: String, at: Int64, episode: Int, lineage: Int64) {
        self.kind = kind
        self.from = from
        self.to = to
        self.by = by
        self.at = at
        self.episode = episode
        self.lineage = lineage
    }
}
