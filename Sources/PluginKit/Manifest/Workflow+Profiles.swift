// The case flows that posyandud ships: `"use": "standar"` and `"use": "lapor"`.
// SPDX-License-Identifier: Apache-2.0

extension Manifest.Workflow {
    /// The flows by the name that a manifest uses.
    package static let profiles: [String: Manifest.Workflow] = ["standar": standard, "lapor": lapor]

    /// Who is told of a passed deadline unless a manifest says otherwise, lowest first: this project's choice [I].
    package static let standardLadder: [Role] = [.pemdes, .kecamatan, .tpPosyandu]

    private static let anyVillager: [Role] = [.kader, .bidan, .pemdes]

    /// The flow of Kab. Tegal's guide: 5 working days for the whole service [C: PRD-Tegal], a flag after 3 without a move
    /// [P: PRD-Tegal]. Pauses, reopening and rating are this project's [I].
    package static let standard = Manifest.Workflow(
        states: ["didata", "verifikasi_kunjungan", "diajukan_pemdes", "disposisi_opd"],
        final: ["selesai", "ditolak"],
        moves: [
            Move(from: "didata", to: "verifikasi_kunjungan", by: anyVillager, requires: []),
            Move(from: "didata", to: "ditolak", by: [.pemdes], requires: [.remark]),
            Move(from: "verifikasi_kunjungan", to: "diajukan_pemdes", by: anyVillager, requires: []),
            Move(from: "verifikasi_kunjungan", to: "ditolak", by: anyVillager, requires: [.remark]),
            Move(from: "diajukan_pemdes", to: "disposisi_opd", by: [.pemdes], requires: [.office]),
            Move(from: "diajukan_pemdes", to: "selesai", by: [.pemdes], requires: [.remark]),
            Move(from: "diajukan_pemdes", to: "ditolak", by: [.pemdes], requires: [.remark]),
            Move(from: "disposisi_opd", to: "selesai", by: [.opd, .pemdes], requires: [.remark]),
            Move(from: "disposisi_opd", to: "ditolak", by: [.opd, .pemdes], requires: [.remark]),
        ],
        deadlines: [
            Deadline(
                name: "pelayanan",
                end: .between(from: "didata", until: nil),
                workdays: .fixed(5),
                escalates: false
            ),
            Deadline(name: "macet", end: .withoutMove, workdays: .fixed(3), escalates: true),
        ],
        pauses: [
            Pause(
                code: "menunggu_dokumen",
                label: Manifest.Title(id: "Menunggu dokumen dari warga", en: "Waiting for papers"),
                by: [.kader, .bidan, .pengurus, .pemdes, .opd]
            ),
            Pause(
                code: "menunggu_anggaran",
                label: Manifest.Title(id: "Menunggu anggaran", en: "Waiting for a budget"),
                by: [.pemdes, .opd]
            ),
        ],
        reopening: Reopening(
            from: ["selesai", "ditolak"],
            to: "verifikasi_kunjungan",
            by: [.kader, .bidan, .pemdes],
            withinWorkdays: 10,
            times: 1
        ),
        rating: Rating(from: ["selesai"], by: [.kader])
    )

    /// The time limits of SP4N-LAPOR!: 3 working days to verify, 5 for the office's first answer, 10 to close [G]. The numbers are
    /// defaults: a manifest overrides each by its name.
    package static let lapor: Manifest.Workflow = {
        var flow = standard
        let answered = "ditanggapi_opd"
        flow.states.append(answered)
        flow.moves += [
            Move(from: "disposisi_opd", to: answered, by: [.opd], requires: [.remark]),
            Move(from: answered, to: "selesai", by: [.opd, .pemdes], requires: [.remark]),
            Move(from: answered, to: "ditolak", by: [.opd, .pemdes], requires: [.remark]),
        ]
        flow.deadlines = [
            Deadline(
                name: "verifikasi",
                end: .between(from: "didata", until: "disposisi_opd"),
                workdays: .fixed(3),
                escalates: true
            ),
            Deadline(
                name: "tanggapan",
                end: .between(from: "disposisi_opd", until: answered),
                workdays: .fixed(5),
                escalates: true
            ),
            Deadline(
                name: "penyelesaian",
                end: .between(from: "disposisi_opd", until: nil),
                workdays: .fixed(10),
                escalates: true
            ),
        ]
        return flow
    }()
}
