// Wrong records on purpose: each must be refused, with a code known beforehand.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// A kind of mistake that people or devices make.
enum Mistake: CaseIterable, Sendable {
    case tooHeavy, noWeight, tooOldToWeigh, unknownDose, ambiguousDose, capsuleAtSchoolAge, stockDoesNotAddUp
    case moreCardsThanChildren, foreignPosyandu, unknownPosyandu, unknownCorrection, unaskedPersonal, noSubject
    case numberInUse, bornTomorrow, noName, wrongRole, wrongState, sameIdentity, impossibleChoice,
        moreDisabledThanMembers
    case notSubstandard, complaintFromTomorrow
}

extension SourceLife {
    mutating func make(_ mistake: Mistake, at time: Moment) {
        switch mistake {
        case .tooHeavy: weigh(.child, ["berat_gram": .number(95_000)], "isian.maksimum", time)
        case .noWeight: weigh(.child, ["tinggi_cm": .hundredths(8_050)], "isian.wajib", time)
        case .tooOldToWeigh: weigh(.schoolAge, ["berat_gram": .number(21_000)], "subjek.umur", time)
        case .unknownDose: wrong("kesehatan.imunisasi", .child, ["dosis": .text("XYZ9")], "imunisasi.dosis", time)
        case .ambiguousDose: wrong("kesehatan.imunisasi", .child, ["dosis": .text("HepB I")], "imunisasi.tanya", time)
        case .capsuleAtSchoolAge:
            wrong("kesehatan.vitamin_a", .schoolAge, ["kapsul": .text("merah")], "subjek.umur", time)
        case .stockDoesNotAddUp:
            let form: Form = [
                "barang": .text("oralit"), "sisa_lalu": .number(20), "diterima": .number(10), "diberikan": .number(5),
                "sisa": .number(40),
            ]
            wrong("kesehatan.logistik", nil, form, "logistik.jumlah", time)
        case .moreCardsThanChildren:
            let form: Form = ["s_l": .number(10), "s_p": .number(12), "k_l": .number(11), "k_p": .number(12)]
            wrong("kesehatan.sasaran", nil, form, "aturan.urutan", time)
        case .foreignPosyandu:
            guard world.posyandu.count > 1 else { return }
            let other = world.posyandu[(posyandu.index + 1) % world.posyandu.count].id
            wrongPlace(other, "posyandu.bukan_milik_pengirim", time)
        case .unknownPosyandu: wrongPlace(chance.uuid(), "posyandu.tidak_dikenal", time)
        case .unknownCorrection:
            wrong("sosial.kie", nil, Self.education, "koreksi.tidak_ditemukan", time, corrects: chance.uuid(at: 1))
        case .unaskedPersonal:
            wrong("sosial.kie", nil, Self.education, "person.tidak_dikenal", time, person: [("nama", "Seseorang")])
        case .noSubject:
            wrong("kesehatan.kb", nil, ["metode": .text("suntik"), "status": .text("baru")], "subjek.kosong", time)
        case .impossibleChoice:
            wrong("sosial.kie", nil, Self.education.with("tema", .text("apa_saja")), "isian.pilihan", time)
        case .moreDisabledThanMembers:
            let form: Form = [
                "jumlah_anggota": .number(3), "status_rumah": .text("sewa"), "jumlah_disabilitas": .number(4),
            ]
            wrong(
                "sosial.fakir_miskin",
                .household(0, posyandu: posyandu.index),
                form,
                "fakir_miskin.disabilitas",
                time
            )
        case .notSubstandard:
            let form = House.form(bad: 0, chance: &chance).with("kategori", .text("rtlh"))
            wrong("perumahan_rakyat.rtlh", .household(1, posyandu: posyandu.index), form, "rtlh.kategori", time)
        case .complaintFromTomorrow:
            let form: Form = [
                "jenis": .text("biaya"), "isi_keluhan": .text("iuran sekolah"), "lokasi": .text("RT 01/RW 01"),
                "tanggal_penyampaian": .date(time.day.adding(1)),
            ]
            wrong("pendidikan.keluhan", nil, form, "keluhan.tanggal", time)
        case .numberInUse, .bornTomorrow, .noName: wrongResident(mistake, time)
        case .wrongRole, .wrongState: wrongStep(mistake, time)
        case .sameIdentity: sameIdentity(time)
        }
    }

    private static let education: Form = [
        "tema": .text("disabilitas"), "peserta_l": .number(4), "peserta_p": .number(11), "kelompok_rentan": .number(3),
    ]

    private mutating func weigh(_ group: AgeGroup, _ form: Form, _ code: String, _ time: Moment) {
        wrong("kesehatan.penimbangan", group, form, code, time)
    }

