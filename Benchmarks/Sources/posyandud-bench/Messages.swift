// The messages that are measured: one month of a posyandu as 50 records of six sectors, signed as a kiosk signs them.
// SPDX-License-Identifier: Apache-2.0
import Crypto
import FoundationEssentials
import MessageLog
import Sync

/// A posyandu with its source and its people. All ids follow from its number.
struct Post: Sendable {
    static let children = 35
    static let mothers = 2
    static let pupils = 2

    let number: Int
    let key: Curve25519.Signing.PrivateKey

    init(_ number: Int) {
        self.number = number
        key = Curve25519.Signing.PrivateKey()
    }

    var posyandu: UUID { Ids.make(.posyandu, number, 0) }
    var source: UUID { Ids.make(.source, number, 0) }
    var child: (Int) -> UUID { { [number] in Ids.make(.child, number, $0) } }
    var mother: (Int) -> UUID { { [number] in Ids.make(.mother, number, $0) } }
    var pupil: (Int) -> UUID { { [number] in Ids.make(.pupil, number, $0) } }
    var household: UUID { Ids.make(.household, number, 0) }
    /// Born on the 15th of January to June of 2023 to 2025.
    static func birth(of child: Int) -> (year: Int, month: Int) { (2023 + child % 3, 1 + child % 6) }
    /// Whole months at the first visit, 6 January 2026.
    static func age(of child: Int) -> Int { (2026 - birth(of: child).year) * 12 - birth(of: child).month }
    var village: String {
        let place = number % 248
        return "33.25.\(Ids.digits(1 + place / 17, 2)).\(2001 + place % 17)"
    }
}

/// UUIDs of version 7 that look random in their tail, as real ones do, but are the same in every run.
enum Ids {
    enum Kind: UInt64 { case posyandu = 1, source, child, mother, pupil, household, record }

    static func make(_ kind: Kind, _ number: Int, _ place: Int) -> UUID {
        let time = kind == .record ? 1_793_672_000_000 + UInt64(place) : 1_700_000_000_000
        var mixed = kind.rawValue << 56 ^ UInt64(number) << 24 ^ UInt64(place)
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        func byte(_ value: UInt64, _ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: value >> shift) }
        return UUID(
            uuid: (
                byte(time, 40), byte(time, 32), byte(time, 24), byte(time, 16), byte(time, 8), byte(time, 0),
                0x70 | UInt8(kind.rawValue), byte(mixed, 56), 0x80 | byte(mixed, 48) >> 2, byte(mixed, 40),
                byte(mixed, 32),
                byte(mixed, 24), byte(mixed, 16), byte(mixed, 8), byte(mixed, 0), byte(UInt64(number), 0)
            )
        )
    }

    static func digits(_ number: Int, _ count: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}

/// Weight and length near the WHO medians (2006, both sexes), straight between these ages.
enum OrdinaryChild {
    private static let medians = [(6, 7_600, 668), (12, 9_300, 749), (24, 11_800, 871), (36, 14_100, 956)]

    static func size(ageInMonths age: Int) -> (grams: Int, millimetres: Int) {
        let next = max(1, medians.firstIndex { $0.0 >= age } ?? medians.count - 1)
        let (from, to) = (medians[next - 1], medians[next])
        func at(_ a: Int, _ b: Int) -> Int { a + (b - a) * (age - from.0) / (to.0 - from.0) }
        return (at(from.1, to.1), at(from.2, to.2))
    }
}

