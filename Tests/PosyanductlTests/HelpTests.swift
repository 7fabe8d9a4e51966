// The help text of every command, as people see it.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Testing

@testable import posyanductl

struct HelpTests {
    /// Every command with the words that lead to it.
    static let commands: [(words: [String], type: any ParsableCommand.Type)] = {
        var found: [(words: [String], type: any ParsableCommand.Type)] = []
        func visit(_ type: any ParsableCommand.Type, _ words: [String]) {
            found.append((words, type))
            for command in type.configuration.subcommands {
                visit(command, words + [command.configuration.commandName ?? "\(command)"])
            }
        }
        visit(Posyanductl.self, ["posyanductl"])
        return found
    }()

    @Test(arguments: commands.indices)
    func `help is what was reviewed`(_ index: Int) throws {
        let command = Self.commands[index]
        let help = Posyanductl.helpMessage(for: command.type, columns: 100)
        try expectGolden(help, "help/" + command.words.joined(separator: "-"))
    }

    @Test func `no reviewed help is left of a command that is gone`() throws {
        let folder = String(#filePath.dropLast("HelpTests.swift".count)) + "Golden/help"
        let reviewed = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(reviewed) == Set(Self.commands.map { $0.words.joined(separator: "-") + ".txt" }))
    }

    @Test func `every command has an abstract and a name of its own`() {
        #expect(Self.commands.allSatisfy { !$0.type.configuration.abstract.isEmpty })
        #expect(Set(Self.commands.map(\.words)).count == Self.commands.count)
    }

    @Test(arguments: [
        ["import", "regions", "a.csv"], ["import", "posyandu", "a.csv", "--dry-run", "--skip-bad"],
        ["import", "posyandu", "a.csv", "--rejects", "b.csv"], ["import", "posyandu", "a.csv", "--label", "x"],
        ["import", "regions", "a.csv", "--label", "x", "--valid-from", "2025-02-30"],
        ["import", "recap", "a.csv", "--register", "sip_7"], ["import", "nomenclature", "a.csv", "--label", "x"],
        ["import", "programmes", "a.csv", "--year", "2026"], ["import", "windows", "a.csv", "--label", "x"],
        ["programme", "needs"], ["programme", "list", "--year", "26"], ["calendar", "missing", "2026-13"],
        ["import", "posyandu", "a.csv", "--year", "2026"],
        ["register", "show", "sip_7", "--year", "2026"],
        ["register", "show", "sip_7", "--posyandu", "a", "--month", "2026-11"],
        ["register", "export", "sip_7", "--area", "33.25", "--month", "2026-11"],
        ["register", "export", "sip_6", "--posyandu", "a", "--year", "2026", "--csv", "b", "--persons", ""],
        ["import", "pets", "a.csv"], ["dead", "show", "1"], ["dead", "show", "-1/2"], ["dead", "drop", "1/2"],
        ["figures", "2026-13"], ["summaries", "close", "2026-11", "--no-push", "--wait"],
        ["push", "list", "--state", "lost"], ["push", "hold", "1"], ["rejections", "--source", "x"], ["ingest"],
    ])
    func `a wrong command line is refused with status 64`(_ arguments: [String]) {
        do {
            _ = try Posyanductl.parseAsRoot(arguments)
            Issue.record("was taken")
        } catch {
            #expect(Posyanductl.exitCode(for: error).rawValue == 64)
        }
    }

    @Test(arguments: [
        ["--socket", "/a", "push", "wait"], ["push", "--socket", "/a", "wait"], ["push", "wait", "--socket", "/a"],
    ])
    func `the socket may be named anywhere`(_ arguments: [String]) throws {
        let command = try #require(try Posyanductl.parseAsRoot(arguments) as? PushWait)
        #expect(command.control.path == "/a")
    }
}
