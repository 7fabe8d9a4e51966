// `posyanductl case identity`: who stands behind a case, for those who may know.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct CaseIdentity: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity",
        abstract: "Shows the sealed parts of one case: who, what was reported, remarks.",
        discussion: """
            Of a confidential case this needs a role of `access` in posyandud.yaml that the sector's manifest names; being \
            root or an operator is none. Every look is written down with its reason, refused ones too: posyanductl \
            access-log.
            """
    )

    @Argument(help: ArgumentHelp("The case: id of the record that opened it.", valueName: "case"))
    var id: SourceID

    @Option(help: "Why you look, in some words and without names.")
    var reason: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func validate() throws {
        if reason.isEmpty { throw ValidationError("--reason needs some words") }
    }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let answer = try await daemon.post("cases/\(id.text)/identity", ["reason": .string(reason)])
        console.show(answer, json: output.json, Self.report)
    }

    static func report(_ answer: JSONValue, _ isStyled: Bool) -> String {
        let cell = Printable.cell
        var facts = TextTable(.left("FIELD"), .left("VALUE"))
        func add(_ group: String, _ value: JSONValue?) {
            for member in value?.object?.members ?? [] where !member.value.isNull {
                facts.add("\(group)\(member.name)", cell(member.value))
            }
        }
        add("", answer["case"])
        add("person.", answer["identity"]?["person"])
        add("resident.", answer["identity"]?["resident"])
        if let nik = answer["identity"]?["nik"], !nik.isNull { facts.add("resident.nik", cell(nik)) }
        add("report.", answer["report"])
        var text = facts.text(isStyled)
        var remarks = TextTable(.right("STEP"), .left("AT"), .left("BY"), .left("TO"), .left("REMARK"))
        for remark in answer["remarks"]?.array ?? [] {
            remarks.add(
                cell(remark["seq"]),
                cell(remark["at"]),
                cell(remark["by"]),
                cell(remark["to"]),
                cell(remark["remark"])
            )
        }
        if !remarks.isEmpty { text += "\n\n" + remarks.text(isStyled) }
        let attachments = AttachmentListCommand.table(answer["attachments"])
        if !attachments.isEmpty { text += "\n\n" + attachments.text(isStyled) }
        return text
    }
}
