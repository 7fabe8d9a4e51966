// What an operator gets told about posyandud.yaml.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import NodeConfiguration
import Testing

@Suite struct ConfigurationTests {
    static let annotated: String? = {
        let path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return try? String(contentsOfFile: "/" + path + "/config/posyandud.yaml", encoding: .utf8)
    }()

    func findings(_ text: String, environment: [String: String] = [:]) -> [ConfigurationFinding] {
        do {
            _ = try NodeConfiguration.read(text, file: "p.yaml", environment: environment, credentials: "/creds")
            return []
        } catch {
            return error.findings
        }
    }

    @Test func `the annotated file that ships is valid and says what the defaults are`() throws {
        let text = try #require(Self.annotated)
        let read = try NodeConfiguration.read(text, file: "posyandud.yaml", credentials: "/creds")
        #expect(read.node.kabupaten == "33.25")
        #expect(read.node.utcOffsetSeconds == 25_200)
        #expect(read.secrets.sealingKey == "/creds/nik-kek")
        let defaults = try NodeConfiguration.read(
            "node: {id: 00000000-0000-4000-8000-000000003325, kabupaten: \"33.25\", name: B}\ndatabase: {conninfo: x}",
            file: "p",
            credentials: "/creds"
        )
        #expect(defaults.listen.port == read.listen.port)
        #expect(defaults.apply.batch == read.apply.batch)
        #expect(defaults.intake.maximumBytesInFlight == read.intake.maximumBytesInFlight)
        #expect(defaults.sectors.folders == read.sectors.folders)
    }

    @Test func `each mistake is named with its line and remedy`() {
        let text = """
            node:
              role: server
              id: 00000000-0000-4000-8000-000000003325
              kabupaten: 63.1
              name: Tanah Bumbu
              utc_ofset: "+08:00"
            database:
              conninfo: x
            listen:
              port: 99999
            apply: 5
            """
        let found = findings(text)
        #expect(found.map(\.line) == [2, 4, 6, 10, 11] || Set(found.compactMap(\.line)) == [2, 4, 6, 10, 11])
        #expect(found.contains { $0.setting == "node.utc_ofset" && $0.fix.contains("utc_offset") })
        #expect(found.contains { $0.setting == "node.kabupaten" && $0.fix.contains("quote") })
        #expect(found.contains { $0.setting == "listen.port" && $0.message.contains("99999") })
    }

    private static let node = """
        node: {id: 00000000-0000-4000-8000-000000003325, kabupaten: "33.25", name: B}
        database: {conninfo: x}

        """

    @Test func `roles are given to people by name, for an area and sectors`() throws {
        let text =
            Self.node + """
                access:
                  kades_brokoh: {role: kepala_desa, users: [kades.brokoh], area: "33.25.01.2001"}
                  satpol: {role: petugas_trantib, groups: [satpol-pp], sectors: [trantibumlinmas]}
                attachments: {maximum_bytes: 1048576, types: [jpeg], per_record: 3}
                """
        let read = try NodeConfiguration.read(text, file: "p", credentials: "/creds")
        #expect(read.access.map(\.role) == ["kepala_desa", "petugas_trantib"])
        #expect(read.access.map(\.area) == ["33.25.01.2001", nil])
        #expect(read.access[1].groups == ["satpol-pp"] && read.access[1].sectors == ["trantibumlinmas"])
        #expect(read.attachments.maximumBytes == 1_048_576 && read.attachments.types == ["jpeg"])
        #expect(read.attachments.folder == "/var/lib/posyandud/attachments")
        #expect(try NodeConfiguration.read(Self.node, file: "p", credentials: "/creds").access.isEmpty)
    }

    @Test func `a role for nobody, for root or for another kabupaten is named with its line`() {
        let text =
            Self.node + """
                access:
                  one: {role: Kepala Desa, users: [a]}
                  two: {role: kepala_desa}
                  three: {role: kepala_desa, users: [root]}
                  four: {role: kepala_desa, users: [a], area: "33.26.01.2001"}
                  five: {role: kepala_desa, users: [a], areas: x}
                  six: {role: kepala_desa, users: ["a b"]}
                attachments: {folder: lampiran, types: [gif], maximum_bytes: 1}
                """
        let found = findings(text)
        #expect(
            found.map(\.setting) == [
                "access.one.role", "access.two.users", "access.three.users", "access.four.area", "access.five.areas",
                "access.six.users", "attachments.types", "attachments.folder", "attachments.maximum_bytes",
            ]
        )
        #expect(found.map(\.line) == [4, 5, 6, 7, 8, 9, 10, 10, 10])
    }

    @Test func `broken YAML is named with its line`() {
        let found = findings("node:\n  role: [hub\nlisten: 1\n")
        #expect(found.count == 1)
        #expect((found.first?.line ?? 0) >= 2)
    }

    @Test func `a missing setting names the group to add it to`() {
        let found = findings("node: {role: hub}")
        #expect(found.contains { $0.setting == "node.kabupaten" && $0.message.contains("missing") })
        #expect(found.contains { $0.setting == "database.conninfo" })
    }

    @Test func `the environment wins over the file`() throws {
        let text =
            "node: {id: 00000000-0000-4000-8000-000000003325, kabupaten: \"33.25\", name: B}\ndatabase: {conninfo: x}"
        let read = try NodeConfiguration.read(
            text,
            file: "p",
            environment: ["POSYANDUD_LISTEN_PORT": "9000", "POSYANDUD_DATABASE_CONNINFO": "host=/tmp"],
            credentials: "/c"
        )
        #expect(read.listen.port == 9_000)
        #expect(read.database.conninfo == "host=/tmp")
    }
}
