// Makes Kabupaten Batang from the region list and a seed: posyandu spread over its villages, and who lives there.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// Builds a ``Kabupaten``; every posyandu from a stream of its own.
struct KabupatenBuilder {
    private let scenario: Scenario
    private let villages: [Village]
    private var kabupaten: Kabupaten
    private var serials: [String: Int] = [:]

    /// - Parameters:
    ///   - regions: the text of `wilayah.csv`.
    ///   - standards: the WHO tables.
    /// - Throws: ``SimulatorError`` when the list does not hold the kabupaten.
    static func build(_ scenario: Scenario, regions: String, standards: StandardTables) throws -> Kabupaten {
        var builder = try KabupatenBuilder(scenario, regions: regions, standards: standards)
        for index in 0..<scenario.posyandu { builder.addPosyandu(index) }
        builder.planMoves()
        return builder.kabupaten
    }

    private init(_ scenario: Scenario, regions: String, standards: StandardTables) throws {
        self.scenario = scenario
        var kecamatan: [Kecamatan] = []
        var villages: [Village] = []
        for line in regions.split(separator: "\n") where line.hasPrefix(Kabupaten.code + ".") {
            let cells = line.split(separator: ",", maxSplits: 3)
            guard cells.count == 4 else { continue }
            let (code, name) = (String(cells[0]), String(cells[1]))
            if code.utf8.count == 8 {
                kecamatan.append(Kecamatan(code: code, name: name))
            } else {
                villages.append(Village(code: code, name: name, kecamatan: kecamatan.count - 1))
            }
        }
        guard !villages.isEmpty, !kecamatan.isEmpty else {
            throw SimulatorError("the region list holds no village of \(Kabupaten.code)")
        }
        self.villages = villages
        kabupaten = Kabupaten(scenario: scenario, kecamatan: kecamatan, standards: standards)
        kabupaten.arrivals = Array(repeating: [], count: scenario.posyandu)
    }

    private mutating func addPosyandu(_ index: Int) {
        var chance = SplitMix(scenario.seed, 1, UInt64(index))
        let place = index * villages.count / scenario.posyandu
        let village = villages[place]
        let firstHere = (place * scenario.posyandu + villages.count - 1) / villages.count
        let number = index - firstHere + 1
        let digits = number < 10 ? "00\(number)" : number < 100 ? "0\(number)" : "\(number)"
        let registered = chance.chance(0.87) ? Day(2025, 8, 1).adding(chance.number(0...450)) : nil
        let posyandu = Posyandu(
            index: index,
            id: chance.uuid(),
            name: Names.posyandu(&chance, number: number),
            village: village,
            activeFrom: Day(chance.number(1986...2024), chance.number(1...12), chance.number(1...28)),
            registration: registered.map { ("\(village.code).\(digits)", $0) },
            openDay: chance.number(4...19),
            source: chance.uuid(),
            incarnation: chance.uuid(),
            households: (0..<24).map { _ in chance.uuid() },
            residents: 0..<0,
            hasBacklog: chance.chance(0.42)
        )
        kabupaten.posyandu.append(posyandu)
        addResidents(index, &chance)
        addCadres(index, &chance)
    }

    // MARK: Residents

    private mutating func addResidents(_ posyandu: Int, _ chance: inout SplitMix) {
        let start = kabupaten.residents.count
        let today = scenario.first.first
        var mothers: [Int] = []
        for household in 0..<20 {
            let birth = today.adding(-chance.number(7_900...15_600))
            mothers.append(add(posyandu, .mother, birth, isMale: false, household: household, &chance))
        }
        var ages: [Int] = []
        for place in 0..<chance.number(29...43) {
            // The first twenty have a mother each, the others are brothers and sisters, well apart in age.
            let age =
                place < 20 ? chance.number(8...1_790) : (ages[place - 20] + chance.number(600...1_190)) % 1_790 + 8
            ages.append(age)
            let mother = mothers[place % 20]
            _ = add(
                posyandu,
                .child,
                today.adding(-age),
                isMale: chance.chance(0.51),
                mother: mother,
                household: place % 20,
                &chance
            )
        }
        for place in 0..<6 {
            let birth = today.adding(-chance.number(2_400...6_600))
            _ = add(posyandu, .schoolAge, birth, isMale: chance.chance(0.5), household: place * 3, &chance)
        }
        for place in 0..<8 {
            let birth = today.adding(-chance.number(7_400...20_800))
            _ = add(posyandu, .adult, birth, isMale: place < 5, household: 20 + place % 4, &chance)
        }
        for place in 0..<5 {
            let birth = today.adding(-chance.number(22_300...31_000))
            let old = add(posyandu, .elderly, birth, isMale: chance.chance(0.45), household: 20 + place % 4, &chance)
            if chance.chance(0.005 * Double(scenario.months)) {
                let days = scenario.last.last.number - today.number
                kabupaten.residents[old].death = today.adding(chance.number(0...days))
            }
        }
        addPregnancies(posyandu, mothers, &chance)
        kabupaten.posyandu[posyandu].residents = start..<kabupaten.residents.count
    }

