// What a posyandu is about to do, and what came of it.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// Whom a record is about.
enum Subject: Hashable, Sendable {
    case resident(Int)
    /// A household of a posyandu, by its index there.
    case household(Int, posyandu: Int)
}

/// A record to be made.
struct Draft: Sendable {
    var type: String
    var subject: Subject?
    var form: Form
    var person: [(name: String, text: String)] = []
    /// Service date, when it is not the day on which the record is written.
    var date: Day?
}

/// One step of a posyandu's life that leads to a message.
enum Deed: Sendable {
    case record(Draft)
    case registerNewborn(Int)
    case moveAway(Int)
    /// The birth date of a resident turns out to be another.
    case changeBirth(Int)
    case correct(record: Int)
    case retract(record: Int)
    /// The same message again, under a new sequence number.
    case repeatMessage(record: Int)
    case moveCase(Int)
    case mistake(Mistake)
}

/// A record as it stands, by the simulator's own account.
struct StandingRecord: Sendable {
    let id: UUID
    let type: String
    let posyandu: Int
    let subject: Subject?
    var date: Day
    var form: Form
    var revision = 1
    var isRetracted = false
    /// Place of its first message in the stream, and of the one that made what stands.
    let message: Int
    var order: Int

    init(id: UUID, type: String, posyandu: Int, subject: Subject?, date: Day, form: Form, message: Int) {
        self.id = id
        self.type = type
        self.posyandu = posyandu
        self.subject = subject
        self.date = date
        self.form = form
        self.message = message
        order = message
    }

    /// The order in which rules see the records of a subject.
    func precedes(_ other: StandingRecord) -> Bool {
        date != other.date ? date < other.date : id.text < other.id.text
    }
}

/// A case and the steps it made.
struct CaseHistory: Sendable {
    let record: Int
    let opened: Day
    var steps: [(day: Day, state: String)]

    var state: String { steps[steps.count - 1].state }

    /// Where the case stood at the end of a day; its opening counts from the start.
    func state(on day: Day) -> String {
        steps.last { $0.day <= day }?.state ?? steps[0].state
    }
}

/// A message of a source's stream.
struct StreamMessage: Sendable {
    let bytes: [UInt8]
    let time: Moment
    /// Nothing that claims no readable time may stand before it.
    var isCaseStep = false
}

/// Everything that one source sends, and what must come of it.
struct SourceStory: Sendable {
    var messages: [StreamMessage] = []
    var records: [StandingRecord] = []
    var cases: [CaseHistory] = []
    /// Messages that take effect.
    var applied = 0
    /// Messages that a rule refuses, by code of the first violation.
    var rejected: [String: Int] = [:]
    /// Messages that intake refuses, by code.
    var refused: [String: Int] = [:]
    var newborns: [Int] = []
    var movedAway: [Int] = []
    /// Residents whose sex or birth date was changed by a message.
    var facts: [Int: Facts] = [:]
}
