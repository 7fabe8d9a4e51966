// `posyanductl sector sign`: signs a sector's folder.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import PluginHost
import PluginKit

struct SectorSign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Signs a sector's folder: writes sector.sig.",
        discussion: """
            The key is an Ed25519 seed: 32 bytes, raw, as 64 hexadecimal digits or in base64. Its public key is printed; \
            nodes trust those that lie as NAME.pub in /etc/posyandud/sector-keys (sectors.key_folder). Sign last: any \
            change to a file ends the signature.
            """
    )

    @Argument(help: "The sector's folder.")
    var folder: String

    @Option(help: ArgumentHelp("The private key.", valueName: "file"))
    var key: String

    @Option(help: ArgumentHelp("Write the public key as well, for nodes: NAME.pub.", valueName: "file"))
    var publicKeyOut: String?

    func run() throws {
        try sign(Console.standard())
    }

    /// Writes the signature, and the public key where it is wanted.
    /// - Throws: ``OperatorError`` when folder or key are not what they should be.
    func sign(_ console: Console) throws {
        if let publicKeyOut, !publicKeyOut.hasSuffix(".pub") {
            throw OperatorError("nodes read public keys from files *.pub", hint: "--public-key-out \(publicKeyOut).pub")
        }
        let publicKey: [UInt8]
        do {
            let tree = try SectorFolderTree(path: folder, policy: FolderPolicy(requireRootOwned: false))
            guard tree.bytes("sector.json") != nil else {
                throw OperatorError("\(folder) is not a sector's folder: it has no sector.json")
            }
            let seed = try Self.seed(try InputFile(key).read())
            let signature = try SectorSignature.sign(tree, privateKey: seed)
            publicKey = try SectorSignature.publicKey(of: seed)
            try DurableFile.write(signature, to: "\(folder)/sector.sig")
            if let publicKeyOut { try DurableFile.write(publicKey, to: publicKeyOut) }
        } catch let error as PluginHostError {
            throw OperatorError(error.message, hint: error.hint)
        }
        console.print("\(folder)/sector.sig written")
        console.print("public key: \(String(decoding: publicKey.dropLast(), as: UTF8.self))")
        if let publicKeyOut { console.print("\(publicKeyOut) written: install it in sectors.key_folder of each node") }
    }

    /// The 32 bytes of a key file in any of its forms.
    static func seed(_ file: [UInt8]) throws -> [UInt8] {
        if file.count == 32 { return file }
        let text = file.filter { $0 > 0x20 }
        if text.count == 64, let bytes = unhex(text) { return bytes }
        if let bytes = Data(base64Encoded: Data(text)), bytes.count == 32 { return Array(bytes) }
        throw OperatorError(
            "the key file does not hold 32 bytes: raw, as 64 hexadecimal digits or in base64",
            hint: "make one with: (umask 077; head -c 32 /dev/urandom > FILE)"
        )
    }

    private static func unhex(_ digits: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[place..<place + 2], as: UTF8.self)
            guard let byte = UInt8(pair, radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
