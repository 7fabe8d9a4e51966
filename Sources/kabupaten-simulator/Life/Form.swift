// A filled-in form: answers by field name, in the order in which they are sent.
// SPDX-License-Identifier: Apache-2.0

/// One answer.
enum Answer: Hashable, Sendable {
    case number(Int)
    /// A decimal in hundredths, written with as few digits as it needs.
    case hundredths(Int)
    case text(String)
    case flag(Bool)
    case date(Day)
    /// Plain names, such as papers.
    case names([String])

    func write(to json: inout JSONText) {
        switch self {
        case .number(let number): json.number(number)
        case .hundredths(let value): json.literal(Decimals.text(value, scale: 2))
        case .text(let text): json.string(text)
        case .flag(let flag): json.flag(flag)
        case .date(let day): json.string(day.description)
        case .names(let names): json.literal("[" + names.map { "\"\($0)\"" }.joined(separator: ",") + "]")
        }
    }
}

/// What a record says. Rules read it by name.
struct Form: Sendable, ExpressibleByDictionaryLiteral {
    private(set) var answers: [(name: String, answer: Answer)]

    init(dictionaryLiteral elements: (String, Answer)...) { answers = elements.map { ($0.0, $0.1) } }

    subscript(name: String) -> Answer? {
        get { answers.first { $0.name == name }?.answer }
        set {
            if let place = answers.firstIndex(where: { $0.name == name }) {
                if let newValue { answers[place].answer = newValue } else { answers.remove(at: place) }
            } else if let newValue {
                answers.append((name, newValue))
            }
        }
    }

    func number(_ name: String) -> Int? {
        if case .number(let number)? = self[name] { number } else { nil }
    }

    func hundredths(_ name: String) -> Int? {
        if case .hundredths(let value)? = self[name] { value } else { nil }
    }

    func text(_ name: String) -> String? {
        if case .text(let text)? = self[name] { text } else { nil }
    }

    func flag(_ name: String) -> Bool? {
        if case .flag(let flag)? = self[name] { flag } else { nil }
    }

    func isYes(_ name: String) -> Bool { flag(name) == true }

    /// How many of the named answers are yes.
    func yes(_ names: [String]) -> Int { names.count { isYes($0) } }
}

/// Exact decimals as text.
enum Decimals {
    /// `650` at scale 2 is `6.5`.
    static func text(_ value: Int, scale: Int) -> String {
        var digits = String(abs(value))
        while digits.utf8.count <= scale { digits = "0" + digits }
        var whole = String(digits.dropLast(scale))
        var fraction = String(digits.suffix(scale))
        while fraction.hasSuffix("0") { fraction.removeLast() }
        if value < 0 { whole = "-" + whole }
        return fraction.isEmpty ? whole : whole + "." + fraction
    }
}
