// A 256-bit key read from a credential file.
// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import FailPoints
internal import FoundationEssentials
internal import Glibc

/// 32 secret bytes. Printing it gives `‹redacted›`.
package struct SecretKey: Sendable, CustomStringConvertible, CustomReflectable {
    let symmetric: SymmetricKey

    /// For tests and for keys that come by another way than a file; exactly 32 bytes.
    package init(bytes: [UInt8]) throws(RegistryError) {
        guard bytes.count == 32 else {
            throw RegistryError(.keyFile, "A key has 32 bytes, not \(bytes.count).")
        }
        symmetric = SymmetricKey(data: bytes)
    }

    /// Reads 32 raw bytes, or 64 hexadecimal digits with or without a line end.
    ///
    /// The file must be readable by its owner only. A file directly inside `$CREDENTIALS_DIRECTORY` may show a group
    /// bit: there systemd grants the service's user by an access list, whose mask stands in the place of that bit.
    package static func load(path: String) throws(RegistryError) -> SecretKey {
        let bytes = try read(path)
        if bytes.count == 32 {
            guard Set(bytes).count > 1 else { throw refusal(path, "holds one byte repeated.", create(path)) }
            return try SecretKey(bytes: bytes)
        }
        var hex = bytes[...]
        while let last = hex.last, last == 0x0A || last == 0x0D { hex = hex.dropLast() }
        guard hex.count == 64, let key = decodeHex(hex) else {
            throw refusal(
                path,
                "holds \(bytes.count) bytes, neither 32 raw bytes nor 64 hexadecimal digits.",
                create(path)
            )
        }
        guard Set(key).count > 1 else { throw refusal(path, "holds one byte repeated.", create(path)) }
        return try SecretKey(bytes: key)
    }

    package var description: String { redactedText }
    package var customMirror: Mirror { Mirror(reflecting: redactedText) }

    /// A key for one purpose, derived with HKDF-SHA-256, so that keys of different purposes never meet.
    func derived(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: symmetric,
            info: Array("posyandud/\(purpose)/v1".utf8),
            outputByteCount: 32
        )
    }

    /// What tells this key from others, and nothing else about it; 16 bytes.
    var check: [UInt8] { derived(for: "key check").withUnsafeBytes { Array($0.prefix(16)) } }

    func equals(_ other: SecretKey) -> Bool { symmetric == other.symmetric }

    private static func read(_ path: String) throws(RegistryError) -> [UInt8] {
        guard !CallFault.strikes(.file) else { throw refusal(path, "cannot be opened.", create(path)) }
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard file >= 0 else {
            throw refusal(
                path,
                errno == ENOENT ? "does not exist." : "cannot be opened (errno \(errno)).",
                create(path)
            )
        }
        defer { _ = close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw refusal(path, "is not a regular file.", create(path))
        }
        let forbidden: mode_t = isCredential(path) ? S_IRWXO | S_IWGRP : S_IRWXO | S_IRWXG
        guard facts.st_mode & forbidden == 0 else {
            throw refusal(path, "is open to others than its owner.", "Repair: chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: 256)
        var filled = 0
        while filled < bytes.count {
            let got = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + filled, $0.count - filled) }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw refusal(path, "cannot be read (errno \(errno)).", nil) }
            if got == 0 { break }
            filled += got
        }
        return Array(bytes[..<filled])
    }

    private static func isCredential(_ path: String) -> Bool {
        guard let folder = getenv("CREDENTIALS_DIRECTORY") else { return false }
        let prefix = String(cString: folder) + "/"
        return path.hasPrefix(prefix) && !path.dropFirst(prefix.count).contains("/")
    }

    private static func refusal(_ path: String, _ what: String, _ hint: String?) -> RegistryError {
        RegistryError(.keyFile, "Key file \(path) \(what)", hint: hint)
    }

    private static func create(_ path: String) -> String {
        "Restore it from the copy kept off this machine. Only before the first data: "
            + "(umask 077 && head -c 32 /dev/urandom > \(path)), and keep a copy off this machine."
    }

    private static func decodeHex(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case 0x30...0x39: value = digit - 0x30
            case 0x41...0x46: value = digit - 0x41 + 10
            case 0x61...0x66: value = digit - 0x61 + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? bytes : nil
    }
}
