// The files that the daemon's importers read, and the keys of the sources.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FoundationEssentials

enum WorldFiles {
    /// Writes posyandu.csv, cadres.csv, residents.csv, offices.csv, sources.csv, keys.csv (only for the owner) and
    /// scenario.json into a folder.
    static func write(_ world: Kabupaten, to folder: String) throws {
        try TextFile.write(posyandu(world), to: folder + "/posyandu.csv")
        try TextFile.write(cadres(world), to: folder + "/cadres.csv")
        try TextFile.write(residents(world), to: folder + "/residents.csv")
        try TextFile.write(offices(), to: folder + "/offices.csv")
        var sources = CSVText("uuid,posyandu_uuid,nama,incarnation,sign_key,peran")
        var keys = CSVText("uuid,private_key")
        for posyandu in world.posyandu {
            let key = try key(world.scenario.seed, posyandu.index)
            sources.row(
                posyandu.source.text,
                posyandu.id.text,
                "Kios \(posyandu.name)",
                posyandu.incarnation.text,
                BatchBytes.hex(key.publicKey.rawRepresentation),
                roles
            )
            keys.row(posyandu.source.text, BatchBytes.hex(key.rawRepresentation))
        }
        try TextFile.write(sources.bytes, to: folder + "/sources.csv")
        try TextFile.write(keys.bytes, to: folder + "/keys.csv", mode: 0o600)
        try TextFile.write(scenario(world.scenario), to: folder + "/scenario.json")
    }

    /// One kiosk plays everybody in its desa, so that a case runs its course with few sources.
    private static let roles = "kader bidan pengurus pemdes kades opd"

    private static func key(_ seed: UInt64, _ posyandu: Int) throws -> Curve25519.Signing.PrivateKey {
        var chance = SplitMix(seed, 5, UInt64(posyandu))
        return try Curve25519.Signing.PrivateKey(rawRepresentation: chance.bytes(32))
    }

    /// Private keys by source, from keys.csv.
    static func keys(_ folder: String) throws -> [String: Curve25519.Signing.PrivateKey] {
        var keys: [String: Curve25519.Signing.PrivateKey] = [:]
        for line in try TextFile.text(folder + "/keys.csv").split(separator: "\n").dropFirst() {
            let cells = line.split(separator: ",")
            guard cells.count == 2, let bytes = BatchBytes.bytes(hex: String(cells[1])) else {
                throw SimulatorError("\(folder)/keys.csv holds a line that is no key")
            }
            keys[String(cells[0])] = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
        }
        return keys
    }

    // MARK: Scenario

    private static func scenario(_ scenario: Scenario) -> [UInt8] {
        var json = JSONText()
        json.open("{")
        json.member("seed", String(scenario.seed))
        json.member("posyandu", scenario.posyandu)
        json.member("first", scenario.first.description)
        json.name("months")
        json.open("[")
        for month in scenario.simulated { json.string(month.description) }
        json.close("]")
        json.close("}")
        return json.bytes + [0x0A]
    }

    static func scenario(_ folder: String) throws -> Scenario {
        let json = try JSON(try TextFile.read(folder + "/scenario.json"))
        guard let seed = UInt64(json.text("seed")), let first = Month(json.text("first")) else {
            throw SimulatorError("\(folder)/scenario.json is not of this program: run `prepare` again")
        }
        return Scenario(seed: seed, posyandu: json.int("posyandu"), months: json.list("months").count, first: first)
    }

    // MARK: Tables

    private static func posyandu(_ world: Kabupaten) -> [UInt8] {
        var csv = CSVText("uuid,nama,kode_desa,nomor_registrasi,tanggal_registrasi,aktif_sejak,hari_buka")
        for posyandu in world.posyandu {
            csv.row(
                posyandu.id.text,
                posyandu.name,
                posyandu.village.code,
                posyandu.registration?.number,
                posyandu.registration?.date.description,
                posyandu.activeFrom.description,
                "tanggal \(posyandu.openDay)"
            )
        }
        return csv.bytes
    }

    private static func cadres(_ world: Kabupaten) -> [UInt8] {
        var csv = CSVText("posyandu_uuid,nama,nik,bidang,jabatan,mulai,selesai,no_hp")
        for cadre in world.cadres {
            csv.row(
                world.posyandu[cadre.posyandu].id.text,
                cadre.name,
                cadre.nik,
                cadre.sector,
                cadre.role,
                cadre.started.description,
                cadre.ended?.description,
                cadre.telephone
            )
        }
        return csv.bytes
    }

    private static func residents(_ world: Kabupaten) -> [UInt8] {
        var csv = CSVText("id,posyandu_uuid,nama,nik,jenis_kelamin,tanggal_lahir,ibu_id,alamat,rumah_tangga")
        for resident in world.residents where resident.group != .newborn {
            let posyandu = world.posyandu[resident.posyandu]
            csv.row(
                resident.id.text,
                posyandu.id.text,
                resident.name,
                resident.nik,
                resident.isMale ? "L" : "P",
                resident.birth.description,
                resident.mother.map { world.residents[$0].id.text },
                "RT \(twoDigits(resident.household % 9 + 1)), \(posyandu.village.name)",
                posyandu.households[resident.household].text
            )
        }
        return csv.bytes
    }

    private static func offices() -> [UInt8] {
        var csv = CSVText("kode,nama,peran,kode_wilayah")
        for office in Kabupaten.offices { csv.row(office.code, office.name, office.role, Kabupaten.code) }
        return csv.bytes
    }
}
