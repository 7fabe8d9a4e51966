// The schedule as a pure function: examples by hand, and what holds for every history.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import KesehatanSector

@Suite struct ImmunisationScheduleTests {
    private static func schedule(_ parameters: Fields = [:]) throws -> ImmunisationSchedule {
        let folder = RuleBench.folder("Kesehatan")
        let bytes = try FileReader.read(folder + "/sector.json", limit: 1 << 20)
        var values = try Manifest.parse(bytes, file: "sector.json").get().parameterDefaults
        for parameter in parameters.elements { values[parameter.name] = parameter.value }
        return try ImmunisationSchedule(Setup(parameters: values, region: "33.25", manifest: bytes, folder: folder))
    }

    private static let shared = Result { try schedule() }
    private let schedule: ImmunisationSchedule

    init() throws { schedule = try Self.shared.get() }

    private func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    private func state(
        _ code: String,
        _ birth: String,
        _ sex: Sex = .male,
        given: [GivenDose] = [],
        at day: String,
        _ schedule: ImmunisationSchedule? = nil
    ) throws -> DoseStatus.State? {
        let used = schedule ?? self.schedule
        return used.schedule(birth: try date(birth), sex: sex, given: given, at: try date(day))
            .first { $0.dose.code == code }?.state
    }

    private func given(_ code: String, _ day: String) throws -> GivenDose {
        GivenDose(record: "\(day) \(code)", code: code, date: try date(day))
    }

    @Test func `a dose is not yet, due and overdue by day`() throws {
        let birth = "2026-01-31"
        // Nine months after 31 January is 31 October; 30 days later it is overdue.
        #expect(try state("MR1", birth, at: "2026-10-30") == .notYet)
        #expect(try state("MR1", birth, at: "2026-10-31") == .due)
        #expect(try state("MR1", birth, at: "2026-11-29") == .due)
        #expect(try state("MR1", birth, at: "2026-11-30") == .overdue)
        #expect(try state("OPV1", birth, at: "2026-02-27") == .notYet)
        #expect(try state("OPV1", birth, at: "2026-02-28") == .due)
        #expect(try state("BCG", birth, at: "2027-01-30") == .overdue)
        #expect(try state("BCG", birth, at: "2027-01-31") == .tooLate)
        #expect(try state("HB0", birth, at: "2026-02-07") == .due)
        #expect(try state("HB0", birth, at: "2026-02-08") == .tooLate)
        #expect(try state("OPV1", birth, at: "2031-01-30") == .overdue)
        #expect(try state("OPV1", birth, at: "2031-01-31") == .tooLate)
    }

    @Test func `a late dose moves the next one and a higher dose implies those below`() throws {
        let late = [try given("OPV1", "2026-06-15")]
        #expect(try state("OPV2", "2026-01-31", given: late, at: "2026-07-12") == .notYet)
        #expect(try state("OPV2", "2026-01-31", given: late, at: "2026-07-13") == .due)
        #expect(try state("OPV2", "2026-01-31", given: late, at: "2026-08-11") == .due)
        #expect(try state("OPV2", "2026-01-31", given: late, at: "2026-08-12") == .overdue)
        let third = [try given("OPV3", "2026-06-15")]
        #expect(try state("OPV1", "2026-01-31", given: third, at: "2026-08-12") == .implied)
        #expect(try state("OPV4", "2026-01-31", given: third, at: "2026-08-12") == .overdue)
    }

    @Test func `JE is asked for where its switch is on and school doses in their campaign`() throws {
        #expect(try state("JE", "2025-01-10", at: "2026-01-10") == nil)
        let endemic = try Self.schedule(["je_endemis": .flag(true)])
        #expect(try state("JE", "2025-01-10", at: "2025-11-10", endemic) == .due)
        for birth in ["2019-01-01", "2019-12-31"] {
            #expect(try state("MR (BIAS)", birth, at: "2026-07-31") == .notYet)
            #expect(try state("MR (BIAS)", birth, at: "2026-08-01") == .due)
            #expect(try state("DT (BIAS)", birth, at: "2026-10-31") == .notYet)
            #expect(try state("DT (BIAS)", birth, at: "2026-11-01") == .due)
            #expect(try state("DT (BIAS)", birth, at: "2026-12-01") == .overdue)
        }
    }

    @Test func `HPV has two doses until the decree of 2025 and one after it, for girls`() throws {
        let first = [try given("HPV", "2023-08-15")]
        #expect(try state("HPV2", "2012-05-05", .female, given: first, at: "2024-08-01") == .due)
        #expect(try state("HPV2", "2012-05-05", .female, given: first, at: "2025-01-20") == .overdue)
        #expect(try state("HPV2", "2012-05-05", .female, given: first, at: "2025-01-21") == nil)
        #expect(try state("HPV", "2014-05-05", .female, at: "2025-08-01") == .due)
        #expect(try state("HPV", "2014-05-05", .male, at: "2025-08-01") == nil)
    }

