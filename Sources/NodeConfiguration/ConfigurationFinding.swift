// One complaint about a configuration file, with the place and the remedy.
// SPDX-License-Identifier: Apache-2.0

/// What is wrong at one place of a configuration file, and what to write instead.
package struct ConfigurationFinding: Sendable, Hashable, CustomStringConvertible {
    /// Path of the file, or the name of the environment variable that overrode it.
    package var file: String
    /// Line, counted from 1; nil when the complaint is about the whole file.
    package var line: Int?
    /// Dotted path of the setting, e.g. `listen.port`.
    package var setting: String
    /// What is wrong, in one sentence.
    package var message: String
    /// What to write instead.
    package var fix: String

    package init(file: String, line: Int?, setting: String, message: String, fix: String) {
        self.file = file
        self.line = line
        self.setting = setting
        self.message = message
        self.fix = fix
    }

    package var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return "\(place): \(setting.isEmpty ? "" : setting + ": ")\(message) Fix: \(fix)"
    }
}

/// A configuration that cannot be used, with everything that is wrong with it.
package struct ConfigurationError: Error, CustomStringConvertible {
    package var findings: [ConfigurationFinding]

    package init(findings: [ConfigurationFinding]) {
        self.findings = findings
    }

    package var description: String {
        findings.map(\.description).joined(separator: "\n")
    }
}
