// What a test or an operator of the stand-in may look at and set: state, faults, verification, windows.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Hummingbird

extension Endpoint {
    func addControl(_ router: Router<StandinContext>) {
        let control = router.group("/standin")
        control.get("/dump") { _, _ in await self.dump().response }
        control.get("/stats") { _, _ in await self.stats().response }
        control.get("/state") { _, _ in Answer.json(200, await self.state()).response }
        control.get("/faults") { _, _ in
            Answer.json(200, .object(self.script.drawn.mapValues(Node.integer))).response
        }
        control.put("/faults") { request, _ in try await self.setFaults(request).response }
        control.put("/jadwal") { request, _ in try await self.setWindows(request).response }
        control.post("/verifikasi") { request, _ in try await self.verify(request).response }
    }

    // MARK: To set

    /// A new script frees what the old one stalled.
    private func setFaults(_ request: Request) async throws -> Answer {
        guard let bytes = try await body(request, upTo: 1 << 20) else { return Self.unclear("the script is too large") }
        do {
            try script.replace(String(decoding: bytes, as: UTF8.self))
            await store.release()
            jobs.release()
            asyncReports.release()
            return .json(200, .object(["berlaku": .bool(true)]))
        } catch let error as ValidationError {
            return Self.unclear(error.message)
        }
    }

    /// `{"tutup":["spm-posyandu/2026-10", …]}` for `sipd-rekap`, `["serv/2026"]`, `["dhis2/202610"]`, `["fhir/2026-10-01"]`.
    private func setWindows(_ request: Request) async throws -> Answer {
        guard let list = try await body(request, upTo: 1 << 20).flatMap(Node.read)?["tutup"]?.list else {
            return Self.unclear("tutup is a list of KIND/PERIOD")
        }
        await store.close(Set(list.compactMap(\.string)))
        return .json(200, .object(["berlaku": .bool(true)]))
    }

    /// `{"dialek":"serv","kunci":{"kodeindikator":"…"},"walidata":"Y","pembina":"N","catatan":"…"}`: what the people who
    /// verify decided, on every row or document that the key fits.
    private func verify(_ request: Request) async throws -> Answer {
        guard let order = try await body(request, upTo: 1 << 20).flatMap(Node.read),
            let dialect = order["dialek"]?.string
        else { return Self.unclear("dialek is serv or rekap") }
        let wanted = order["kunci"]?.object ?? [:]
        var marks: [String: String] = [:]
        for name in ["walidata", "pembina", "catatan"] { marks[name] = order[name]?.string }
        for name in ["walidata", "pembina"] {
            guard ["Y", "N", nil].contains(marks[name]) else { return Self.unclear("\(name) is Y or N") }
        }
        let parts: [String]
        switch dialect {
        case "serv": parts = ServDialect.keyParts
        case "rekap": parts = ["kodepemda", "periode", "jenis"]
        default: return Self.unclear("dialek is serv or rekap")
        }
        let fits: @Sendable ([String]) -> Bool = { key in
            zip(parts, key).allSatisfy { part, value in wanted[part].map { $0.string == value } ?? true }
        }
        let count =
            dialect == "serv"
            ? try await serv.mark(marks, where: fits)
            : try await store.verify(marks) { fits([$0.kodepemda, $0.periode, $0.jenis]) }
        return .json(200, .object(["baris": .integer(count)]))
    }

    private static func unclear(_ detail: String) -> Answer {
        .problem(400, "validasi", "Perintah tidak jelas", kode: "E-STANDIN", detail: detail)
    }

    // MARK: To look at

    /// Row by row what each dialect holds, and how often each took effect.
    func state() async -> Node {
        let documents: [Node] = await store.dump().map { entry in
            .object([
                "kunci": .string(entry.key.text), "revisi": .integer(entry.document.revisi),
                "digest": .string(entry.document.digest), "status": .string(entry.document.status),
                "dihapus": .bool(entry.document.isDeleted), "efek": .integer(entry.document.effects),
                "berulang": .integer(entry.document.repeats),
                "verifikasi": .object(entry.document.marks.mapValues(Node.string)),
            ])
        }
        let stores = [("serv", serv), ("dhis2", dhis2), ("fhir", reports)]
        var members: [String: Node] = [
            "rekap": .list(documents), "permintaan": .object(requests.mapValues(Node.integer)),
            "gangguan": .object(script.drawn.mapValues(Node.integer)),
        ]
        for (name, rows) in stores {
            members[name] = .list(
                await rows.all().map { key, row in
                    .object([
                        "kunci": .list(key.map(Node.string)), "isi": .object(row.fields.mapValues(Node.string)),
                        "dihapus": .bool(row.isDeleted), "efek": .integer(row.effects),
                        "berulang": .integer(row.repeats), "tanda": .object(row.marks.mapValues(Node.string)),
                    ])
                }
            )
        }
        return .object(members)
    }

    /// Every stored document with the very bytes it came in.
    private func dump() async -> Answer {
        var body = Data("{\"dokumen\":[".utf8)
        for (index, entry) in await store.dump().enumerated() {
            let head: [String: Node] = [
                "kodepemda": .string(entry.key.kodepemda), "periode": .string(entry.key.periode),
                "jenis": .string(entry.key.jenis), "revisi": .integer(entry.document.revisi),
                "digest": .string(entry.document.digest), "status": .string(entry.document.status),
                "dihapus": .bool(entry.document.isDeleted),
            ]
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(Node.object(head).bytes.dropLast())
            body.append(Data(",\"isi\":".utf8))
            body.append(entry.document.isDeleted ? Data("null".utf8) : entry.document.bytes)
            body.append(UInt8(ascii: "}"))
        }
        body.append(Data("]}".utf8))
        return Answer(status: 200, body: body)
    }

    private func stats() async -> Answer {
        let effects = await store.effectCounts()
        return .json(
            200,
            .object([
                "permintaan": .object(requests.mapValues(Node.integer)),
                "gangguan": .object(script.drawn.mapValues(Node.integer)),
                "efek": .object(Dictionary(uniqueKeysWithValues: effects.map { ($0.key, Node.integer($0.count)) })),
                "efek_terbanyak": .integer(effects.map(\.count).max() ?? 0),
                "dokumen": .integer(await store.dump().count),
            ])
        )
    }
}
