// Checks 5 to 11: what a worker answers, whether it keeps state, and what it survives.
// SPDX-License-Identifier: Apache-2.0

import PluginHost
import PluginKit

extension FixtureRun {
    /// Runs a check over all fixtures; an error is a finding of its fixture.
    private func each(_ body: (Fixture, inout [String]) throws -> Void) -> [String] {
        var findings: [String] = []
        for fixture in fixtures {
            do {
                try body(fixture, &findings)
            } catch {
                findings.append("\(fixture.file): \(error)")
                finishAll()  // the worker may be gone; the next fixture gets a new one
            }
        }
        return findings
    }

    private var recordCount: Int { fixtures.reduce(0) { $0 + $1.records.count } }

    /// 5: recorded answers and figures; every record type and indicator occurs.
    func fixtureCheck() -> ConformanceReport.Outcome {
        var counted: Set<String> = []
        var served: Set<Int> = []
        var findings = each { fixture, findings in
            findings += manifest.problems(withParameters: fixture.parameters)
                .map { "\(fixture.file): parameters: \($0.name) \($0.message)" }
            let answers = try answers(to: fixture)
            guard let recorded = fixture.answers, let figures = fixture.figures else {
                findings.append("\(fixture.file): no answers are recorded; use --record and review them")
                return
            }
            if recorded.count != answers.count {
                findings.append("\(fixture.file): \(answers.count) records, \(recorded.count) recorded answers")
            }
            for (answer, expected) in zip(answers, recorded) where answer != expected {
                findings.append("\(fixture.file): \(answer.id) is answered otherwise than recorded")
            }
            if try self.figures(of: fixture, answers) != figures {
                findings.append("\(fixture.file): the figures differ")
            }
            counted.formUnion(figures.values.keys)
            for (record, answer) in zip(fixture.records, answers) {
                served.formUnion(services(of: record, answer))
            }
        }
        let seen = Set(fixtures.flatMap { $0.records.map(\.type) })
        findings += manifest.records.filter { !seen.contains($0.type) }.map { "\($0.type) occurs in no fixture" }
        findings += manifest.indicators.filter { !counted.contains($0.name) }
            .map { "\($0.name) occurs in the figures of no fixture" }
        findings += Set(manifest.spm.flatMap(\.services)).subtracting(served).sorted()
            .map { "the SPM service \($0) is concerned by no record of a fixture" }
        return .of(findings, "\(fixtures.count) files, \(recordCount) records")
    }

    /// The legal services that an accepted record concerns.
    private func services(of record: Fixture.Record, _ answer: Wire.Answer) -> [Int] {
        guard let type = manifest.record(record.type), let service = manifest.service(of: type) else { return [] }
        let put = answer.effects.lazy.compactMap { effect -> Fields? in
            if case .put(let fields) = effect { fields } else { nil }
        }.first
        return put.map(service.concerned) ?? []
    }

    /// 6: the same bytes twice, from a second process, in another order and in other batches.
    func purityCheck() -> ConformanceReport.Outcome {
        let findings = each { fixture, findings in
            let lines = accepted(fixture).map { fixture.records[$0].line }
            let first = try worker(fixture.parameters)
            let answers = try ask(lines, first)
            if try ask(lines, first) != answers {
                findings.append("\(fixture.file): the second time is another answer")
            }
            let second = try worker(fixture.parameters, isNew: true)
            defer { finish(second) }
            if try ask(lines.reversed(), second).reversed() != answers {
                findings.append("\(fixture.file): another order gives another answer")
            }
            if try ask(lines, second) != answers {
                findings.append("\(fixture.file): a second process answers otherwise")
            }
            var single: [[UInt8]] = []
            for line in lines { single += try ask([line], second) }
            if single != answers { findings.append("\(fixture.file): records alone are answered otherwise") }
        }
        return .of(findings, "twice, second process, reversed, one by one")
    }

    /// 7: an answer stays within the manifest, and the daemon carries all of it out.
    func answerCheck() -> ConformanceReport.Outcome {
        let findings = each { fixture, findings in
            let records = accepted(fixture).map { fixture.records[$0] }
            let lines = try ask(records.map(\.line), try worker(fixture.parameters))
            for (record, line) in zip(records, lines) {
                if let problem = try problem(in: line, to: record) {
                    findings.append("\(fixture.file): \(record.context.record): \(problem)")
                }
            }
        }
        return .of(findings, "\(recordCount) answers within the manifest")
    }

    /// What would make the record dead; nil when the daemon carries out the whole answer.
    private func problem(in line: [UInt8], to record: Fixture.Record) throws -> String? {
        let answer = try Self.answer(line)
        if let type = manifest.record(record.type), let problem = manifest.problem(in: answer, to: type) {
            return problem
        }
        if let fault = sector.fault(in: line, to: record.context.record, of: record.type) { return fault }
        let stray = answer.contributions.first { !$0.period.contains(record.context.date) }
        return stray.map { "contribution to '\($0.indicator)' for a period that does not hold the service date" }
    }

