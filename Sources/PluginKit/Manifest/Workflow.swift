// The case flow of a sector: states, moves, deadlines.
// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// How a case moves. The first state is where a case opens.
    package struct Workflow: Sendable {
        package enum Role: String, CaseIterable, Sendable { case kader, bidan, pemdes, opd, admin }
        package enum Requirement: String, CaseIterable, Sendable { case office, remark, photo }

        /// A move that someone may make.
        package struct Move: Hashable, Sendable {
            package var from: String
            package var to: String
            package var by: [Role]
            package var requires: [Requirement]
        }

        /// A number of working days, or the parameter that holds it.
        package enum Workdays: Hashable, Sendable {
            case fixed(Int)
            case parameter(String)

            /// The number, given the values of the parameters.
            package func days(_ parameters: Fields) -> Int? {
                switch self {
                case .fixed(let days): days
                case .parameter(let name): parameters.integer(name)
                }
            }
        }

        /// A time limit in working days.
        package struct Deadline: Hashable, Sendable {
            package enum End: Hashable, Sendable {
                /// From a state until another; nil until any final state.
                case between(from: String, until: String?)
                /// Since the last move, whatever the state.
                case withoutMove
            }
            package var name: String
            package var end: End
            package var workdays: Workdays
            /// Whether passing it raises a task for the next role.
            package var escalates: Bool
        }

        package var states: [String]
        package var final: [String]
        package var moves: [Move]
        package var deadlines: [Deadline]

        package var initial: String? { states.first }
        package func isFinal(_ state: String) -> Bool { final.contains(state) }
        package func has(_ state: String) -> Bool { states.contains(state) || final.contains(state) }

        /// The move between two states; nil when there is none.
        package func move(from: String, to: String) -> Move? { moves.first { $0.from == from && $0.to == to } }

        /// The flow of Kab. Tegal's guide (`docs/domain.md` §5.2 and §5.3), which `"use": "standar"` takes.
        package static let standard = Workflow(
            states: ["didata", "verifikasi_kunjungan", "diajukan_pemdes", "disposisi_opd"],
            final: ["selesai", "ditolak"],
            moves: [
                Move(from: "didata", to: "verifikasi_kunjungan", by: [.kader, .bidan, .pemdes], requires: []),
                Move(from: "didata", to: "ditolak", by: [.pemdes], requires: [.remark]),
                Move(from: "verifikasi_kunjungan", to: "diajukan_pemdes", by: [.kader, .bidan, .pemdes], requires: []),
                Move(from: "verifikasi_kunjungan", to: "ditolak", by: [.kader, .bidan, .pemdes], requires: [.remark]),
                Move(from: "diajukan_pemdes", to: "disposisi_opd", by: [.pemdes], requires: [.office]),
                Move(from: "diajukan_pemdes", to: "selesai", by: [.pemdes], requires: [.remark]),
                Move(from: "diajukan_pemdes", to: "ditolak", by: [.pemdes], requires: [.remark]),
                Move(from: "disposisi_opd", to: "selesai", by: [.opd, .pemdes], requires: [.remark]),
                Move(from: "disposisi_opd", to: "ditolak", by: [.opd, .pemdes], requires: [.remark]),
            ],
            deadlines: [
                Deadline(
                    name: "pelayanan",
                    end: .between(from: "didata", until: nil),
                    workdays: .fixed(5),
                    escalates: false
                ),
                Deadline(name: "macet", end: .withoutMove, workdays: .fixed(3), escalates: true),
            ]
        )
    }
}
