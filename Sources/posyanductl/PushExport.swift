// `posyanductl push export`: the bytes of a document in a file, for a person who carries them.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginHost

struct PushExport: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a document, as it was frozen, to a file.",
        discussion: """
            For a destination without a machine interface (kind espm-worksheet): hand the file to those who fill in the \
            form, and record their proof with posyanductl push ack-by-hand.
            """
    )

    @Option(help: ArgumentHelp("Its id, from posyanductl push list.", valueName: "id"))
    var document: Int

    @Option(help: ArgumentHelp("The file to write; only its owner may read it.", valueName: "file"))
    var out: String

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let bytes = try await daemon.bytes("push/\(document)/bytes")
        do {
            try DurableFile.write(bytes, to: out, mode: 0o600)
        } catch {
            throw OperatorError("\(error.message)", hint: "choose another file")
        }
        console.print("\(out): \(bytes.count) bytes")
    }
}
