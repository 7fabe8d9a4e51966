// Residents registered, corrected and moved by several devices; cases opened, moved and refused; tasks.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PostgresClient
import Testing

@testable import Apply

@Suite struct ResidentTests {
    private func posyandu(_ node: Node, of resident: UUID) async throws -> String? {
        try await node.text(
            "select p.uuid::text from registry.resident r join registry.posyandu p on p.id = r.posyandu_id where r.id = $1",
            [.uuid(resident)]
        )
    }

    @Test func `a move changes the posyandu and keeps the rest, an unknown target is refused`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let (other, _) = try await node.addPost(2)
            try await node.send(
                kiosks[0],
                [
                    .register(id(1), id(1, 1), at: post, nik: "3325014101250001"),
                    .move(id(2), id(1, 1), from: post, to: other),
                    .move(id(3), id(1, 1), from: post, to: id(999)), .weigh(id(4), id(1, 1), at: post, 6_500),
                ]
            )
            let pass = try await node.settle(try await node.engine())
            #expect(pass.applied == 3 && pass.rejected == 1)
            #expect(try await posyandu(node, of: id(1, 1)) == other.text)
            #expect(try await node.count("select revision from registry.resident") == 2)
            #expect(try await node.count("select count(*) from registry.resident_revision") == 1)
            #expect(try await node.count("select count(*) from registry.resident where nik_sealed is not null") == 1)
            #expect(try await node.figure("tumbuh.ditimbang", "2026-11", post) == "1")
            try await node.expectBalance()
        }
    }

    @Test func `an old registration sent again does not undo a newer one`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let first = Text.register(id(1), id(1, 1), at: post, birth: "2025-01-01")
            try await node.send(kiosks[0], [first, .register(id(2), id(1, 1), at: post, birth: "2025-02-01")])
            let engine = try await node.engine()
            try await node.settle(engine)
            try await node.reinstall(kiosks[0])
            try await node.send(kiosks[0], [first])
            try await node.settle(engine)
            #expect(try await node.text("select birth_date::text from registry.resident") == "2025-02-01")
            try await node.expectBalance()
        }
    }

    @Test func `a move stands when an older registration arrives after it`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1, devices: 2)
            let (other, _) = try await node.addPost(2)
            let engine = try await node.engine()
            try await node.send(
                kiosks[0],
                [.register(id(1), id(1, 1), at: post), .move(id(9), id(1, 1), from: post, to: other)]
            )
            try await node.settle(engine)
            #expect(try await posyandu(node, of: id(1, 1)) == other.text)
        }
    }

    @Test func `a NIK of someone else is refused, in one batch and in the next`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let nik = "3325014101250001"
            let engine = try await node.engine()
            try await node.send(
                kiosks[0],
                [.register(id(1), id(1, 1), at: post, nik: nik), .register(id(2), id(2, 1), at: post, nik: nik)]
            )
            try await node.settle(engine)
            try await node.send(
                kiosks[0],
                [
                    .register(id(3), id(3, 1), at: post, nik: nik), .register(id(4), id(1, 1), at: post, nik: nik),
                    .register(id(5), id(4, 1), at: post, nik: "12"), .register(id(6), id(5, 1), at: post, sex: "X"),
                    .register(id(7), id(6, 1), at: post, birth: "2027-01-01"),
                    .register(id(8), id(7, 1), at: post, name: ""),
                ]
            )
            try await node.settle(engine)
            #expect(
                try await node.rejections() == [
                    "warga.nik_dipakai", "warga.nik_dipakai", "warga.nik", "warga.jenis_kelamin", "warga.tanggal_lahir",
                    "warga.nama",
                ]
            )
            #expect(try await node.count("select count(*) from registry.resident") == 1)
            try await node.expectBalance()
        }
    }
}

