// Judges an answer line as the daemon does, for the conformance checks.
// SPDX-License-Identifier: Apache-2.0

extension VerifiedSector {
    /// Why the daemon refuses an answer line whole; nil when it takes it. The text quotes no value.
    /// - Parameters:
    ///   - line: without its line feed.
    ///   - id: the record that was asked about.
    ///   - type: its record type.
    package func fault(in line: [UInt8], to id: String, of type: String) -> String? {
        let decoder = AnswerDecoder(rules: rules)
        let read = line.withUnsafeBytes { bytes in
            Result { () throws(BatchFailure) in try decoder.line(bytes, expecting: id, type: type) }
        }
        switch read {
        case .success(.answer(let answer)): return answer.fault
        case .success(.end): return "an end in place of an answer"
        case .failure(let failure): return failure.description
        }
    }
}
