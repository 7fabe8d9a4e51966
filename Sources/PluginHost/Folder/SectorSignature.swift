// Signs a sector's folder and checks the signature: Ed25519 over the sorted SHA-256 list of all files.
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
import PluginKit

/// The optional signature of a folder, `sector.sig`: 64 bytes in base64.
package enum SectorSignature {
    /// A public key that the administrator trusts.
    package struct Key: Sendable {
        /// The file's name, for the operator.
        package let name: String
        /// 32 bytes.
        package let bytes: [UInt8]

        package init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// The keys in a folder: files `*.pub`, each 32 bytes in base64. Empty when the folder is missing.
    /// - Throws: ``PluginHostError`` for a file that is no key.
    package static func keys(in folder: String) throws(PluginHostError) -> [Key] {
        var keys: [Key] = []
        for name in FileReader.names(in: folder) where name.hasSuffix(".pub") {
            guard let text = try? FileReader.read("\(folder)/\(name)", limit: 4096),
                let bytes = decoded(text), bytes.count == 32
            else {
                throw PluginHostError(.signature, "\(folder)/\(name) is not a public key: 32 bytes in base64 expected")
            }
            keys.append(Key(name: name, bytes: bytes))
        }
        return keys
    }

    /// The bytes that are signed: a heading, then `<sha256>  <path>` for every file but the signature, sorted by path.
    package static func statement(of tree: SectorFolderTree) throws(PluginHostError) -> [UInt8] {
        var text = "posyandud sector 1\n"
        for file in tree.files where file.path != "sector.sig" {
            let digest = SHA256.hash(data: try tree.read(file)).map { hex($0) }.joined()
            text += "\(digest)  \(file.path)\n"
        }
        return Array(text.utf8)
    }

    /// The contents of `sector.sig` for a folder.
    /// - Parameter privateKey: 32 bytes, the raw Ed25519 seed.
    package static func sign(_ tree: SectorFolderTree, privateKey: [UInt8]) throws(PluginHostError) -> [UInt8] {
        let statement = try statement(of: tree)
        guard let signature = try? key(privateKey).signature(for: statement) else { throw notAKey }
        return line(Data(signature))
    }

    /// The contents of the file `*.pub` that lets a node trust what a key signs.
    /// - Parameter privateKey: 32 bytes, the raw Ed25519 seed.
    package static func publicKey(of privateKey: [UInt8]) throws(PluginHostError) -> [UInt8] {
        try line(key(privateKey).publicKey.rawRepresentation)
    }

    private static var notAKey: PluginHostError {
        PluginHostError(.signature, "the private key is not an Ed25519 key of 32 bytes")
    }

    private static func key(_ seed: [UInt8]) throws(PluginHostError) -> Curve25519.Signing.PrivateKey {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { throw notAKey }
        return key
    }

    private static func line(_ bytes: Data) -> [UInt8] { Array(bytes.base64EncodedString().utf8) + [0x0a] }

    /// The name of the key that signed the folder; nil when there is no signature and none is demanded.
    static func check(_ tree: SectorFolderTree, keys: [Key], isRequired: Bool) throws(PluginHostError) -> String? {
        guard let text = tree.bytes("sector.sig") else {
            if isRequired {
                throw PluginHostError(
                    .signature,
                    "\(tree.path) is not signed, and sectors.require_signature is on",
                    hint: "posyanductl sector sign \(tree.path) --key FILE"
                )
            }
            return nil
        }
        guard let signature = decoded(text), signature.count == 64 else {
            throw PluginHostError(.signature, "\(tree.path)/sector.sig is not a signature: 64 bytes in base64 expected")
        }
        let statement = try statement(of: tree)
        for key in keys {
            guard let publicKey = try? Curve25519.Signing.PublicKey(rawRepresentation: key.bytes) else { continue }
            if publicKey.isValidSignature(signature, for: statement) { return key.name }
        }
        if keys.isEmpty && !isRequired { return nil }
        throw PluginHostError(
            .signature,
            "\(tree.path)/sector.sig does not fit the files, or its key is no *.pub of sectors.key_folder",
            hint: "posyanductl sector sign \(tree.path) --key FILE, and install the public key that it prints"
        )
    }

    private static func decoded(_ text: [UInt8]) -> [UInt8]? {
        let trimmed = text.filter { $0 > 0x20 }
        return Data(base64Encoded: Data(trimmed)).map { Array($0) }
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = Array("0123456789abcdef")
        return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }
}
