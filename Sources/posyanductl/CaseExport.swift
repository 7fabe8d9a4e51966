// `posyanductl case export`: one case as a folder of files with their checksums.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Crypto
import Glibc
import PluginHost
import PluginKit

struct CaseExport: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a case with its history and attachments into a new folder.",
        discussion: """
            case.json holds the case, attachments/ its photos and letters, manifest.json the SHA-256 of every file (check \
            with sha256sum). Without --reason, or without a role for a confidential case, identity, report, remarks and \
            attachments are left out, and days become months. The folder must not exist; files get mode 0600.
            """
    )

    @Argument(help: ArgumentHelp("The case: id of the record that opened it.", valueName: "case"))
    var id: SourceID

    @Option(help: ArgumentHelp("A folder that does not exist yet.", valueName: "folder"))
    var out: String

    @Option(help: "Why you take it out, in some words and without names.")
    var reason: String?

    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let body: JSONValue = reason.map { ["reason": .string($0)] } ?? [:]
        let answer = try await daemon.post("cases/\(id.text)/export", body)
        // Made first and never entered when somebody else made it: nothing is overwritten.
        guard mkdir(out, 0o700) == 0 else {
            throw OperatorError(
                "\(out): \(String(cString: strerror(errno)))",
                hint: "name a folder that is not there yet"
            )
        }
        var files: [(name: String, bytes: [UInt8])] = [("case.json", Array((answer.description + "\n").utf8))]
        try Self.write(files[0].bytes, out + "/case.json")
        let attachments = (answer["attachments"]?.array ?? []).filter { $0["state"]?.string == "stored" }
        if !attachments.isEmpty, mkdir(out + "/attachments", 0o700) != 0 {
            throw OperatorError("\(out)/attachments: \(String(cString: strerror(errno)))")
        }
        for attachment in attachments {
            guard let digest = attachment["sha256"]?.string, Self.isDigest(digest) else { continue }
            let request: JSONValue = ["reason": .string(reason ?? "")]
            let bytes = try await daemon.postBytes("cases/\(id.text)/attachments/\(digest)/read", request)
            guard Self.digest(bytes) == digest else {
                throw OperatorError("attachment \(digest) came with other bytes", hint: "posyanductl audit attachments")
            }
            let kind = attachment["kind"]?.string ?? "lampiran"
            let name = "attachments/\(Self.file(kind))-\(digest.prefix(12)).\(Self.ending(attachment["type"]?.string))"
            try Self.write(bytes, "\(out)/\(name)")
            files.append((name, bytes))
        }
        try Self.write(Self.manifest(files), out + "/manifest.json")
        let withheld = (answer["withheld"]?.array ?? []).compactMap(\.string)
        let rest = withheld.isEmpty ? "" : "; left out: \(withheld.joined(separator: ", "))"
        console.print("\(out): \(files.count + 1) files\(rest)")
    }

    /// `{"schema": …, "files": [{"name", "bytes", "sha256"}]}`, in the order in which the files were written.
    static func manifest(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        let list = files.map { file -> JSONValue in
            [
                "name": .string(file.name), "bytes": .number(JSONNumber(file.bytes.count)),
                "sha256": .string(digest(file.bytes)),
            ]
        }
        let manifest: JSONValue = ["schema": "posyandud.case-manifest/1", "files": .array(list)]
        return Array((manifest.description + "\n").utf8)
    }

    private static func write(_ bytes: [UInt8], _ path: String) throws {
        do {
            try DurableFile.write(bytes, to: path, mode: 0o600)
        } catch {
            throw OperatorError("\(error.message)")
        }
    }

    /// The name of a file may come from a message: only what no path needs.
    static func file(_ kind: String) -> String {
        String(kind.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }.prefix(40))
    }

    private static func ending(_ type: String?) -> String {
        switch type {
        case "image/jpeg": "jpg"
        case "image/png": "png"
        case "application/pdf": "pdf"
        default: "bin"
        }
    }

    private static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { $0 &- 48 < 10 || $0 &- 97 < 6 }
    }

    static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