    @Test func `a child that always gets what is next is complete at 9 and at 18 months`() throws {
        let birth = try date("2024-02-29")
        var (day, doses, idl, ibl) = (birth, [GivenDose](), CivilDate?.none, CivilDate?.none)
        while let next = schedule.next(birth: birth, sex: .female, given: doses, at: day),
            next.day < birth.adding(months: 60)
        {
            day = next.day
            #expect(schedule.overdue(birth: birth, sex: .female, given: doses, at: day).isEmpty)
            for dose in next.doses { doses.append(GivenDose(record: dose.code, code: dose.code, date: day)) }
            if idl == nil, schedule.isComplete(.idl, birth: birth, given: doses, at: day) { idl = day }
            if ibl == nil, schedule.isComplete(.ibl, birth: birth, given: doses, at: day) { ibl = day }
        }
        #expect(DoseHistory(doses, birth: birth, schedule.table).entries.allSatisfy { $0.validity == .valid })
        #expect(doses.count == 20)
        #expect(idl == CivilDate("2024-11-29"))
        #expect(ibl == CivilDate("2025-08-29"))
        #expect(!schedule.isComplete(.idl, birth: birth, given: doses, at: try date("2024-11-28")))
    }

    @Test func `a child of 14 months catches up with every interval kept, all but HB0 and BCG`() throws {
        let birth = try date("2025-01-15")
        var (day, doses) = (birth.adding(months: 14), [GivenDose]())
        while let next = schedule.next(birth: birth, sex: .male, given: doses, at: day),
            next.day < birth.adding(months: 60)
        {
            day = next.day
            for dose in next.doses { doses.append(GivenDose(record: dose.code, code: dose.code, date: day)) }
        }
        #expect(DoseHistory(doses, birth: birth, schedule.table).entries.allSatisfy { $0.validity == .valid })
        let routine = Set(schedule.table.doses.filter { $0.kind == .routine && $0.isGivenHere }.map(\.code))
        #expect(Set(doses.map(\.code)) == routine.subtracting(["HB0", "BCG"]))
        #expect(!schedule.isComplete(.idl, birth: birth, given: doses, at: day))
    }

    // MARK: Every history

    /// A history of doses on random days of the first six years, valid and not.
    private func history(_ random: inout Dice, _ birth: CivilDate) -> [GivenDose] {
        let codes = schedule.table.doses.map(\.code)
        return (0..<random.below(24)).map { number in
            let day = random.below(3) == 0 ? random.below(2_200) : random.below(640)
            return GivenDose(record: "\(number)", code: codes[random.below(codes.count)], date: birth.adding(days: day))
        }
    }

    @Test(arguments: 0..<20) func `the order of arrival does not matter and time never undoes a dose`(seed: Int) throws
    {
        var random = Dice(seed: UInt64(seed))
        for _ in 0..<3 {
            let birth = try date("2019-01-01").adding(days: random.below(2_000))
            let sex: Sex = random.below(2) == 0 ? .male : .female
            let doses = history(&random, birth)
            let day = birth.adding(days: random.below(2_400))
            let answer = schedule.schedule(birth: birth, sex: sex, given: doses, at: day)
            #expect(schedule.schedule(birth: birth, sex: sex, given: random.shuffled(doses), at: day) == answer)
            let later = schedule.schedule(birth: birth, sex: sex, given: doses, at: day.adding(days: 45))
            for status in answer {
                guard let next = later.first(where: { $0.dose == status.dose }) else { continue }
                if case .given(let on) = status.state { #expect(next.state == .given(on)) }
                if status.state == .tooLate, case .given = next.state { continue }
                if status.state == .tooLate { #expect(next.state == .tooLate || next.state == .implied) }
            }
        }
    }

    @Test(arguments: 0..<20) func `a valid dose makes no other dose overdue earlier`(seed: Int) throws {
        var random = Dice(seed: 1_000 + UInt64(seed))
        for _ in 0..<3 {
            let birth = try date("2019-01-01").adding(days: random.below(2_000))
            let doses = history(&random, birth)
            let last = doses.map(\.date).max() ?? birth
            let day = last.adding(days: 1 + random.below(200))
            let before = schedule.schedule(birth: birth, sex: .female, given: doses, at: day)
            for dose in schedule.table.doses {
                let more = doses + [GivenDose(record: "new", code: dose.code, date: day)]
                let entry = DoseHistory(more, birth: birth, schedule.table).entry(of: "new")
                guard entry?.validity == .valid else { continue }
                let after = schedule.schedule(birth: birth, sex: .female, given: more, at: day)
                for status in before where status.dose.code != dose.code {
                    let now = try #require(after.first { $0.dose == status.dose })
                    #expect(now.lateFrom >= status.lateFrom, "\(dose.code) moved \(status.dose.code)")
                    if now.state == .overdue { #expect(status.state == .overdue) }
                }
            }
        }
    }
}

/// A reproducible source of numbers.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678 }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(max(1, bound)))
    }

    mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var elements = elements
        for place in elements.indices.dropFirst().reversed() { elements.swapAt(place, below(place + 1)) }
        return elements
    }
}