    /// Pregnancies whose delivery falls into the simulated months or within nine months after.
    private mutating func addPregnancies(_ posyandu: Int, _ mothers: [Int], _ chance: inout SplitMix) {
        let days = (scenario.months + 9) * 30
        let wanted = min(mothers.count, chance.times(0.35 * Double(scenario.months + 9)))
        for mother in mothers.prefix(wanted) {
            let due = scenario.first.first.adding(chance.number(0...days))
            let newborn = add(
                posyandu,
                .newborn,
                due,
                isMale: chance.chance(0.51),
                mother: mother,
                household: kabupaten.residents[mother].household,
                &chance
            )
            kabupaten.residents[mother].delivery = (due, newborn)
        }
    }

    private mutating func add(
        _ posyandu: Int,
        _ group: AgeGroup,
        _ birth: Day,
        isMale: Bool,
        mother: Int? = nil,
        household: Int,
        _ chance: inout SplitMix
    ) -> Int {
        let index = kabupaten.residents.count
        let mayHaveNumber = group != .newborn && scenario.first.first.number - birth.number > 90
        let nik = mayHaveNumber && chance.chance(0.94) ? number(posyandu, birth, isMale: isMale) : nil
        kabupaten.residents.append(
            Resident(
                index: index,
                id: chance.uuid(),
                posyandu: posyandu,
                name: Names.person(&chance, isMale: isMale),
                nik: nik,
                isMale: isMale,
                birth: birth,
                mother: mother,
                household: household,
                group: group
            )
        )
        return index
    }

    /// A well-formed NIK, with a serial from the top, where real ones are hardly ever issued.
    private mutating func number(_ posyandu: Int, _ birth: Day, isMale: Bool) -> String {
        let region = kabupaten.kecamatanCode(posyandu).filter { $0 != "." }
        let (year, month, day) = birth.parts
        let stem = region + twoDigits(isMale ? day : day + 40) + twoDigits(month) + twoDigits(year % 100)
        let serial = serials[stem, default: 9_999]
        serials[stem] = serial - 1
        return stem + String(serial)
    }

    // MARK: Cadres

    private mutating func addCadres(_ posyandu: Int, _ chance: inout SplitMix) {
        for role in ["ketua", "sekretaris", "bendahara"] { addCadre(posyandu, role, nil, &chance) }
        for sector in Kabupaten.sectors where sector == "kesehatan" || chance.chance(0.9) {
            let count = sector == "kesehatan" ? chance.number(2...4) : 1
            for _ in 0..<count { addCadre(posyandu, "kader", sector, &chance) }
        }
        if chance.chance(0.4) { addCadre(posyandu, "ketua_bidang", "kesehatan", &chance) }
    }

    private mutating func addCadre(_ posyandu: Int, _ role: String, _ sector: String?, _ chance: inout SplitMix) {
        let started = Day(2024, 10, 1).adding(chance.number(0...600))
        // One in twenty has ended, before or during the simulated months.
        let ended = chance.chance(0.05) ? started.adding(chance.number(60...800)) : nil
        let isMale = chance.chance(0.08)
        kabupaten.cadres.append(
            Cadre(
                posyandu: posyandu,
                name: Names.person(&chance, isMale: isMale),
                nik: number(posyandu, scenario.first.first.adding(-chance.number(8_000...19_000)), isMale: isMale),
                role: role,
                sector: sector,
                started: started,
                ended: ended,
                telephone: chance.chance(0.7) ? Names.telephone(&chance) : nil
            )
        )
    }

    // MARK: Moves

    /// A few residents a month move to another posyandu; each at most once, and never with a birth on the way.
    private mutating func planMoves() {
        guard scenario.posyandu > 1 else { return }
        var chance = SplitMix(scenario.seed, 2)
        for month in scenario.simulated {
            for posyandu in kabupaten.posyandu where chance.chance(0.16) {
                let resident = kabupaten.residents[
                    chance.number(
                        posyandu.residents.lowerBound...(posyandu.residents.upperBound - 1)
                    )
                ]
                guard resident.move == nil, resident.group != .newborn, resident.delivery == nil, resident.death == nil
                else { continue }
                let near = posyandu.index + (chance.chance(0.5) ? 1 : -1)
                var to = chance.chance(0.5) ? near : chance.number(0...(scenario.posyandu - 1))
                to = (to + scenario.posyandu) % scenario.posyandu
                guard to != posyandu.index else { continue }
                kabupaten.residents[resident.index].move = .init(day: month.day(chance.number(7...24)), to: to)
                kabupaten.arrivals[to].append(resident.index)
            }
        }
    }
}
