// A desa with its three kinds of senders, and a sector whose every record opens a case in the flow of the model.
// SPDX-License-Identifier: Apache-2.0
import CaseBook
import Cases
import FoundationEssentials
import MessageLog
import PluginHost
import PluginKit
import PostgresClient
import Registry
import Testing

@testable import Apply

extension Device {
    convenience init(
        _ number: Int,
        posyandu: UUID? = nil,
        roles: [String]?,
        area: String? = nil,
        offices: [String] = []
    ) {
        self.init(uuid: id(number, 0xE000 + number), posyandu: posyandu)
        (self.roles, self.area, self.offices) = (roles, area, offices)
    }
}

/// The posyandu, its kiosk, the village office and an OPD.
struct Desa {
    let post: UUID
    let kiosk: Device
    let village: Device
    let opd: Device

    init(_ node: Node, offices: [String], village code: String = "33.25.01.2001") async throws {
        post = id(1, 0xA000)
        try await node.addPosyandu([(post, code)])
        kiosk = Device(1, posyandu: post, roles: nil)
        village = Device(2, roles: ["pemdes", "kades"], area: code)
        opd = Device(3, roles: ["opd"], area: "33.25", offices: offices)
        try await node.addDevices([kiosk, village, opd])
    }

    /// Who speaks for a role; a role that nobody has comes from the village office.
    func sender(of role: String) -> Device {
        switch role {
        case "kader", "bidan", "pengurus": kiosk
        case "opd": opd
        default: village
        }
    }
}

extension Text {
    /// A message about a case.
    static func act(_ id: UUID, _ type: String, _ record: UUID, at posyandu: UUID, by role: String, _ more: String = "")
        -> Text
    {
        Text(
            id: id,
            type: "kasus." + type,
            posyandu: posyandu,
            data: #"{"kasus":"\#(record.text)","oleh":"\#(role)"\#(more)}"#
        )
    }
}

extension Node {
    /// Codes of what was refused to a source, in the order in which it was sent.
    func rejections(to device: Device) async throws -> [String] {
        try await texts(
            """
            select r.violations from registry.rejection r join log.source s using (source_id) where s.uuid = $1
            order by r.epoch, r.seq
            """,
            [.uuid(device.uuid)]
        ).compactMap { text in
            let violation = try JSONParser.parse(Array(text.utf8)).array?.first
            #expect(violation?["message"]?.string?.isEmpty == false)
            return violation?["code"]?.string
        }
    }

    /// Everything that stands of cases, without the sealed remarks: their bytes differ at each sealing.
    static func cases(_ pool: PostgresPool) async throws -> [String] {
        try await pool.withConnection { connection in
            try connection.query(
                """
                select to_jsonb(c)::text from registry.case c
                union all select (to_jsonb(m) - 'remark_sealed')::text from registry.case_move m
                union all select (to_jsonb(t) - 'id')::text from registry.task t
                union all select to_jsonb(k)::text from registry.task_closed k order by 1
                """
            ).map { try $0.string(0) }
        }
    }
}

/// Opens a case for every record.
struct CaseSector: SectorAsking {
    func ask(sector: String, _ records: [WorkerRecord]) async -> BatchOutcome {
        .answers(
            records.map { record in
                var answer = RecordAnswer(id: record.id)
                let payload = (try? JSONParser.parse(Array(record.payload))) ?? .null
                answer.effects = [
                    .put(JSONWriter.canonical(payload)),
                    .openCase(reason: "keluhan", priority: payload["prioritas"]?.string, office: nil),
                ]
                return answer
            }
        )
    }

    static func manifest(_ text: String) throws -> Manifest {
        switch Manifest.parse(Array(text.utf8), file: "sector.json") {
        case .success(let manifest): return manifest
        case .failure(let findings): throw findings
        }
    }

    /// A manifest in the catalogue of a database.
    static func register(_ manifest: Manifest, _ pool: PostgresPool) async throws -> ApplyCatalogue {
        let sector = CatalogueSector(
            code: manifest.id,
            title: manifest.name.id,
            scope: .local,
            version: manifest.version,
            digest: [UInt8](repeating: 2, count: 32),
            recordTypes: manifest.records.map(\.type),
            indicators: []
        )
        let ids = try await pool.transaction { try Catalogue.upsert($0, [sector]) }
        let types = manifest.records.map {
            TypeRules($0, of: manifest, sectorID: ids.sectors[manifest.id] ?? 0, typeIDs: ids.recordTypes)
        }
        return ApplyCatalogue(types: types, indicators: [:], plugins: "\(manifest.id)@1.0.0#02020202")
    }
}
