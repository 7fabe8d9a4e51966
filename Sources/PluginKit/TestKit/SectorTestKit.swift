// Runs a sector's fixtures inside a test process and looks for hidden state.
// SPDX-License-Identifier: Apache-2.0

/// Tests a sector without a process, from `swift test`:
///
/// ```swift
/// @testable import KesehatanSector
///
/// @Test func `fixtures give their answers`() throws {
///     let kit = try SectorTestKit(KesehatanSector.self, folder: "…/Plugins/Kesehatan")
///     #expect(kit.problems() == [])
/// }
/// ```
///
/// A fixture is a JSON file of `fixtures/` with `records` (the record lines of the wire: id, type, version, posyandu,
/// date, context, payload), `answers` (one a record: id with effects and contributions, or with violations) and
/// `figures` (indicator → period → number, `[numerator, denominator]` for a ratio). It may set `parameters`.
public struct SectorTestKit<Plugin: SectorPlugin>: Sendable {
    private let folder: String
    private let manifestBytes: [UInt8]
    package let manifest: Manifest
    package let fixtures: [Fixture]

    /// Reads `sector.json` and `fixtures/*.json`.
    ///
    /// - Throws: ``SetupError`` with the findings when one of them has faults.
    public init(_ plugin: Plugin.Type, folder: String) throws(SetupError) {
        self.folder = folder
        manifestBytes = try FileReader.read("\(folder)/sector.json", limit: Manifest.maximumBytes)
        switch Manifest.parse(manifestBytes, file: "sector.json") {
        case .success(let manifest): self.manifest = manifest
        case .failure(let faults): throw SetupError(faults.description)
        }
        var fixtures: [Fixture] = []
        for name in FileReader.names(in: "\(folder)/fixtures") where name.hasSuffix(".json") {
            let bytes = try FileReader.read("\(folder)/fixtures/\(name)", limit: 16 << 20)
            fixtures.append(try Fixture(bytes, file: name))
        }
        self.fixtures = fixtures
    }

    /// Everything that ``fixtureProblems()`` and ``purityProblems()`` find; empty when the sector is well.
    public func problems() -> [String] { coverageProblems() + fixtureProblems() + purityProblems() }

    /// Record types without a handler, handlers without a record type, types and indicators that no fixture uses.
    public func coverageProblems() -> [String] {
        let handled: [String]
        do {
            handled = try answerer([:]).types
        } catch {
            return ["the sector does not start: \(error)"]
        }
        let declared = manifest.records.map(\.type)
        var problems = declared.filter { !handled.contains($0) }.map { "\($0) has no handler" }
        problems += handled.filter { !declared.contains($0) }.map { "\($0) has a handler and is not in the manifest" }
        let seen = Set(fixtures.flatMap { $0.records.map(\.type) })
        problems += declared.filter { !seen.contains($0) }.map { "\($0) occurs in no fixture" }
        let counted = Set(fixtures.flatMap { $0.figures?.values.keys.map { $0 } ?? [] })
        let silent = manifest.indicators.filter { !counted.contains($0.name) }
        return problems + silent.map { "\($0.name) occurs in the figures of no fixture" }
    }

    /// Answers and figures that differ from the recorded ones.
    public func fixtureProblems() -> [String] {
        var problems: [String] = []
        for fixture in fixtures {
            do {
                let answers = try answers(to: fixture)
                problems += differences(fixture, answers)
                let figures = try figures(of: fixture, answers)
                if let recorded = fixture.figures, recorded != figures {
                    problems.append("\(fixture.file): figures are \(figures.json), recorded \(recorded.json)")
                }
                if fixture.answers == nil { problems.append("\(fixture.file): has no recorded answers") }
            } catch {
                problems.append("\(fixture.file): \(error)")
            }
        }
        return problems
    }

    /// Records that are answered otherwise the second time, by a second instance, or in another order.
    public func purityProblems() -> [String] {
        var problems: [String] = []
        for fixture in fixtures {
            do {
                let first = try answerer(fixture.parameters)
                let second = try answerer(fixture.parameters)
                let answers = try fixture.records.map { try line(of: $0, first) }
                let again = try fixture.records.map { try line(of: $0, first) }
                let reversed = Array(try fixture.records.reversed().map { try line(of: $0, second) }.reversed())
                for (index, record) in fixture.records.enumerated()
                where answers[index] != again[index] || answers[index] != reversed[index] {
                    problems.append("\(fixture.file): \(record.context.record) is not always answered alike")
                }
            } catch {
                problems.append("\(fixture.file): \(error)")
            }
        }
        return problems
    }

    /// The fixture files with the answers and figures of now, for a person to review.
    package func recorded() throws -> [(file: String, bytes: [UInt8])] {
        try fixtures.map { fixture in
            let answers = try answers(to: fixture)
            return (fixture.file, fixture.recorded(answers, try figures(of: fixture, answers)))
        }
    }

    private func differences(_ fixture: Fixture, _ answers: [Wire.Answer]) -> [String] {
        guard let expected = fixture.answers else { return [] }
        guard expected.count == answers.count else {
            return ["\(fixture.file): \(answers.count) records, \(expected.count) answers recorded"]
        }
        var problems: [String] = []
        for (record, (answer, recorded)) in zip(fixture.records, zip(answers, expected)) {
            let id = record.context.record
            if answer != recorded {
                problems.append("\(fixture.file): \(id) is answered \(text(answer)), recorded \(text(recorded))")
            }
            if let type = manifest.record(record.type), let problem = manifest.problem(in: answer, to: type) {
                problems.append("\(fixture.file): \(id): \(problem)")
            }
        }
        return problems
    }

    private func answers(to fixture: Fixture) throws -> [Wire.Answer] {
        let answerer = try answerer(fixture.parameters)
        return try fixture.records.map { record in
            let line = try line(of: record, answerer)
            guard case .answer(let answer) = try line.withUnsafeBytes({ try Wire.reply($0) }) else {
                throw WireError("not an answer")
            }
            return answer
        }
    }

    private func figures(of fixture: Fixture, _ answers: [Wire.Answer]) throws -> Figures {
        let sources = zip(fixture.records, answers).map { record, answer in
            Figures.Source(
                posyandu: record.context.posyandu,
                date: record.context.date,
                contributions: answer.contributions,
                isAggregate: manifest.record(record.type)?.aggregate != nil
            )
        }
        return try Figures(sources, manifest)
    }

    /// The answer line, as the daemon would see it: field checks first, then the handler.
    private func line(of record: Fixture.Record, _ answerer: Answerer) throws -> [UInt8] {
        guard let type = manifest.record(record.type) else { throw WireError("\(record.type) is not in the manifest") }
        var answer = Wire.Answer(id: record.context.record)
        answer.violations = Manifest.check(payload: record.payload, as: type)
        if !answer.isRejected {
            answer = try answerer.answer(
                type: record.type,
                version: record.version,
                context: record.context,
                payload: record.payload
            )
        }
        var line: [UInt8] = []
        Wire.encode(answer, to: &line)
        return Array(line.dropLast())
    }

    private func answerer(_ parameters: Fields) throws -> Answerer {
        var values = manifest.parameterDefaults
        for element in parameters.elements { values[element.name] = element.value }
        let setup = Setup(parameters: values, region: "33.25", manifest: manifestBytes, folder: folder)
        return Answerer(try Plugin(setup))
    }

    private func text(_ answer: Wire.Answer) -> String {
        var line: [UInt8] = []
        Wire.encode(answer, to: &line)
        return String(decoding: line.dropLast(), as: UTF8.self)
    }
}