/// What a posyandu writes in one month, in the mix that `docs/performance.md` names.
enum MonthOfMessages {
    static func make(_ post: Post, month: Int) -> [[UInt8]] {
        var month = Month(post: post, month: month)
        for child in 0..<Post.children { month.weigh(child) }
        for child in 0..<5 {
            month.add("kesehatan.imunisasi", post.child(child), #"{"dosis":"BCG","tempat_imunisasi":"posyandu"}"#)
        }
        for mother in 0..<Post.mothers {
            month.add(
                "kesehatan.kunjungan_ibu_hamil",
                post.mother(mother),
                """
                {"kunjungan":"k2","usia_kehamilan_minggu":18,"berat_kg":52.4,"posisi_berat":"hijau","lila_cm":24.1,\
                "sistolik":110,"diastolik":70,"hb_g_dl":11.4,"ttd_tablet":30,"ttd_harian":true,"kelas_ibu":true,\
                "pemeriksa":"bidan","edukasi":true,"tempat":"hari_buka"}
                """
            )
        }
        for pupil in 0..<Post.pupils {
            month.add(
                "pendidikan.anak_usia_dini",
                post.pupil(pupil),
                #"{"status_paud":true,"nama_paud":"PAUD Melati"}"#
            )
        }
        month.add(
            "sosial.kie",
            nil,
            #"{"tema":"disabilitas","peserta_l":6,"peserta_p":18,"kelompok_rentan":5,"metode":"diskusi"}"#
        )
        month.add(
            "sosial.keluhan",
            nil,
            #"{"jenis":"bansos","lokasi":"RT 02/RW 01","jk":"P","prioritas":"sedang"}"#,
            person: #"{"nama_pelapor":"Warga Contoh","alamat":"RT 02/RW 01","isi_keluhan":"belum menerima bantuan"}"#
        )
        month.add(
            "pekerjaan_umum.sumur",
            post.household,
            #"{"kondisi":"baik","risiko_sanitasi":"rendah","jarak_septik_m":11.5}"#
        )
        month.add(
            "pekerjaan_umum.keluhan",
            nil,
            #"{"jenis":"lainnya","isi_keluhan":"saluran tersumbat","lokasi":"RT 03/RW 01","prioritas":"rendah"}"#
        )
        month.add(
            "perumahan_rakyat.rtlh",
            post.household,
            """
            {"atap":"genteng","dinding":"tembok","lantai":"keramik","ventilasi":"cukup","pencahayaan":"cukup",\
            "jamban_sehat":true,"kategori":"layak_huni"}
            """
        )
        month.add(
            "trantibumlinmas.patroli",
            nil,
            #"{"metode":"poskamling","jumlah_petugas":4,"temuan":"nihil"}"#
        )
        return month.messages
    }

    private struct Month {
        let post: Post
        let month: Int
        var messages: [[UInt8]] = []

        mutating func weigh(_ child: Int) {
            // Children of ordinary size, of whom one in seven is stunted; four of five gain 320 g a month and are N, one
            // gains 100 g and is T.
            let gain = (post.number + child) % 5 == 0 ? 100 : 320
            let ordinary = OrdinaryChild.size(ageInMonths: Post.age(of: child))
            let grams = ordinary.grams + gain * month
            let height = ordinary.millimetres + 7 * month - (child % 7 == 3 ? 90 : 0)
            let arm = 130 + child % 20
            add(
                "kesehatan.penimbangan",
                post.child(child),
                """
                {"berat_gram":\(grams),"tinggi_cm":\(height / 10).\(height % 10),"cara_ukur":"\(Post.age(of: child) < 24 ? "berbaring" : "berdiri")",\
                "lila_cm":\(arm / 10).\(arm % 10),"posisi_kms":"hijau","mp_asi":true,"edukasi":true,"tempat":"hari_buka"}
                """
            )
        }

        mutating func add(_ type: String, _ subject: UUID?, _ data: String, person: String? = nil) {
            let id = Ids.make(.record, post.number, month * 1_000 + messages.count).uuidString.lowercased()
            // 2026-01-06, 2026-02-06, …: the months behind the measured one were applied before.
            let date = "\(2026 + month / 12)-\(Ids.digits(1 + month % 12, 2))-06"
            var text = #"{"id":"\#(id)","type":"id.go.posyandu.\#(type).v1""#
            if let subject { text += #","subject":"\#(subject.uuidString.lowercased())""# }
            text += #","time":"\#(date)T08:\#(Ids.digits(messages.count, 2)):00+07:00""#
            text += #","posyandu":"\#(post.posyandu.uuidString.lowercased())""#
            if let person { text += #","person":\#(person)"# }
            messages.append(Array((text + #","data":\#(data)}"#).utf8))
        }
    }
}

/// Signed batches of 50, a month each, by source in sequence.
struct SignedBatches: Sendable {
    let posts: [Post]
    /// By post, then by month: the bytes of the request's body.
    let bodies: [[[UInt8]]]
    let messageCount: Int

    /// - Parameters:
    ///   - posts: how many posyandu send.
    ///   - rounds: how many batches each of them sends.
    init(posts count: Int, rounds: Int) {
        self.init(posts: (0..<count).map(Post.init), months: 0..<rounds)
    }

    init(posts: [Post], months: Range<Int>) {
        self.posts = posts
        bodies = posts.map { post in
            months.compactMap { month in
                try? BatchCodec.encode(
                    source: post.source,
                    epoch: 1,
                    first: Int64(month * Settings.batchSize + 1),
                    messages: MonthOfMessages.make(post, month: month),
                    key: post.key
                )
            }
        }
        messageCount = bodies.reduce(0) { $0 + $1.count } * Settings.batchSize
    }
}
