// The vulnerability formula: from its file to the registry, with findings that name file and line.
// SPDX-License-Identifier: Apache-2.0
import NodeConfiguration
import PluginKit
import Registry

extension VulnerabilityFormula {
    init(_ file: VulnerabilityFile) {
        // A number in the file has at most 15 characters, so it is always an exact decimal.
        func decimal(_ text: String) -> ExactDecimal { ExactDecimal(text) ?? 0 }
        self.init(
            version: file.version,
            source: file.source,
            components: file.components.map { component in
                Component(
                    name: component.name,
                    title: component.title,
                    weight: decimal(component.weight),
                    sources: component.sources.map(Source.init),
                    line: component.line
                )
            },
            classes: file.classes.map { Class(name: $0.name, below: $0.below.map(decimal), line: $0.line) }
        )
    }

    /// - Throws: `ConfigurationError` with every problem of the formula.
    func check(_ manifests: [Manifest], file: String) throws(ConfigurationError) {
        let findings = problems(manifests).map {
            ConfigurationFinding(file: file, line: $0.line, setting: $0.setting, message: $0.message, fix: $0.fix)
        }
        guard findings.isEmpty else { throw ConfigurationError(findings: findings) }
    }
}

extension VulnerabilityFormula.Source {
    fileprivate init(_ file: VulnerabilityFile.Source) {
        if let members = file.members {
            self.init(.members(count: members.count, fromYears: members.fromYears), line: file.line)
            return
        }
        let condition: VulnerabilityFormula.RecordSource.Condition =
            if let texts = file.equals {
                .equals(texts)
            } else if let number = file.atLeast.flatMap({ ExactDecimal($0) }) {
                .atLeast(number)
            } else {
                .exists
            }
        let record = VulnerabilityFormula.RecordSource(
            type: file.record ?? "",
            field: file.field,
            condition: condition,
            fromMonths: file.fromMonths,
            toMonths: file.toMonths,
            withinMonths: file.withinMonths
        )
        self.init(.record(record), line: file.line)
    }
}
