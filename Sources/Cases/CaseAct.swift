// What people and the node do to a case, and what stands of a case before and after.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// A case as the rules see it: what its steps so far have made of it.
package struct CaseSituation: Hashable, Sendable {
    package var state: String
    /// 1, and one more each time it was opened again.
    package var episode = 1
    /// Steps so far, the opening among them.
    package var revision = 1
    /// Role of the office that has it.
    package var office: String?
    /// Code of the reason for which its clocks stand still; nil while they run.
    package var pause: String?
    /// Day on which it ended; nil while it is open.
    package var closed: CivilDate?
    /// The Kepala Desa approved that it is forwarded, in this episode.
    package var isApproved = false
    /// The reporter's mark in this episode.
    package var rating: Int?
    /// Roles that an escalation of this episode has told, in the order of the ladder.
    package var told: [String] = []
    /// Papers that are there: ticked in the report, or brought by a step.
    package var documents: Set<String> = []

    package init(state: String, office: String? = nil, documents: Set<String> = []) {
        self.state = state
        self.office = office
        self.documents = documents
    }
}

/// What a move brings along.
package struct CaseStepParts: Hashable, Sendable {
    package var office: String?
    package var remark: String?
    package var documents: Set<String> = []
    /// How many photos.
    package var photos = 0
    /// Fields of the step by name.
    package var fields: [String: JSONValue] = [:]
    /// The role that the move says approves it.
    package var approval: String?

    package init() {}
}

/// A step of a case, as a message asks for it.
package enum CaseAct: Hashable, Sendable {
    case move(from: String?, to: String?, CaseStepParts)
    case pause(reason: String?, remark: String?)
    case resume
    case reopen(remark: String?)
    case rate(Int?)
    case approve
    /// The node tells a role that a deadline has passed; it names what it saw when it decided so.
    case escalate(episode: Int, revision: Int, deadline: String, role: String)
}

/// Why a step is refused.
package struct CaseFault: Error, Hashable, Sendable {
    /// For programs, `kasus.langkah`.
    package let code: String
    /// The member of the message's data.
    package let field: String
    /// For a kader, in Indonesian.
    package let message: String

    init(_ code: String, _ field: String, _ message: String) {
        self.code = code
        self.field = field
        self.message = message
    }
}