    /// 8: contributions are replaced as a whole: asked again nothing changes, moved everything moves, retracted nothing stays.
    func figureCheck() -> ConformanceReport.Outcome {
        let elsewhere = "0198f000-0000-7000-8000-0000000fffff"
        let findings = each { fixture, findings in
            var kept: [String: Figures.Source] = [:]
            func keep(_ answers: [Wire.Answer], posyandu: String?) {
                for (record, answer) in zip(fixture.records, answers) {
                    kept[answer.id] = Figures.Source(
                        posyandu: posyandu ?? record.context.posyandu,
                        date: record.context.date,
                        contributions: answer.contributions,
                        isAggregate: manifest.record(record.type)?.aggregate != nil
                    )
                }
            }
            func total() throws -> Figures {
                try Figures(fixture.records.compactMap { kept[$0.context.record] }, manifest)
            }
            keep(try answers(to: fixture), posyandu: nil)
            let before = try total()
            keep(try answers(to: fixture), posyandu: nil)
            if try total() != before {
                findings.append("\(fixture.file): a correction without a change changes figures")
            }

            let sent = accepted(fixture)
            let moved = sent.map { Self.line(fixture.records[$0], posyandu: elsewhere) }
            let lines = try ask(moved, try worker(fixture.parameters))
            for line in lines {
                let answer = try Self.answer(line)
                kept[answer.id]?.posyandu = elsewhere
                kept[answer.id]?.contributions = answer.contributions
            }
            let oneByOne = kept.values.allSatisfy { $0.posyandu == elsewhere || $0.contributions.isEmpty }
            if !oneByOne { findings.append("\(fixture.file): moved records leave contributions behind") }
            for record in fixture.records { kept[record.context.record] = nil }
            if try total() != Figures() {
                findings.append("\(fixture.file): figures are left after every record is gone")
            }
        }
        return .of(findings, "corrected, moved and retracted: nothing is left")
    }

    /// 9: damaged payloads end in a violation or an answer, never in the end of the worker.
    func damageCheck() -> ConformanceReport.Outcome {
        var tried = 0
        let findings = each { fixture, findings in
            for (number, record) in fixture.records.enumerated() {
                guard let object = record.payload.object, let type = manifest.record(record.type) else { continue }
                var lines: [[UInt8]] = []
                for (place, name) in object.names.enumerated() {
                    for (kind, value) in Self.damages.enumerated() {
                        var damaged = object
                        damaged[name] = value
                        tried += 1
                        // The daemon's own checks come first; only what they let through reaches a worker.
                        guard Manifest.check(payload: .object(damaged), as: type).isEmpty else { continue }
                        let id = "0198f000-0000-7000-8\(number % 10)\(kind)-\(place)"
                        lines.append(Self.line(record, payload: .object(damaged), id: id))
                    }
                }
                do {
                    _ = try ask(lines, try worker(fixture.parameters))
                } catch {
                    findings.append("\(fixture.file): damaged copies of \(record.context.record): \(error)")
                    finishAll()
                }
            }
        }
        return .of(findings, "\(tried) damaged payloads")
    }

    /// What a field is replaced by: nothing, null, other types, negative, huge, empty.
    private static let damages: [JSONValue?] = [
        nil, .null, true, "teks", -1, 9_000_000_000_000_000_000, "", [], [:], .number(JSONNumber(literal: "1e400")),
        .string(String(repeating: "ä", count: 3_000)),
    ]

    /// 10: unknown fields, every accepted version, large payloads, large batches.
    func toleranceCheck() -> ConformanceReport.Outcome {
        let findings = each { fixture, findings in
            let sent = accepted(fixture)
            let probe = try worker(fixture.parameters)
            let plain = try ask(sent.map { Self.line(fixture.records[$0]) }, probe)
            let padded = sent.map { index in
                var object = fixture.records[index].payload.object ?? [:]
                object["medan_tak_dikenal"] = ["a": [1, .null, "x"]]
                return Self.line(fixture.records[index], payload: .object(object))
            }
            if try ask(padded, probe) != plain {
                findings.append("\(fixture.file): an unknown field changes an answer")
            }
            for index in sent {
                let record = fixture.records[index]
                for version in manifest.record(record.type)?.accepts ?? [] {
                    _ = try ask([Self.line(record, version: version)], probe)
                }
            }
            guard let record = sent.first.map({ fixture.records[$0] }) else { return }
            var object = record.payload.object ?? [:]
            object["medan_tak_dikenal"] = .string(String(repeating: "x", count: 1_000_000))
            if try ask([Self.line(record, payload: .object(object))], probe) != [plain[0]] {
                findings.append("\(fixture.file): a payload of 1 MB is answered otherwise")
            }
            let many = (0..<1_000).map { Self.line(record, id: "0198f000-0000-7000-8000-\(100_000_000_000 + $0)") }
            if try ask(many, probe).count != 1_000 {
                findings.append("\(fixture.file): a batch of 1,000 is not answered")
            }
        }
        return .of(findings, "unknown fields, versions, 1 MB, 1,000 records")
    }

    /// 11: nothing of a record on stderr, and all of it inside the confinement.
    func silenceCheck(isConfined: Bool) -> ConformanceReport.Outcome {
        finishAll()
        let text = String(decoding: said, as: UTF8.self)
        var findings: [String] = []
        for fixture in fixtures {
            for record in fixture.records {
                for member in record.payload.object?.members ?? [] {
                    guard let value = member.value.string, value.utf8.count >= 8, text.contains(value) else { continue }
                    findings.append("\(fixture.file): '\(member.name)' of \(record.context.record) appears on stderr")
                }
            }
        }
        if !findings.isEmpty { return .failed(findings) }
        guard asked > 0 else { return .skipped("no record was answered") }
        guard isConfined else {
            return .skipped("this kernel has no Landlock; stderr is silent, confinement is unproved")
        }
        return .passed("\(said.count) bytes on stderr, confined")
    }
}
