// Asks a sector's handlers about one record, the way the daemon does: manifest check first, then the answer.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

/// A sector with the parameters and tables of its folder.
struct RuleBench {
    let manifest: Manifest
    private let answerer: Answerer

    init<Plugin: SectorPlugin>(_ sector: Plugin.Type, folder name: String, parameters: Fields = [:]) throws {
        let folder = RuleBench.folder(name)
        let bytes = try FileReader.read(folder + "/sector.json", limit: 1 << 20)
        let manifest = try Manifest.parse(bytes, file: "sector.json").get()
        var values = manifest.parameterDefaults
        for parameter in parameters.elements { values[parameter.name] = parameter.value }
        let setup = Setup(parameters: values, region: "33.25", manifest: bytes, folder: folder)
        self.manifest = manifest
        answerer = Answerer(try sector.init(setup))
    }

    /// `Plugins/<name>`, next to `Tests`.
    static func folder(_ name: String) -> String {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/") + "/Plugins/" + name
    }

    var types: [String] { answerer.types }

    /// The answer to a record. Checks that it names nothing that the manifest does not declare.
    func answer(
        _ type: String,
        _ payload: String,
        on date: String,
        subject: Subject? = nil,
        previous: [EarlierRecord] = [],
        id: String = "r"
    ) throws -> Outcome {
        let record = try #require(manifest.record(type))
        let json = try JSONParser.parse(payload)
        let violations = Manifest.check(payload: json, as: record)
        if !violations.isEmpty {
            return Outcome(sector: manifest.id, answer: Wire.Answer(id: id, violations: violations))
        }
        let context = Context(
            record: id,
            date: try #require(CivilDate(date)),
            posyandu: "p",
            subject: subject,
            previous: previous
        )
        let answer = try answerer.answer(type: type, version: record.version, context: context, payload: json)
        for effect in answer.effects {
            guard case .put(let fields) = effect else { continue }
            for element in fields.elements { #expect(record.field(element.name) != nil, "\(type): \(element.name)") }
        }
        for contribution in answer.contributions {
            let indicator = try #require(manifest.indicator(contribution.indicator), "\(contribution.indicator)")
            #expect(indicator.kind != .ratio, "\(contribution.indicator)")
            #expect(indicator.kind != .distinct || contribution.subject != nil, "\(contribution.indicator)")
        }
        return Outcome(sector: manifest.id, answer: answer)
    }
}

/// An answer in the words of a test.
struct Outcome {
    let sector: String
    let answer: Wire.Answer

    /// Names of the indicators without the sector, sorted; a value other than 1 behind an equals sign.
    var figures: [String] {
        answer.contributions.map { contribution in
            let name = String(contribution.indicator.dropFirst(sector.utf8.count + 1))
            return contribution.value == 1 ? name : "\(name)=\(contribution.value)"
        }.sorted()
    }
    var periods: Set<String> { Set(answer.contributions.map(\.period.description)) }
    var codes: [String] { answer.violations.map(\.code) }
    var put: Fields? {
        for case .put(let fields) in answer.effects { return fields }
        return nil
    }
    /// `kind to role in days: reason` of the tasks.
    var tasks: [String] {
        answer.effects.compactMap { effect in
            guard case .raiseTask(let kind, let reason, let days, let role, _) = effect else { return nil }
            return "\(kind) to \(role ?? "-") in \(days.map { String($0) } ?? "-"): \(reason)"
        }
    }
    /// `reason/priority` of the cases opened.
    var cases: [String] {
        answer.effects.compactMap { effect in
            guard case .openCase(let reason, let priority, _) = effect else { return nil }
            return "\(reason)/\(priority ?? "-")"
        }
    }
}

extension Subject {
    static func boy(_ birth: String) -> Subject { Subject(id: "l", sex: .male, birthDate: CivilDate(birth)) }
    static func girl(_ birth: String) -> Subject { Subject(id: "p", sex: .female, birthDate: CivilDate(birth)) }
}
