// `posyanductl attachment`: photos and letters of a case.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginHost
import PluginKit

struct AttachmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attachment",
        abstract: "Photos and letters of a case: list, add, take out, erase.",
        subcommands: [
            AttachmentListCommand.self, AttachmentPut.self, AttachmentGet.self, AttachmentErase.self,
        ]
    )
}

/// Which case, for all of them.
struct CaseOption: ParsableArguments {
    @Option(name: .customLong("case"), help: ArgumentHelp("The case or record.", valueName: "id"))
    var id: SourceID
}

struct AttachmentListCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the attachments of a case, without their contents."
    )

    @OptionGroup var about: CaseOption
    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.get("cases/\(about.id.text)/attachments")
        console.show(answer, json: output.json) { answer, isStyled in
            let table = Self.table(answer["attachments"])
            return table.isEmpty ? "No attachments." : table.text(isStyled)
        }
    }

    static func table(_ list: JSONValue?) -> TextTable {
        let cell = Printable.cell
        var table = TextTable(
            .left("KIND"),
            .left("STATE"),
            .left("TYPE"),
            .right("BYTES"),
            .left("STORED"),
            .left("SHA-256")
        )
        for attachment in list?.array ?? [] {
            table.add(
                cell(attachment["kind"]),
                cell(attachment["state"]),
                cell(attachment["type"]),
                cell(attachment["size"]),
                cell(attachment["stored"]),
                cell(attachment["sha256"])
            )
        }
        return table
    }
}

struct AttachmentPut: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Adds a file to a case, sealed; what it is, its first bytes decide.",
        discussion: "The same file again changes nothing. Size and types are set in `attachments` of posyandud.yaml."
    )

    @Argument(help: ArgumentHelp("JPEG, PNG or PDF.", valueName: "file"))
    var file: String

    @OptionGroup var about: CaseOption

    @Option(help: "What it shows: dok_ktp, foto_depan, surat_pernyataan.")
    var kind = "lampiran"

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let bytes = try InputFile(file).read()
        let answer = try await daemon.upload(
            "cases/\(about.id.text)/attachments",
            [("kind", kind)],
            bytes,
            type: "application/octet-stream"
        )
        try ResidentCommand.show(answer, json: output.json, console)
    }
}

struct AttachmentGet: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Writes one attachment to a new file; the look is written down.",
        discussion: "Of a confidential case this needs a role, as posyanductl case identity does."
    )

    @Argument(help: ArgumentHelp("As the list shows it.", valueName: "sha-256"))
    var digest: String

    @OptionGroup var about: CaseOption

    @Option(help: ArgumentHelp("A file that does not exist yet.", valueName: "file"))
    var out: String

    @Option(help: "Why you look, in some words and without names.")
    var reason: String

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        guard !NewFile.exists(out) else { throw OperatorError("\(out) is there already", hint: "name a new file") }
        let path = "cases/\(about.id.text)/attachments/\(ControlClient.segment(digest))/read"
        let bytes = try await daemon.postBytes(path, ["reason": .string(reason)])
        do {
            try DurableFile.write(bytes, to: out, mode: 0o600)
        } catch {
            throw OperatorError("\(error.message)")
        }
        console.print("\(out): \(bytes.count) bytes")
    }
}

struct AttachmentErase: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erases the bytes of all attachments of a case, by order of who may give it.",
        discussion: "They do not come back, even when a kiosk sends them again. The act is in posyanductl access-log."
    )

    @OptionGroup var about: CaseOption

    @Option(help: "By whose order and why, in some words and without names of residents.")
    var reason: String

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.post("cases/\(about.id.text)/attachments/erase", ["reason": .string(reason)])
        console.print("Erased: \(Printable.cell(answer["erased"]))")
    }
}
