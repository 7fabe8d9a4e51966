// The file calls that keep and read attachments; each asks first whether it is the one that must fail.
// SPDX-License-Identifier: Apache-2.0
internal import CPlatform
internal import FailPoints
internal import Glibc

/// Called on threads that may block. What returns without an error is on stable storage.
enum AttachmentFiles {
    /// The folder of all attachments, made when it is not there yet.
    static func makeFolder(_ folder: String) throws(RegistryError) {
        try ask("have no folder \(folder)")
        if mkdir(folder, 0o700) == 0 {
            let failure = sync(folder + "/..")
            guard failure != 0 else { return }
            rmdir(folder)  // so that the next try makes its entry durable
            throw problem("have no folder \(folder)", failure)
        }
        guard errno == EEXIST else { throw problem("have no folder \(folder)", errno) }
    }

    /// A folder in it. Synced also when it is there already: who made it may have died before that.
    static func makeShelf(_ shelf: String, in folder: String) throws(RegistryError) {
        try ask("have no folder \(shelf)")
        guard mkdir(shelf, 0o700) == 0 || errno == EEXIST else { throw problem("have no folder \(shelf)", errno) }
        let failure = sync(folder)
        guard failure == 0 else { throw problem("have no folder \(shelf)", failure) }
    }

    /// What is free on the disk; nil when it does not say.
    static func freeBytes(_ folder: String) -> Int? {
        var facts = statvfs()
        guard !CallFault.strikes(.file), statvfs(folder, &facts) == 0 else { return nil }
        return Int(facts.f_bavail) * Int(facts.f_frsize)
    }

    /// Puts the file in its place whole, or leaves what was there.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let failure = bytes.withUnsafeBytes {
            cplatform_write_durably(path, $0.baseAddress, $0.count, 0o600, { CallFault.ofNextFileCall() })
        }
        if failure == ENOSPC || failure == EDQUOT { throw AttachmentRefusal.full }
        guard failure == 0 else { throw problem("cannot be written", failure) }
    }

    /// The whole file; nil when there is none.
    static func read(_ path: String, limit: Int) throws(RegistryError) -> [UInt8]? {
        try ask("cannot be opened")
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw problem("cannot be opened", errno)
        }
        defer { close(file) }
        try ask("cannot be read")
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, Int(facts.st_size) <= limit else {
            throw problem("cannot be read", EFBIG)
        }
        var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
        var filled = 0
        while filled < bytes.count {
            try ask("cannot be read")
            let got = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + filled, $0.count - filled) }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw problem("cannot be read", errno) }
            filled += got
        }
        return bytes
    }

    /// Takes the file away, and its name from the disk; nothing when it is not there.
    static func remove(_ path: String, from shelf: String) throws(RegistryError) {
        try ask("cannot be removed")
        guard unlink(path) == 0 || errno == ENOENT else { throw problem("cannot be removed", errno) }
        let failure = sync(shelf)
        guard failure == 0 || failure == ENOENT else { throw problem("cannot be removed", failure) }
    }

    private static func sync(_ folder: String) -> Int32 {
        cplatform_sync_directory(folder, { CallFault.ofNextFileCall() })
    }

    private static func ask(_ what: String) throws(RegistryError) {
        if CallFault.strikes(.file) { throw problem(what, EIO) }
    }

    private static func problem(_ what: String, _ code: Int32) -> RegistryError {
        RegistryError(
            .attachment,
            "Attachments \(what) (errno \(code)).",
            hint: "look at attachments.folder in posyandud.yaml, its owner, the disk, and ReadWritePaths= of the unit"
        )
    }
}
