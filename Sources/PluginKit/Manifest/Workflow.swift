// The case flow of a sector: states, moves, deadlines, pauses, reopening, rating, who is told when a deadline passes.
// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// How a case moves. The first state is where a case opens.
    package struct Workflow: Sendable {
        /// Who may make a step. A source may act in the roles that it was registered with.
        package enum Role: String, CaseIterable, Sendable {
            case kader, bidan, pengurus, pemdes, kades, opd, kecamatan
            case tpPosyandu = "tp_posyandu"
            case admin
        }

        /// What a move needs besides a role: an office that gets the case, words, a photo, the Kepala Desa's approval.
        package enum Requirement: String, CaseIterable, Sendable { case office, remark, photo, approval }

        /// A move that someone may make.
        package struct Move: Hashable, Sendable {
            package var from: String
            package var to: String
            package var by: [Role]
            package var requires: [Requirement]
            /// Papers, by the names of the form's ticks (`dok_ktp`): ticked in the report, or brought by this or an earlier step.
            package var documents: [String] = []
            /// Fields that the step must bring, kept with it.
            package var fields: [StepField] = []
        }

        /// A field that a step must bring: text, a number or a date.
        package struct StepField: Hashable, Sendable {
            package static let types: [FieldType] = [.text, .integer, .decimal, .date]

            package var name: String
            package var type: FieldType
            package var label: Title?
        }

        /// A number of working days, the parameter that holds it, or one of these for each priority.
        package indirect enum Workdays: Hashable, Sendable {
            case fixed(Int)
            case parameter(String)
            case byPriority([Priority: Workdays], others: Workdays)

            /// The number, given the values of the parameters and the priority of the case.
            package func days(_ parameters: Fields, priority: Priority? = nil) -> Int? {
                switch self {
                case .fixed(let days): days
                case .parameter(let name): parameters.integer(name)
                case .byPriority(let days, let others):
                    (priority.flatMap { days[$0] } ?? others).days(parameters, priority: priority)
                }
            }
        }

        /// A time limit in working days.
        package struct Deadline: Hashable, Sendable {
            package enum End: Hashable, Sendable {
                /// From a state until another; nil until any final state. From the first state: from the report, or from the
                /// reopening.
                case between(from: String, until: String?)
                /// Since the last move, whatever the state.
                case withoutMove
            }
            package var name: String
            package var end: End
            package var workdays: Workdays
            /// Whether passing it tells the next role of ``escalation``.
            package var escalates: Bool
        }

        /// A reason for which the clocks of a case may stand still.
        package struct Pause: Hashable, Sendable {
            package var code: String
            package var label: Title?
            package var by: [Role]
        }

        /// When a case that has ended may be opened again.
        package struct Reopening: Hashable, Sendable {
            package var from: [String]
            package var to: String
            package var by: [Role]
            /// Up to so many working days after it ended; nil for ever.
            package var withinWorkdays: Int?
            /// At most so often; nil as often as one likes.
            package var times: Int?
        }

        /// In which final states the reporter may rate the answer, 1 to 5, and through whom.
        package struct Rating: Hashable, Sendable {
            package static let marks = 1...5

            package var from: [String]
            package var by: [Role]
        }

        package var states: [String]
        package var final: [String]
        package var moves: [Move]
        package var deadlines: [Deadline]
        package var pauses: [Pause] = []
        package var reopening: Reopening?
        package var rating: Rating?
        /// Who is told when a deadline passes once, twice and so on; each once in an episode.
        package var escalation: [Role] = Workflow.standardLadder

        package var initial: String? { states.first }
        package func isFinal(_ state: String) -> Bool { final.contains(state) }
        package func has(_ state: String) -> Bool { states.contains(state) || final.contains(state) }

        /// The move between two states; nil when there is none.
        package func move(from: String, to: String) -> Move? { moves.first { $0.from == from && $0.to == to } }
        package func pause(_ code: String) -> Pause? { pauses.first { $0.code == code } }
        package func deadline(_ name: String) -> Deadline? { deadlines.first { $0.name == name } }

        /// Whether some move waits for the Kepala Desa.
        package var needsApproval: Bool { moves.contains { $0.requires.contains(.approval) } }
    }
}

extension Manifest.Workflow.StepField {
    /// The violation of what a step brings for this field; nil when it fits.
    package func check(_ value: JSONValue?) -> Violation? {
        let field = Manifest.Field(
            name: name,
            type: type,
            unit: nil,
            required: true,
            multiple: false,
            derived: false,
            minimum: nil,
            maximum: nil,
            choices: [],
            pattern: nil,
            label: label,
            help: nil,
            group: nil,
            sensitivity: .normal
        )
        guard let value, !value.isNull else {
            return Violation("isian.wajib", field: name, "\(field.shownName): wajib diisi")
        }
        return field.check(value)
    }
}
