// `posyanductl audit access` and `audit attachments`: is the trail whole, are the files there.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct AuditAccess: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "access",
        abstract: "Follows the chain of looks from its beginning: a changed or removed row breaks it.",
        discussion: """
            Write the last number and the head down outside of this machine now and then: who holds the daemon's keys could \
            make a new chain, but not one with the head that you noted. Exit status 1 when the chain is broken.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("audit/access")
        console.show(answer, json: output.json, Self.report)
        if answer["unbroken"]?.bool != true { throw ExitCode.failure }
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(.left("TRAIL"), .left("VALUE"))
        table.add("rows", cell(answer["rows"]))
        table.add("rows older than the chain", cell(answer["unchained"]))
        table.add("last", cell(answer["last"]))
        table.add("head", cell(answer["head"]))
        let faults = (answer["faults"]?.array ?? []).map { "- \(cell($0["what"]))" }
        let verdict =
            faults.isEmpty ? "Unbroken: no row was changed or removed." : "BROKEN:\n" + faults.joined(separator: "\n")
        return table.text(isStyled) + "\n" + verdict
    }
}

struct AuditAttachments: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "attachments",
        abstract: "Opens every attachment and compares files with rows: missing, damaged, orphaned, unknown.",
        discussion: """
            waiting: a message named it, its bytes have not come. missing: stored, but the file is gone. damaged: it does \
            not open. orphaned: bytes that no message of a standing record names. unknown: a file without a row. Exit status \
            1 unless all that is found is waiting.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("audit/attachments")
        console.show(answer, json: output.json, Self.report)
        if answer["clean"]?.bool != true { throw ExitCode.failure }
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var table = TextTable(.left("FOUND"), .left("RECORD"), .left("SHA-256"), .left("FILE"))
        for finding in answer["findings"]?.array ?? [] {
            table.add(cell(finding["kind"]), cell(finding["record"]), cell(finding["sha256"]), cell(finding["file"]))
        }
        let sum = "\(cell(answer["stored"])) stored, \(cell(answer["bytes"])) bytes"
        return table.isEmpty ? sum : table.text(isStyled) + "\n" + sum
    }
}
