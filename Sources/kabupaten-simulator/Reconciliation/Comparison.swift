// Two sets of values that must be equal, and every place where they are not.
// SPDX-License-Identifier: Apache-2.0

/// Values by key; keys are names joined by blanks.
typealias Values = [String: String]

/// The outcome of one comparison.
struct Comparison: Sendable {
    /// Where the values come from: `log`, `registry`, `frozen`, `outbox`, `stand-in`, `replay`.
    let stage: String
    let what: String
    /// Of the values that were expected.
    let keys: [String]
    let differences: [Difference]

    var compared: Int { keys.count }

    struct Difference: Sendable {
        let key: String
        let expected: String?
        let found: String?
    }

    init(_ stage: String, _ what: String, expected: Values, found: Values) {
        self.stage = stage
        self.what = what
        var differences: [Difference] = []
        for (key, value) in expected where found[key] != value {
            differences.append(Difference(key: key, expected: value, found: found[key]))
        }
        for (key, value) in found where expected[key] == nil {
            differences.append(Difference(key: key, expected: nil, found: value))
        }
        self.differences = differences.sorted { $0.key < $1.key }
        keys = Array(expected.keys)
    }
}

enum Exact {
    /// A decimal without trailing zeros, so that `12.50` and `12.5` are the same text.
    static func normal(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// 100 x part / whole, rounded half up to two decimals; nil over zero. Both are decimals with up to two places.
    static func percent(_ part: String, _ whole: String) -> String? {
        guard let part = hundredths(part), let whole = hundredths(whole), whole != 0 else { return nil }
        return Decimals.text((20_000 * part + whole) / (2 * whole), scale: 2)
    }

    private static func hundredths(_ text: String) -> Int? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = Int(parts[0]), parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return 100 * whole }
        guard parts[1].utf8.count <= 2, let fraction = Int((parts[1] + "00").prefix(2)) else { return nil }
        return 100 * whole + fraction
    }
}
