// Faults on demand: which request of which route meets which fault, by number, in sequence, or drawn from a seed.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Synchronization

/// A script has one rule a line; the first rule that fires decides. The same script, seed and order of requests give the
/// same faults. The format is in `docs/sipd-standin.md`.
final class FaultScript: Sendable {
    private enum When: Sendable {
        case always
        case rate(Double)
        /// Numbers of the requests that the rule's route has seen, from 1.
        case at(ClosedRange<Int>)
    }

    private struct Rule: Sendable {
        var route: String
        var when: When
        /// In turn for a sequence; `nil` lets a request pass.
        var faults: [Fault?]

        func covers(_ name: String) -> Bool {
            route == "*" || route == name || (route.hasSuffix(".*") && name.hasPrefix(route.dropLast()))
        }
    }

    private struct State: Sendable {
        var rules: [Rule] = []
        var seen: [Int] = []
        var random: UInt64 = 1
        var drawn: [String: Int] = [:]
    }

    private let state = Mutex(State())

    init(_ text: String = "", seed: UInt64 = 1) throws { try replace(text, seed: seed) }

    /// Takes a new script and starts counting anew.
    func replace(_ text: String, seed: UInt64 = 1) throws {
        var next = State(random: seed)
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
            guard !words.isEmpty else { continue }
            do {
                if words[0] == "seed" {
                    guard words.count == 2, let seed = UInt64(words[1]) else {
                        throw ValidationError("seed needs a number")
                    }
                    next.random = seed
                } else {
                    next.rules.append(try Self.rule(words))
                }
            } catch let error as ValidationError {
                throw ValidationError("line \(number + 1): \(error.message)")
            }
        }
        next.seen = Array(repeating: 0, count: next.rules.count)
        state.withLock { state in
            next.drawn = state.drawn
            state = next
        }
    }

    /// `503:0.1,reset:0.05` as a script: one rule for all routes and kind.
    static func fromRates(_ rates: String) throws -> String {
        try rates.split(separator: ",").map { part in
            guard let colon = part.lastIndex(of: ":"), let rate = Double(part[part.index(after: colon)...]),
                (0...1).contains(rate)
            else { throw ValidationError("\(part) is not KIND:RATE with a rate from 0 to 1") }
            return "* rate \(rate) \(part[..<colon])"
        }.joined(separator: "\n")
    }

    private static func rule(_ words: [String]) throws -> Rule {
        guard words.count >= 3 else { throw ValidationError("a rule is ROUTE WHEN FAULT") }
        guard words[0] == "*" || Route.all.contains(words[0]) || Route.groups.contains(words[0]) else {
            throw ValidationError("there is no route \(words[0])")
        }
        func one(_ index: Int) throws -> [Fault?] {
            guard words.count == index + 1 else { throw ValidationError("one fault was expected at its end") }
            return [try Fault(words[index])]
        }
        switch words[1] {
        case "always": return Rule(route: words[0], when: .always, faults: try one(2))
        case "rate":
            guard let rate = Double(words[2]), (0...1).contains(rate) else {
                throw ValidationError("a rate lies from 0 to 1")
            }
            return Rule(route: words[0], when: .rate(rate), faults: try one(3))
        case "first":
            guard let count = Int(words[2]), count > 0 else { throw ValidationError("first needs a number from 1") }
            return Rule(route: words[0], when: .at(1...count), faults: try one(3))
        case "at":
            let ends = words[2].split(separator: "-").compactMap { Int($0) }
            guard let from = ends.first, let to = ends.last, ends.count <= 2, from >= 1, to >= from else {
                throw ValidationError("at needs N or N-M")
            }
            return Rule(route: words[0], when: .at(from...to), faults: try one(3))
        case "sequence":
            let faults = try words.dropFirst(2).map { $0 == "ok" ? nil : try Fault($0) }
            return Rule(route: words[0], when: .at(1...faults.count), faults: faults)
        default: throw ValidationError("\(words[1]) is none of always, rate, first, at, sequence")
        }
    }

    /// What happens to the next request of a route.
    func next(_ route: String) -> Fault? {
        state.withLock { state in
            var found: Fault?
            for (index, rule) in state.rules.enumerated() where rule.covers(route) {
                state.seen[index] += 1
                guard found == nil else { continue }
                switch rule.when {
                case .always: found = rule.faults[0]
                case .rate(let rate): if Self.draw(&state.random) < rate { found = rule.faults[0] }
                case .at(let range):
                    if range.contains(state.seen[index]) {
                        found =
                            rule.faults.count == 1 ? rule.faults[0] : rule.faults[state.seen[index] - range.lowerBound]
                    }
                }
            }
            if let found { state.drawn[found.name, default: 0] += 1 }
            return found
        }
    }

    /// How often each fault was met since the start.
    var drawn: [String: Int] { state.withLock { $0.drawn } }

    /// splitmix64, from 0 to below 1.
    private static func draw(_ state: inout UInt64) -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
    }
}

/// The names by which a script calls the routes.
enum Route {
    static let all: Set<String> = [
        "token", "rekap.put", "rekap.get", "rekap.poll", "rekap.delete", "rekap.batch", "rekap.list", "rekap.window",
        "serv.push", "serv.disable", "serv.get", "serv.final", "serv.ref", "dhis2.push", "dhis2.get", "dhis2.task",
        "dhis2.summary", "fhir.put", "fhir.get", "fhir.async",
    ]
    static let groups: Set<String> = ["rekap.*", "serv.*", "dhis2.*", "fhir.*"]
}