    private mutating func wrong(_ type: String, _ group: AgeGroup, _ form: Form, _ code: String, _ time: Moment) {
        let members = posyandu.residents.filter {
            world.residents[$0].group == group && world.residents[$0].move == nil
        }
        guard !members.isEmpty else { return }
        wrong(type, .resident(chance.pick(members)), form, code, time)
    }

    private mutating func wrong(
        _ type: String,
        _ subject: Subject?,
        _ form: Form,
        _ code: String,
        _ time: Moment,
        corrects: UUID? = nil,
        person: [(name: String, text: String)] = []
    ) {
        let id = chance.uuid(at: time.milliseconds)
        send(
            MessageParts(
                id: id,
                type: type,
                subject: self.id(subject),
                time: time,
                posyandu: posyandu.id,
                corrects: corrects,
                person: person,
                data: form
            ).bytes,
            at: time
        )
        story.rejected[code, default: 0] += 1
    }

    private mutating func wrongPlace(_ place: UUID, _ code: String, _ time: Moment) {
        let id = chance.uuid(at: time.milliseconds)
        send(
            MessageParts(id: id, type: "sosial.kie", time: time, posyandu: place, data: Self.education).bytes,
            at: time
        )
        story.rejected[code, default: 0] += 1
    }

    private mutating func wrongResident(_ mistake: Mistake, _ time: Moment) {
        var person = [(name: "nama", text: Names.person(&chance, isMale: true))]
        var birth = time.day.adding(-30)
        let code: String
        switch mistake {
        case .numberInUse:
            guard let number = world.residents[posyandu.residents].lazy.compactMap(\.nik).first else { return }
            person.append(("nik", number))
            code = "warga.nik_dipakai"
        case .bornTomorrow:
            birth = time.day.adding(1)
            code = "warga.tanggal_lahir"
        default:
            person = [("alamat", "RT 01/RW 01")]
            code = "warga.nama"
        }
        sendCore(
            "warga.terdaftar",
            chance.uuid(),
            time,
            person,
            ["jenis_kelamin": .text("L"), "tanggal_lahir": .date(birth)]
        )
        story.rejected[code, default: 0] += 1
    }

    private mutating func wrongStep(_ mistake: Mistake, _ time: Moment) {
        guard let history = story.cases.last(where: { $0.state == "didata" }) else { return }
        let isRole = mistake == .wrongRole
        sendCore(
            "kasus.dipindah",
            nil,
            time,
            [],
            [
                "kasus": .text(story.records[history.record].id.text),
                "dari": .text(isRole ? "didata" : "diajukan_pemdes"),
                "ke": .text(isRole ? "verifikasi_kunjungan" : "selesai"), "oleh": .text(isRole ? "opd" : "pemdes"),
                "catatan": .text("salah"),
            ]
        )
        story.messages[story.messages.count - 1].isCaseStep = true
        story.rejected[isRole ? "kasus.peran" : "kasus.sudah_berubah", default: 0] += 1
    }

    /// Another record under the id of one that stands.
    private mutating func sameIdentity(_ time: Moment) {
        guard let standing = story.records.last(where: { $0.revision == 1 && $0.type == "sosial.kie" }) else { return }
        send(
            MessageParts(
                id: standing.id,
                type: "sosial.kie",
                time: time,
                posyandu: posyandu.id,
                data: Self.education.with("peserta_l", .number(77))
            ).bytes,
            at: time
        )
        story.rejected["pesan.id_bentrok", default: 0] += 1
    }

    // MARK: Refused by intake

    /// Puts a few messages that no intake can take somewhere behind the last step of a case: what claims no readable
    /// time is dated at its receipt, and so is all that follows.
    mutating func addRefusedMessages() {
        guard chance.chance(0.04), let last = story.messages.last else { return }
        let first = (story.messages.lastIndex { $0.isCaseStep } ?? -1) + 1
        let place = chance.number(first...story.messages.count)
        let (code, bytes) = refused(at: last.time)
        let time = place < story.messages.count ? story.messages[place].time : last.time
        story.messages.insert(StreamMessage(bytes: bytes, time: time), at: place)
        story.refused[code, default: 0] += 1
    }

    private mutating func refused(at time: Moment) -> (code: String, bytes: [UInt8]) {
        var parts = MessageParts(
            id: chance.uuid(at: time.milliseconds),
            type: "sosial.kie",
            time: time,
            posyandu: posyandu.id,
            data: Self.education
        )
        switch chance.number(0...3) {
        case 0: return ("json", parts.bytes.dropLast(7))
        case 1:
            parts.data["catatan"] = .text(String(repeating: "panjang sekali ", count: 4_500))
            return ("size", parts.bytes)
        case 2:
            parts.id = chance.uuid()
            return ("id", parts.bytes)
        default:
            parts.type = "bukan"
            return ("type", parts.bytes)
        }
    }
}

extension Form {
    func with(_ name: String, _ answer: Answer) -> Form {
        var form = self
        form[name] = answer
        return form
    }
}
