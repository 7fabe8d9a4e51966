// The score of a socio-economic verification, from the weights of its answers.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// Adds up the weights of five answers and spreads the sum evenly over the scores 1 to 5.
///
/// The scale 1 to 5 is the form's (domain §4.7), how to come to it is nowhere said: the weights are a table of the
/// sector, and a verifier may judge otherwise with a reason.
struct PovertyScore: Sendable {
    static let answers = ["rumah", "penghasilan", "aset", "beban", "risiko"]

    private let weights: [String: [String: Int]]
    /// The sum of the weights of a household that is as poor as can be.
    private let most: Int

    /// - Parameter table: `tables/skor_kemiskinan.csv`, columns `isian`, `nilai` and `bobot`, a row an answer.
    /// - Throws: ``SetupError`` when a row has no weight from 0 to 1,000, or all weigh nothing.
    init(_ table: Table) throws(SetupError) {
        var weights: [String: [String: Int]] = [:]
        for row in table.rows {
            guard let question = row["isian"], let value = row["nilai"], let weight = row.integer("bobot"),
                (0...1_000).contains(weight)
            else { throw SetupError("skor_kemiskinan.csv: a row without isian, nilai or bobot") }
            weights[question, default: [:]][value] = weight
        }
        most = weights.values.reduce(0) { $0 + ($1.values.max() ?? 0) }
        guard most > 0 else { throw SetupError("skor_kemiskinan.csv: no answer weighs anything") }
        self.weights = weights
    }

    /// 1 to 5.
    func score(_ answers: Fields) -> Int { 1 + 5 * sum(answers) / (most + 1) }

    /// The score in words: `rumah tidak layak 2 + beban berat 2 = 4 dari 10, skor 2`.
    func explanation(_ answers: Fields) -> String {
        let parts = Self.answers.compactMap { question -> String? in
            guard let value = answers.text(question), let weight = weights[question]?[value], weight > 0 else {
                return nil
            }
            return "\(question) \(value.split(separator: "_").joined(separator: " ")) \(weight)"
        }
        let sum = parts.isEmpty ? "" : parts.joined(separator: " + ") + " = "
        return "\(sum)\(self.sum(answers)) dari \(most), skor \(score(answers))"
    }

    private func sum(_ answers: Fields) -> Int {
        var sum = 0
        for question in Self.answers {
            if let value = answers.text(question) { sum += weights[question]?[value] ?? 0 }
        }
        return sum
    }
}
