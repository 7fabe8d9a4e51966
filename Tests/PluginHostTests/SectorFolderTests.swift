// Folders that are refused, each with the reason and the command that repairs it.
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
import Glibc
import PluginKit
import Testing

@testable import PluginHost

@Suite struct SectorFolderTests {
    private let garden: Garden

    init() throws { garden = try Garden() }

    private func scan(strict: Bool = false, keys: [SectorSignature.Key] = [], signed: Bool = false)
        -> [DiscoveredSector]
    {
        SectorDiscovery.scan(
            ["\(garden.root)/sectors", "\(garden.root)/local"],
            policy: FolderPolicy(requireRootOwned: strict),
            keys: keys,
            requireSignature: signed
        )
    }

    private func refusal(_ id: String = "kebun") -> PluginHostError? {
        for sector in scan() where sector.id == id {
            if case .failure(let error) = sector.result { return error }
        }
        return nil
    }

    @Test func `a good folder is accepted`() throws {
        try garden.plant()
        #expect(refusal() == nil)
        #expect(scan().count == 1)
    }

    @Test func `a file that everyone may write is refused with the chmod that repairs it`() throws {
        let folder = try garden.plant()
        chmod("\(folder)/sector.json", 0o666)
        let error = try #require(refusal())
        #expect(error.code == .ownership)
        #expect(error.hint == "chmod o-w \(folder)/sector.json")
        chmod("\(folder)/sector.json", 0o644)
        #expect(refusal() == nil)
    }