@Suite struct CaseTests {
    @Test func `a case opens, moves step by step, and refuses what the flow does not allow`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            func step(_ number: Int, _ from: String, _ to: String, _ role: String, _ more: String = "") -> Text {
                .moveCase(id(number), id(2), at: post, from: from, to: to, by: role, more: more)
            }
            let engine = try await node.engine()
            try await node.send(
                kiosks[0],
                [.complain(id(2), at: post, "jalan rusak"), step(3, "didata", "verifikasi_kunjungan", "kader")]
            )
            try await node.settle(engine)
            try await node.send(
                kiosks[0],
                [
                    step(4, "didata", "verifikasi_kunjungan", "kader"),
                    step(5, "verifikasi_kunjungan", "selesai", "kader"),
                    step(6, "verifikasi_kunjungan", "diajukan_pemdes", "opd"),
                    step(7, "verifikasi_kunjungan", "ditolak", "kader"),
                    step(8, "verifikasi_kunjungan", "diajukan_pemdes", "bidan"),
                    step(
                        9,
                        "diajukan_pemdes",
                        "disposisi_opd",
                        "pemdes",
                        #","opd":"pekerjaan_umum","catatan":"segera""#
                    ),
                ]
            )
            try await node.settle(engine)
            #expect(
                try await node.rejections() == ["kasus.sudah_berubah", "kasus.langkah", "kasus.peran", "kasus.catatan"]
            )
            #expect(
                try await node.texts(
                    "select state || ' ' || office || ' ' || revision || ' ' || reason from registry.case"
                ) == [
                    "disposisi_opd pekerjaan_umum 4 jalan rusak"
                ]
            )
            #expect(
                try await node.texts(
                    "select seq || ' ' || to_state || ' ' || by_role from registry.case_move order by seq"
                ) == [
                    "1 didata kader", "2 verifikasi_kunjungan kader", "3 diajukan_pemdes bidan",
                    "4 disposisi_opd pemdes",
                ]
            )
            #expect(
                try await node.count("select count(*) from registry.case_move where remark_sealed is not null") == 1
            )
            try await node.expectBalance()
        }
    }

    @Test func `a step of a case waits for the record that opens it`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1, devices: 2)
            let engine = try await node.engine()
            try await node.send(
                kiosks[1],
                [.moveCase(id(5), id(2), at: post, from: "didata", to: "verifikasi_kunjungan", by: "kader")]
            )
            try await node.settle(engine)
            try await node.send(kiosks[0], [.complain(id(2), at: post, "jalan rusak")])
            try await node.settle(engine)
            #expect(try await node.text("select state from registry.case") == "verifikasi_kunjungan")
            try await node.expectBalance()
        }
    }

    @Test func `a corrected record leaves its case where it stands`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let engine = try await node.engine()
            try await node.send(
                kiosks[0],
                [
                    .complain(id(2), at: post, "jalan rusak"),
                    .moveCase(id(3), id(2), at: post, from: "didata", to: "verifikasi_kunjungan", by: "kader"),
                ]
            )
            try await node.settle(engine)
            try await node.send(kiosks[0], [.complain(id(4), at: post, "jembatan rusak", corrects: id(2))])
            let pass = try await node.settle(engine)
            #expect(pass.applied == 1 && pass.dead == 0)
            #expect(try await node.text("select state from registry.case") == "verifikasi_kunjungan")
            #expect(try await node.count("select count(*) from registry.case_move") == 2)
            try await node.expectBalance()
        }
    }

    @Test func `tasks follow the newest answer, without repeating those that stand`() async throws {
        try await withNode { node in
            let (post, kiosks) = try await node.addPost(1)
            let engine = try await node.engine()
            func states() async throws -> [String] {
                try await node.texts(
                    """
                    select case when is_open then 'open ' else 'done ' end || due::text from registry.task_state order by id
                    """
                )
            }
            try await node.send(
                kiosks[0],
                [.register(id(1), id(1, 1), at: post), .weigh(id(2), id(1, 1), at: post, on: "2026-11-03", 1_900)]
            )
            try await node.settle(engine)
            #expect(try await states() == ["open 2026-11-06"])
            try await node.send(kiosks[0], [.register(id(3), id(1, 1), at: post, birth: "2025-01-02")])
            try await node.settle(engine)
            #expect(try await states() == ["open 2026-11-06"])
            try await node.send(
                kiosks[0],
                [.weigh(id(4), id(1, 1), at: post, on: "2026-11-03", 2_900, corrects: id(2))]
            )
            try await node.settle(engine)
            #expect(try await states() == [])
            try await node.send(
                kiosks[0],
                [.weigh(id(5), id(1, 1), at: post, on: "2026-11-04", 1_800, corrects: id(2))]
            )
            try await node.settle(engine)
            #expect(try await states() == ["open 2026-11-07"])
        }
    }
}
