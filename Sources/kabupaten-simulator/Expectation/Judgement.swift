// What a record must lead to, by the simulator's own reading of the rules.
// SPDX-License-Identifier: Apache-2.0

/// How an indicator is made from what records add to it.
enum FigureKind: String, Sendable {
    case distinct, count, sum, stock
}

/// What one record adds to one indicator.
struct Addition: Sendable {
    let indicator: String
    let kind: FigureKind
    /// In hundredths.
    let value: Int
}

/// Sex and birth date of a resident as the registry knows them.
struct Facts: Sendable, Equatable {
    var isMale: Bool
    var birth: Day
}

/// A record with what its rules may look at.
struct Question {
    var type: String
    var form: Form
    var date: Day
    /// nil when the record is about no resident.
    var facts: Facts?
    /// The latest earlier record of the same subject that the type looks back at.
    var earlier: (form: Form, date: Day)?
    /// For weighings: how the child grew; nil while only acceptance matters.
    var growth: GrowthLetter?
    /// For weighings: the scores of what was measured; nil while only acceptance matters.
    var scores: NutritionScores?
    /// For school age: IMT/U in hundredths, plausible or not; nil without weight and height.
    var schoolScore: Int?
    /// Standing records of ``Rules/remembered`` types of the resident that come before this one, oldest first.
    var past: [StandingRecord] = []

    var months: Int { facts.map { date.completedMonths(since: $0.birth) } ?? 0 }
    var years: Int { months / 12 }
    var days: Int { facts.map { date.number - $0.birth.number } ?? 0 }
    var isMale: Bool { facts?.isMale ?? false }
}

/// The letter of a weighing in the SKDN balance.
struct GrowthLetter: Equatable {
    var letter: String
    var isTwiceNotUp = false
    /// Not the first weighing of its month: adds nothing.
    var isRepeated = false
}

/// Refusal, or additions and a case.
struct Judgement {
    /// Code of the first violation; the record is rejected.
    var violation: String?
    var additions: [Addition] = []
    var opensCase = false

    private let prefix: String
    private let isMale: Bool

    init(_ question: Question) {
        prefix = String(question.type.prefix { $0 != "." }) + "."
        isMale = question.isMale
    }

    /// One more person (or household).
    mutating func person(_ name: String, if condition: Bool = true) {
        if condition { add(name, .distinct, 100) }
    }

    /// One more person, in all and of the person's sex.
    mutating func bySex(_ name: String, if condition: Bool = true) {
        guard condition else { return }
        add(name, .distinct, 100)
        add(name + (isMale ? "_l" : "_p"), .distinct, 100)
    }

    /// One more person under one of two names, when the answer is known.
    mutating func person(_ answer: Bool?, yes: String, no: String) {
        if let answer { add(answer ? yes : no, .distinct, 100) }
    }

    mutating func count(_ name: String, if condition: Bool = true) {
        if condition { add(name, .count, 100) }
    }

    mutating func sum(_ name: String, _ number: Int?) {
        if let number { add(name, .sum, 100 * number) }
    }

    mutating func sum(hundredths value: Int, _ name: String) { add(name, .sum, value) }

    mutating func stock(_ name: String, _ number: Int?) {
        if let number { add(name, .stock, 100 * number) }
    }

    /// How a state of a person is said.
    enum StateForm: Equatable {
        /// Only when it holds.
        case plain
        /// Also when it does not hold.
        case none
        /// When it holds, also under the person's sex.
        case bySex
        /// Both.
        case bySexAndNone
    }

    /// Whether the person is in a state, 1 or 0; of a measurement that follows another of the month, always.
    mutating func state(_ name: String, _ holds: Bool, _ form: StateForm, _ isAgain: Bool) {
        let saysNone = form == .none || form == .bySexAndNone
        if holds || isAgain || saysNone { stock(name, holds ? 1 : 0) }
        guard form == .bySex || form == .bySexAndNone, holds || isAgain else { return }
        stock(name + (isMale ? "_l" : "_p"), holds ? 1 : 0)
    }

    mutating func refuse(_ code: String, if condition: Bool = true) {
        if condition, violation == nil { violation = code }
    }

    private mutating func add(_ name: String, _ kind: FigureKind, _ value: Int) {
        additions.append(Addition(indicator: prefix + name, kind: kind, value: value))
    }
}

/// Finds the rules of a type.
enum Rules {
    static func judge(_ question: Question) -> Judgement {
        var result = Judgement(question)
        switch question.type.prefix(while: { $0 != "." }) {
        case "kesehatan": health(question, &result)
        case "pendidikan": education(question, &result)
        case "pekerjaan_umum": publicWorks(question, &result)
        case "perumahan_rakyat": housing(question, &result)
        case "trantibumlinmas": publicOrder(question, &result)
        default: social(question, &result)
        }
        if result.violation != nil {
            result.additions = []
            result.opensCase = false
        }
        return result
    }

    /// The latest earlier record a type looks back at is of this type; nil when it does not look back.
    static func looksBack(_ type: String) -> String? {
        switch type {
        case "pendidikan.anak_usia_dini", "pendidikan.putus_sekolah", "pekerjaan_umum.sumur", "perumahan_rakyat.rtlh",
            "sosial.korban_bencana", "sosial.rehabilitasi_disabilitas", "sosial.rehabilitasi_anak",
            "sosial.rehabilitasi_lansia", "sosial.rehabilitasi_tuna_sosial":
            type
        case "sosial.verifikasi_sosek": "sosial.fakir_miskin"
        default: nil
        }
    }
}
