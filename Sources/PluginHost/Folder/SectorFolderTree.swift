// Opens a sector's folder once, checks who may change it, and reads it through the same descriptors.
// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginKit

/// How strictly owners and modes are judged.
package struct FolderPolicy: Sendable {
    /// The folder, its files and its parent directories must belong to root and be writable by root alone. Off in
    /// build trees, demo and tests; then nothing may be writable by *everyone* yet.
    package var requireRootOwned: Bool

    package init(requireRootOwned: Bool) { self.requireRootOwned = requireRootOwned }
}

/// The files of a sector's folder, as found and checked through descriptors: no symbolic link is followed, and what was
/// checked is what was read.
package struct SectorFolderTree: Sendable {
    /// A regular file below the folder.
    package struct File: Sendable, Hashable {
        /// Its path below the folder, `tables/kbm.csv`.
        package var path: String
        package var size: Int
        package var isExecutable: Bool
        /// When it was last changed, in nanoseconds since 1970.
        package var modified: Int64
        /// Whether group or others may write it; only reported where ``FolderPolicy/requireRootOwned`` is off.
        package var isWritableByOthers: Bool
    }

    static let mostFiles = 2_000
    static let mostDepth = 4
    static let largestFile = 64 << 20

    package let path: String
    /// Sorted by path.
    package let files: [File]
    /// Contents of the files that decide answers and of the manifest: `sector.json`, `sector.sig`, `tables/*`.
    package let contents: [String: [UInt8]]

    /// - Throws: ``PluginHostError`` with code `folder` or `ownership` and the command that repairs it.
    package init(path: String, policy: FolderPolicy) throws(PluginHostError) {
        self.path = path
        if policy.requireRootOwned { try Self.checkParents(of: path) }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ELOOP || errno == ENOTDIR {
                throw PluginHostError(
                    .folder,
                    "\(path) is a symbolic link or no folder",
                    hint: "copy the folder itself"
                )
            }
            throw PluginHostError(.folder, "\(path): \(String(cString: strerror(errno)))", hint: "ls -ld \(path)")
        }
        defer { close(descriptor) }
        var walk = Walk(root: path, policy: policy)
        try walk.check(descriptor, at: path, isDirectory: true)
        try walk.directory(descriptor, below: "", depth: 0)
        files = walk.files.sorted { $0.path < $1.path }
        contents = walk.contents
    }

    /// Every directory above must be beyond the reach of others, else the folder can be swapped.
    private static func checkParents(of path: String) throws(PluginHostError) {
        var parent = path
        while let slash = parent.lastIndex(of: "/") {
            parent = slash == parent.startIndex ? "/" : String(parent[..<slash])
            var status = stat()
            guard stat(parent, &status) == 0 else {
                throw PluginHostError(.folder, "\(parent): \(String(cString: strerror(errno)))")
            }
            try checkOwner(status, at: parent, policy: FolderPolicy(requireRootOwned: true), isFolderItself: false)
            if parent == "/" { return }
        }
    }

    /// Judges owner and mode of one thing.
    static func checkOwner(
        _ status: stat,
        at path: String,
        policy: FolderPolicy,
        isFolderItself: Bool
    ) throws(PluginHostError) {
        if policy.requireRootOwned {
            guard status.st_uid == 0 else {
                throw PluginHostError(
                    .ownership,
                    "\(path) is not owned by root",
                    hint: "chown \(isFolderItself ? "-R " : "")root:root \(path)"
                )
            }
            guard status.st_mode & 0o020 == 0 else {
                throw PluginHostError(.ownership, "\(path) is writable by group", hint: "chmod g-w \(path)")
            }
        }
        guard status.st_mode & 0o002 == 0 else {
            throw PluginHostError(.ownership, "\(path) is writable by everyone", hint: "chmod o-w \(path)")
        }
    }

    /// The bytes of a file below the folder; nil when it is not one of ``contents``.
    package func bytes(_ path: String) -> [UInt8]? { contents[path] }

    /// Reads any file of the tree again, for signatures. A tree that changed since is refused.
    package func read(_ file: File) throws(PluginHostError) -> [UInt8] {
        if let bytes = contents[file.path] { return bytes }
        let full = "\(path)/\(file.path)"
        let descriptor = open(full, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw PluginHostError(.folder, "\(full): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let bytes = try Walk.read(descriptor, at: full)
        guard bytes.count == file.size else { throw PluginHostError(.folder, "\(full) changes while it is read") }
        return bytes
    }
}

/// Goes through the directories of one folder.
private struct Walk {
    let root: String
    let policy: FolderPolicy
    var files: [SectorFolderTree.File] = []
    var contents: [String: [UInt8]] = [:]

    init(root: String, policy: FolderPolicy) {
        self.root = root
        self.policy = policy
    }

    @discardableResult
    func check(_ descriptor: Int32, at path: String, isDirectory: Bool) throws(PluginHostError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw PluginHostError(.folder, "\(path): \(String(cString: strerror(errno)))")
        }
        let kind = status.st_mode & S_IFMT
        guard kind == (isDirectory ? S_IFDIR : S_IFREG) else {
            throw PluginHostError(.folder, "\(path) is neither a file nor a folder", hint: "rm \(path)")
        }
        try SectorFolderTree.checkOwner(status, at: path, policy: policy, isFolderItself: path == root)
        return status
    }

    mutating func directory(_ descriptor: Int32, below prefix: String, depth: Int) throws(PluginHostError) {
        for name in try names(descriptor, at: prefix) {
            let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
            let full = "\(root)/\(path)"
            let child = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
            guard child >= 0 else {
                if errno == ELOOP { throw PluginHostError(.folder, "\(full) is a symbolic link", hint: "rm \(full)") }
                throw PluginHostError(.folder, "\(full): \(String(cString: strerror(errno)))", hint: "ls -l \(full)")
            }
            defer { close(child) }
            var status = stat()
            let isDirectory = fstat(child, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            status = try check(child, at: full, isDirectory: isDirectory)
            if isDirectory {
                guard depth < SectorFolderTree.mostDepth else {
                    throw PluginHostError(.folder, "\(full) is nested too deeply")
                }
                try self.directory(child, below: path, depth: depth + 1)
            } else {
                try file(child, path, full, status)
            }
        }
    }

    private mutating func file(
        _ descriptor: Int32,
        _ path: String,
        _ full: String,
        _ status: stat
    ) throws(PluginHostError) {
        guard files.count < SectorFolderTree.mostFiles else {
            throw PluginHostError(.folder, "\(root) has more than \(SectorFolderTree.mostFiles) files")
        }
        files.append(
            SectorFolderTree.File(
                path: path,
                size: Int(status.st_size),
                isExecutable: status.st_mode & 0o111 != 0,
                modified: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec),
                isWritableByOthers: status.st_mode & 0o022 != 0
            )
        )
        if path == "sector.json" || path == "sector.sig" || path.hasPrefix("tables/") {
            contents[path] = try Self.read(descriptor, at: full)
        }
    }

    /// The names in a directory, sorted.
    private func names(_ descriptor: Int32, at path: String) throws(PluginHostError) -> [String] {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0, let directory = fdopendir(copy) else {
            if copy >= 0 { close(copy) }
            throw PluginHostError(.folder, "\(root)/\(path): \(String(cString: strerror(errno)))")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
            guard names.count <= SectorFolderTree.mostFiles else {
                throw PluginHostError(.folder, "\(root)/\(path) has more than \(SectorFolderTree.mostFiles) entries")
            }
        }
        return names.sorted()
    }

    static func read(_ descriptor: Int32, at path: String) throws(PluginHostError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw PluginHostError(.folder, "\(path): \(String(cString: strerror(errno)))") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= SectorFolderTree.largestFile else {
                throw PluginHostError(.folder, "\(path) is larger than \(SectorFolderTree.largestFile) bytes")
            }
        }
    }
}
