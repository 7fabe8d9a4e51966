// The tools for those who write a sector: new, test, sign.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Crypto
import FoundationEssentials
import PluginHost
import Testing

@testable import posyanductl

struct SectorToolTests {
    private let parent: String
    private let out = Bytes()

    init() { parent = "/tmp/ctl-\(UUID().uuidString)" }

    private var folder: String { "\(parent)/lingkungan" }

    private var console: Console {
        let out = out
        return Console(out: { out.append($0) }, err: { _ in }, isStyled: false, isInteractive: false)
    }

    private func command<Command>(_ arguments: [String]) throws -> Command {
        try #require(try Posyanductl.parseAsRoot(arguments) as? Command)
    }

    @Test func `a new sector is written once, and gets a program later`() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let new: SectorNew = try command(["sector", "new", "lingkungan", "--into", "\(folder)/"])
        try new.write(console)
        #expect(out.text == "\(folder) written. Check it with: posyanductl sector test \(folder)\n")
        #expect(throws: OperatorError.self) { try new.write(console) }
        let program: SectorNew = try command(["sector", "new", "lingkungan", "--program", "python", "--into", folder])
        try program.write(console)
        #expect(FileManager.default.isExecutableFile(atPath: "\(folder)/bin/lingkungan"))
        #expect(throws: OperatorError.self) { try program.write(console) }
    }

    @Test func `a name of one of the six and a folder of another name are refused`() throws {
        let new: SectorNew = try command(["sector", "new", "kesehatan", "--into", "\(parent)/kesehatan"])
        #expect(throws: OperatorError.self) { try new.write(console) }
        let elsewhere: SectorNew = try command(["sector", "new", "lingkungan", "--into", parent])
        #expect(
            throws: OperatorError("a sector's folder has the name of the sector", hint: "--into \(parent)/lingkungan")
        ) {
            try elsewhere.write(console)
        }
        #expect(!FileManager.default.fileExists(atPath: parent))
    }

    @Test func `a signature fits the folder, whatever form the key has`() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let new: SectorNew = try command(["sector", "new", "lingkungan", "--into", folder])
        try new.write(console)
        let key = Curve25519.Signing.PrivateKey()
        let seed = key.rawRepresentation
        let hex = seed.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        for form in [seed, Data(hex.utf8), Data((seed.base64EncodedString() + "\n").utf8)] {
            let path = "\(folder).key"
            try form.write(to: URL(filePath: path))
            defer { try? FileManager.default.removeItem(atPath: path) }
            let sign: SectorSign = try command(["sector", "sign", folder, "--key", path])
            try sign.sign(console)
            let tree = try SectorFolderTree(path: folder, policy: FolderPolicy(requireRootOwned: false))
            let text = try #require(tree.bytes("sector.sig")).filter { $0 > 0x20 }
            let signature = try #require(Data(base64Encoded: Data(text)))
            #expect(key.publicKey.isValidSignature(signature, for: try SectorSignature.statement(of: tree)))
        }
    }

    @Test func `a key of another length is refused`() {
        #expect(throws: OperatorError.self) { try SectorSign.seed(Array("short".utf8)) }
        #expect(throws: OperatorError.self) { try SectorSign.seed(Array(repeating: UInt8(ascii: "z"), count: 64)) }
    }

    @Test func `a folder that is no sector fails its test`() throws {
        let test: SectorTest = try command(["sector", "test", "/tmp/ctl-none/"])
        #expect(throws: (any Error).self) { try test.test(console) }
        #expect(out.text.contains("FAILED 1 manifest"))
    }

    @Test func `the public key is printed, and written where nodes look for it`() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let new: SectorNew = try command(["sector", "new", "lingkungan", "--into", folder])
        try new.write(console)
        let key = Curve25519.Signing.PrivateKey()
        try key.rawRepresentation.write(to: URL(filePath: "\(parent)/a.key"))
        let expected = key.publicKey.rawRepresentation.base64EncodedString()
        let wrong: SectorSign = try command(
            ["sector", "sign", folder, "--key", "\(parent)/a.key", "--public-key-out", "\(parent)/a"]
        )
        #expect(throws: OperatorError.self) { try wrong.sign(console) }
        let sign: SectorSign = try command(
            ["sector", "sign", folder, "--key", "\(parent)/a.key", "--public-key-out", "\(parent)/a.pub"]
        )
        try sign.sign(console)
        #expect(out.text.contains("public key: \(expected)\n"))
        #expect(try String(contentsOfFile: "\(parent)/a.pub", encoding: .utf8) == expected + "\n")
    }
}
