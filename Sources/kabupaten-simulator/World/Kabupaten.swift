// The kabupaten that is simulated: its posyandu, residents, cadres and offices.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// What a simulation is made from; the same values give the same bytes.
struct Scenario: Sendable, Equatable {
    var seed: UInt64
    var posyandu: Int
    var months: Int
    /// The first simulated month.
    var first: Month

    var last: Month { first.adding(months - 1) }
    var simulated: [Month] { (0..<months).map { first.adding($0) } }
    /// The month before, from which some posyandu hand in their weighing book.
    var backlog: Month { first.adding(-1) }
}

struct Kecamatan: Sendable {
    let code: String
    let name: String
}

struct Village: Sendable {
    let code: String
    let name: String
    /// Index of the kecamatan.
    let kecamatan: Int
}

struct Posyandu: Sendable {
    let index: Int
    let id: UUID
    let name: String
    let village: Village
    let activeFrom: Day
    let registration: (number: String, date: Day)?
    /// Day of the month on which it opens.
    let openDay: Int
    /// The device that sends its messages.
    let source: UUID
    let incarnation: UUID
    let households: [UUID]
    /// Indexes of its residents, newborns of the simulated months included.
    var residents: Range<Int>
    /// Hands in the weighings of the month before the first.
    let hasBacklog: Bool
}

enum AgeGroup: Sendable {
    case child, mother, schoolAge, adult, elderly
    /// Born during the simulation: registered by a message, not imported.
    case newborn
}

struct Resident: Sendable {
    let index: Int
    let id: UUID
    let posyandu: Int
    let name: String
    let nik: String?
    let isMale: Bool
    let birth: Day
    let mother: Int?
    /// Index into the posyandu's households.
    let household: Int
    let group: AgeGroup
    /// The day on which a pregnant woman will give birth, and to whom.
    var delivery: (due: Day, newborn: Int)?
    var move: Move?
    /// The day on which an old person dies during the simulation.
    var death: Day?

    struct Move: Sendable {
        let day: Day
        let to: Int
    }

    /// Whether the resident is served by that posyandu on that day; nobody is served on the day of moving.
    func belongs(to place: Int, on day: Day) -> Bool {
        if let death, day >= death { return false }
        guard let move else { return place == posyandu }
        return place == posyandu ? day < move.day : place == move.to && day > move.day
    }
}

struct Cadre: Sendable {
    let posyandu: Int
    let name: String
    let nik: String
    let role: String
    let sector: String?
    let started: Day
    let ended: Day?
    let telephone: String?
}

struct Office: Sendable {
    let code: String
    let name: String
    let role: String
}

struct Kabupaten: Sendable {
    static let code = "33.25"

    let scenario: Scenario
    let kecamatan: [Kecamatan]
    /// What children grow by, and what the tally judges them by.
    let standards: StandardTables
    var posyandu: [Posyandu] = []
    var residents: [Resident] = []
    var cadres: [Cadre] = []
    /// Residents who move in from elsewhere, by posyandu.
    var arrivals: [[Int]] = []

    static let offices = [
        Office(code: "dispermades", name: "Dinas Pemberdayaan Masyarakat dan Desa", role: "dinas_pmd"),
        Office(code: "disdikbud", name: "Dinas Pendidikan dan Kebudayaan", role: "pendidikan"),
        Office(code: "dinkes", name: "Dinas Kesehatan", role: "kesehatan"),
        Office(code: "dpupr", name: "Dinas Pekerjaan Umum dan Penataan Ruang", role: "pekerjaan_umum"),
        Office(code: "dperkim", name: "Dinas Perumahan dan Kawasan Permukiman", role: "perumahan_rakyat"),
        Office(code: "satpol_pp", name: "Satuan Polisi Pamong Praja", role: "satpol_pp"),
        Office(code: "damkar", name: "Bidang Pemadam Kebakaran", role: "damkar"),
        Office(code: "bpbd", name: "Badan Penanggulangan Bencana Daerah", role: "bpbd"),
        Office(code: "dinsos", name: "Dinas Sosial", role: "sosial"),
    ]

    static let sectors = [
        "pendidikan", "kesehatan", "pekerjaan_umum", "perumahan_rakyat", "trantibumlinmas", "sosial",
    ]

    func kecamatanCode(_ posyandu: Int) -> String { kecamatan[self.posyandu[posyandu].village.kecamatan].code }
}