    @Test func `strictly, group write and foreign owners are refused, parents included`() throws {
        let folder = try garden.plant()
        // The test's folder lies in /tmp, which everyone may write: a parent that is out of root's hands alone.
        guard case .failure(let error)? = scan(strict: true).first?.result else {
            Issue.record("accepted below /tmp")
            return
        }
        #expect(error.code == .ownership)
        var status = stat()
        #expect(stat(folder, &status) == 0)
        status.st_mode |= 0o020
        #expect(throws: PluginHostError.self) {
            try SectorFolderTree.checkOwner(
                status,
                at: folder,
                policy: FolderPolicy(requireRootOwned: true),
                isFolderItself: true
            )
        }
        status.st_mode &= ~0o022
        status.st_uid = 4711
        #expect {
            try SectorFolderTree.checkOwner(
                status,
                at: folder,
                policy: FolderPolicy(requireRootOwned: true),
                isFolderItself: true
            )
        } throws: { ($0 as? PluginHostError)?.hint == "chown -R root:root \(folder)" }
    }

    @Test func `symbolic links are refused`() throws {
        let folder = try garden.plant()
        symlink("/etc/passwd", "\(folder)/bin/tautan")
        #expect(refusal()?.message.contains("symbolic link") == true)
        #expect(refusal()?.hint == "rm \(folder)/bin/tautan")
        symlink(folder, "\(garden.root)/sectors/ladang")
        #expect(refusal("ladang")?.code == .folder)
    }

    @Test func `a pipe in the folder is refused and not waited for`() throws {
        let folder = try garden.plant()
        mkfifo("\(folder)/tables", 0o644)
        #expect(refusal()?.message.contains("neither a file nor a folder") == true)
    }

    @Test func `the folder's name is the id`() throws {
        try garden.plant("ladang") { $0.replace("\"id\": \"ladang\"", with: "\"id\": \"kebun\"") }
        #expect(refusal("ladang") != nil)
    }

    @Test func `a manifest with mistakes names line and column`() throws {
        let folder = try garden.plant()
        try garden.write("{\n  \"manifest\": 1,\n  oops }", to: "\(folder)/sector.json")
        #expect(refusal()?.message.contains("sector.json:3:") == true)
        #expect(refusal()?.hint == "posyanductl sector test \(folder)")
        try FileManager.default.removeItem(atPath: "\(folder)/sector.json")
        #expect(refusal()?.message.contains("has no sector.json") == true)
    }

    @Test func `a program is there and executable`() throws {
        let folder = try garden.plant()
        chmod("\(folder)/bin/kebun", 0o644)
        #expect(refusal()?.hint == "chmod +x \(folder)/bin/kebun")
        try FileManager.default.removeItem(atPath: "\(folder)/bin/kebun")
        #expect(refusal()?.message.contains("is missing") == true)
    }

    @Test func `of two folders with one id the first directory's wins and the other is shown`() async throws {
        try garden.plant()
        try garden.plant(directory: "local")
        let host = garden.host()
        await host.start()
        let status = await host.status()
        #expect(status.map(\.folder) == ["\(garden.root)/sectors/kebun", "\(garden.root)/local/kebun"])
        #expect(status[1].state == .refused)
        #expect(status[1].reason?.contains("already in") == true)
        await host.stop()
    }

    @Test(arguments: ["linmas", "imunisasi", "pupr", "air_minum", "kesejahteraan_sosial"])
    func `a local sector must not bear a name of the six or of a service of them`(_ id: String) throws {
        try garden.plant(id)
        #expect(refusal(id)?.code == .clash)
    }

    @Test(arguments: ["lingkungan", "pariwisata", "lingkungan_hidup"])
    func `other names are free`(_ id: String) throws {
        try garden.plant(id)
        #expect(refusal(id) == nil)
    }

    @Test func `labels are normalised as the synonym table says`() {
        #expect(
            CanonicalSectors.normalised("Bidang Pekerjaan Umum & Penataan Ruang") == "pekerjaan umum penataan ruang"
        )
        #expect(
            CanonicalSectors.synonymOf("SPM Ketentraman, Ketertiban Umum, dan Perlindungan Masyarakat")
                == "trantibumlinmas"
        )
        #expect(CanonicalSectors.synonymOf("Dinas PU dan Perumahan") == "pekerjaan_umum, perumahan_rakyat")
        #expect(CanonicalSectors.synonymOf("Lingkungan dan Sanitasi") == nil)
    }

    @Test func `a signature fits the files or the folder is refused`() throws {
        let folder = try garden.plant()
        let key = Curve25519.Signing.PrivateKey()
        let trusted = SectorSignature.Key(name: "dinkes.pub", bytes: Array(key.publicKey.rawRepresentation))
        #expect(scan(keys: [trusted], signed: true).allSatisfy { if case .failure = $0.result { true } else { false } })

        let tree = try SectorFolderTree(path: folder, policy: FolderPolicy(requireRootOwned: false))
        let signature = try SectorSignature.sign(tree, privateKey: Array(key.rawRepresentation))
        try garden.write(String(decoding: signature, as: UTF8.self), to: "\(folder)/sector.sig")
        guard case .success(let sector)? = scan(keys: [trusted], signed: true).first?.result else {
            Issue.record("a good signature was refused")
            return
        }
        #expect(sector.signedBy == "dinkes.pub")

        try garden.write("# lain\n", to: "\(folder)/bin/tambahan.py")
        guard case .failure(let error)? = scan(keys: [trusted], signed: true).first?.result else {
            Issue.record("a changed folder was accepted")
            return
        }
        #expect(error.code == .signature)
    }

    @Test func `the public key that is printed is one that a node trusts`() throws {
        let folder = try garden.plant()
        let seed = Array(Curve25519.Signing.PrivateKey().rawRepresentation)
        let tree = try SectorFolderTree(path: folder, policy: FolderPolicy(requireRootOwned: false))
        let signature = try SectorSignature.sign(tree, privateKey: seed)
        try garden.write(String(decoding: signature, as: UTF8.self), to: "\(folder)/sector.sig")
        try FileManager.default.createDirectory(atPath: "\(garden.root)/keys", withIntermediateDirectories: true)
        let publicKey = try SectorSignature.publicKey(of: seed)
        #expect(publicKey.count == 45 && publicKey.last == 0x0a)
        try garden.write(String(decoding: publicKey, as: UTF8.self), to: "\(garden.root)/keys/dinkes.pub")
        let keys = try SectorSignature.keys(in: "\(garden.root)/keys")
        guard case .success(let sector)? = scan(keys: keys, signed: true).first?.result else {
            Issue.record("refused")
            return
        }
        #expect(sector.signedBy == "dinkes.pub")
        #expect(throws: PluginHostError.self) { try SectorSignature.publicKey(of: [1, 2, 3]) }
    }

    @Test func `paths are made absolute by their text`() {
        #expect(AbsolutePath.of("/a/./b//c/../d/") == "/a/b/d")
        #expect(AbsolutePath.of("/..") == "/")
        #expect(AbsolutePath.of("x/..") == AbsolutePath.of("."))
        #expect(AbsolutePath.of("x").hasSuffix("/x") && AbsolutePath.of("x").hasPrefix("/"))
    }

    @Test func `the digest depends on manifest and tables, not on the program`() throws {
        let folder = try garden.plant()
        func digest() throws -> [UInt8] {
            try VerifiedSector(folder: folder, policy: FolderPolicy(requireRootOwned: false)).digest
        }
        let before = try digest()
        try garden.write("# lain\n", to: "\(folder)/bin/kebun", mode: 0o755)
        #expect(try digest() == before)
        try FileManager.default.createDirectory(atPath: "\(folder)/tables", withIntermediateDirectories: true)
        try garden.write("a,b\n1,2\n", to: "\(folder)/tables/kbm.csv")
        #expect(try digest() != before)
    }
}
