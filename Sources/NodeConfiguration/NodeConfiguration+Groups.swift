// Reads each group of posyandud.yaml, with its defaults and bounds.
// SPDX-License-Identifier: Apache-2.0

extension NodeConfiguration {
    static func readNode(_ section: SettingsReader.Section) -> Node {
        section.allow([
            "role", "id", "kabupaten", "name", "utc_offset", "office", "region_version", "nomenclature_version",
            "timeline",
        ])
        let kabupaten = section.text("kabupaten")
        if !kabupaten.isEmpty, !isKabupaten(kabupaten) {
            section.complain("kabupaten", "`\(kabupaten)` is not a kode wilayah of a kabupaten.", "quote it: \"33.25\"")
        }
        let id = section.text("id")
        if !id.isEmpty, !isUUID(id) {
            section.complain("id", "`\(id)` is not a UUID.", "make one with `uuidgen` and never change it")
        }
        let offset = section.choice("utc_offset", default: "+07:00", of: ["+07:00", "+08:00", "+09:00"])
        return Node(
            role: section.choice("role", default: "hub", of: ["hub", "kiosk"]),
            id: id,
            kabupaten: kabupaten,
            name: section.text("name"),
            utcOffsetSeconds: ["+07:00": 25_200, "+08:00": 28_800, "+09:00": 32_400][offset] ?? 25_200,
            office: section.text("office", default: "Dinas PMD"),
            regionVersion: section.text("region_version", default: "300.2.2-2138/2025"),
            nomenclatureVersion: section.text("nomenclature_version", default: "900.1-2850/2025"),
            timeline: section.integer("timeline", default: 1, in: 1...1_000_000)
        )
    }

    static func readDatabase(_ section: SettingsReader.Section) -> Database {
        section.allow(["conninfo", "connections"])
        return Database(
            conninfo: section.text("conninfo"),
            connections: section.integer("connections", default: 4, in: 2...64)
        )
    }

    static func readListen(_ section: SettingsReader.Section) -> Listen {
        section.allow(["host", "port"])
        return Listen(
            host: section.text("host", default: "127.0.0.1"),
            port: section.integer("port", default: 8443, in: 0...65_535)
        )
    }

    static func readControl(_ section: SettingsReader.Section) -> Control {
        section.allow(["socket", "group"])
        let socket = section.text("socket", default: "/run/posyandud/control.sock")
        if socket.utf8.count > 100 {
            section.complain(
                "socket",
                "the path is longer than a Unix socket allows (100 bytes).",
                "use a shorter path"
            )
        }
        return Control(socket: socket, group: section.optionalText("group") ?? "posyandu-admin")
    }

    static func readSectors(_ section: SettingsReader.Section) -> Sectors {
        section.allow([
            "folders", "launcher", "declarative", "runtime_folders", "require_root_owner", "require_confinement",
            "require_signature", "key_folder", "disabled", "parameters",
        ])
        let group = section.section("parameters")
        var parameters: [String: [String: String]] = [:]
        for sector in group.keys {
            let values = group.section(sector)
            for key in values.keys { parameters[sector, default: [:]][key] = values.text(key, default: "") }
        }
        return Sectors(
            folders: section.texts(
                "folders",
                default: ["/usr/lib/posyandud/sectors", "/usr/local/lib/posyandud/sectors"]
            ),
            launcher: section.text("launcher", default: "/usr/lib/posyandud/sector-run"),
            declarative: section.text("declarative", default: "/usr/lib/posyandud/sector-declarative"),
            runtimeFolders: section.texts("runtime_folders", default: ["/usr/lib/posyandud/lib"]),
            requireRootOwner: section.flag("require_root_owner", default: true),
            requireSignature: section.flag("require_signature", default: false),
            keyFolder: section.text("key_folder", default: "/etc/posyandud/sector-keys"),
            requireConfinement: section.flag("require_confinement", default: true),
            disabled: section.texts("disabled"),
            parameters: parameters
        )
    }

    static func readCalendar(_ section: SettingsReader.Section) -> Calendar {
        section.allow(["weekdays", "holidays", "remind_workdays"])
        let weekdays = section.texts("weekdays", default: ["1", "2", "3", "4", "5"])
        let days = weekdays.compactMap { Int($0) }.filter { (1...7).contains($0) }
        if days.isEmpty || days.count != weekdays.count {
            section.complain("weekdays", "a working day is a number from 1 (Monday) to 7.", "[1, 2, 3, 4, 5]")
        }
        return Calendar(
            weekdays: days,
            holidays: section.optionalText("holidays") ?? "",
            remindWorkdays: section.integer("remind_workdays", default: 5, in: 0...60)
        )
    }

    static func readSecrets(_ section: SettingsReader.Section, credentials: String?) -> Secrets {
        section.allow(["sealing_key", "index_key"])
        func path(_ key: String, _ name: String) -> String {
            let value = section.text(key, default: name)
            if value.contains("/") { return value }
            guard let credentials else {
                section.complain(
                    key,
                    "`\(value)` names a systemd credential, but there is no credentials directory.",
                    "start by systemd, or give the path of a file"
                )
                return value
            }
            return credentials + "/" + value
        }
        return Secrets(sealingKey: path("sealing_key", "nik-kek"), indexKey: path("index_key", "nik-index"))
    }

    static func readLog(_ section: SettingsReader.Section) -> Log {
        section.allow(["level", "format"])
        return Log(
            level: section.choice(
                "level",
                default: "info",
                of: ["debug", "info", "notice", "warning", "error"]
            ),
            format: section.choice("format", default: "journal", of: ["journal", "json"])
        )
    }

    static func readIntake(_ section: SettingsReader.Section) -> Intake {
        section.allow(["connections", "maximum_bytes", "maximum_bytes_in_flight"])
        return Intake(
            connections: section.integer("connections", default: 2, in: 1...16),
            maximumBytes: section.integer("maximum_bytes", default: 1_048_576, in: 65_536...16_777_216),
            maximumBytesInFlight: section.integer(
                "maximum_bytes_in_flight",
                default: 16_777_216,
                in: 1_048_576...268_435_456
            )
        )
    }

    static func readApply(_ section: SettingsReader.Section) -> Apply {
        section.allow(["batch"])
        return Apply(batch: section.integer("batch", default: 1_000, in: 1...10_000))
    }

    static func readCases(_ section: SettingsReader.Section) -> Cases {
        section.allow(["escalation_minutes"])
        return Cases(escalationMinutes: section.integer("escalation_minutes", default: 15, in: 0...1_440))
    }

    static func readFolder(
        _ section: SettingsReader.Section,
        default folder: String,
        beside others: [String] = []
    ) -> String {
        section.allow(["folder"] + others)
        return section.text("folder", default: folder)
    }

    static func readFile(_ section: SettingsReader.Section) -> String {
        section.allow(["file"])
        return section.optionalText("file") ?? ""
    }

    /// `PP.KK`: two digits, a dot, two digits.
    static func isKabupaten(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { $0.count == 2 && $0.allSatisfy { $0.isASCII && $0.isNumber } }
    }

    static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }
}
