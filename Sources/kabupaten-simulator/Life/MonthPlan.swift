// The months of a posyandu: who is here, when things happen, which parts of life are planned.
// SPDX-License-Identifier: Apache-2.0

/// Gathers the deeds of one month. Its parts are extensions: one file for each group of record types.
struct MonthPlan {
    let world: Kabupaten
    let posyandu: Posyandu
    let month: Month
    /// Months since the backlog month: 1 is the first simulated one.
    let index: Int
    var chance: SplitMix
    private(set) var deeds: [(time: Moment, deed: Deed)] = []
    private var queueSeconds: Int

    var openDay: Day { month.day(posyandu.openDay) }

    init(_ world: Kabupaten, _ posyandu: Posyandu, _ month: Month) {
        self.world = world
        self.posyandu = posyandu
        self.month = month
        index = month.number - world.scenario.backlog.number
        chance = SplitMix(world.scenario.seed, 4, UInt64(posyandu.index), UInt64(month.number))
        queueSeconds = 0
    }

    /// The next in the queue of the open day.
    mutating func atOpenDay() -> Moment {
        queueSeconds += chance.number(40...170)
        return Moment(seconds: Moment(openDay, hour: 8, minute: 0).seconds + queueSeconds)
    }

    /// Some working hour of some day.
    mutating func sometime(from first: Int = 1) -> Moment {
        let day = month.day(chance.number(first...month.length))
        return Moment(day, hour: chance.number(8...15), minute: chance.number(0...59), second: chance.number(0...59))
    }

    mutating func plan(_ time: Moment, _ deed: Deed) { deeds.append((time, deed)) }

    mutating func record(
        _ type: String,
        _ subject: Subject?,
        _ form: Form,
        at time: Moment,
        person: [(name: String, text: String)] = [],
        date: Day? = nil
    ) {
        plan(time, .record(Draft(type: type, subject: subject, form: form, person: person, date: date)))
    }

    /// Residents of a group who are served here on that day.
    func residents(_ group: AgeGroup, on day: Day) -> [Resident] {
        (Array(posyandu.residents) + world.arrivals[posyandu.index]).lazy.map { world.residents[$0] }
            .filter { $0.group == group && $0.belongs(to: posyandu.index, on: day) && $0.birth < day }
    }

    /// Residents who stay here throughout, for record types whose rules look back.
    func settled(_ group: AgeGroup) -> [Resident] {
        posyandu.residents.lazy.map { world.residents[$0] }.filter {
            $0.group == group && $0.move == nil && $0.death == nil
        }
    }

    mutating func household() -> Subject {
        .household(chance.number(0...(posyandu.households.count - 1)), posyandu: posyandu.index)
    }

    /// Name, and often number and address, of somebody who reports.
    mutating func reporter(_ name: String, _ members: [String]) -> [(name: String, text: String)] {
        let people = settled(.adult) + settled(.mother)
        guard !people.isEmpty else { return [] }
        let resident = chance.pick(people)
        var person = [(name: name, text: resident.name)]
        if members.contains("nik"), let nik = resident.nik, chance.chance(0.8) { person.append(("nik", nik)) }
        if members.contains("alamat") { person.append(("alamat", Names.neighbourhood(&chance))) }
        if members.contains("no_hp"), chance.chance(0.6) { person.append(("no_hp", Names.telephone(&chance))) }
        return person
    }

    mutating func maybe(_ probability: Double) -> Answer { .flag(chance.chance(probability)) }
}

extension SourceLife {
    mutating func planEverything() {
        var deeds: [(time: Moment, deed: Deed)] = []
        if posyandu.hasBacklog {
            var plan = MonthPlan(world, posyandu, world.scenario.backlog)
            plan.handInWeighingBook()
            deeds += plan.deeds
        }
        for month in world.scenario.simulated {
            var plan = MonthPlan(world, posyandu, month)
            plan.planChildren()
            plan.planMothers()
            plan.planOthers()
            plan.planReports()
            plan.planEducation()
            plan.planPublicWorks()
            plan.planHousing()
            plan.planPublicOrder()
            plan.planSocial()
            plan.planChanges()
            deeds += plan.deeds
        }
        planSorted(deeds)
    }
}

extension MonthPlan {
    /// Residents who move, whose birth date turns out wrong, and mistakes.
    mutating func planChanges() {
        for index in posyandu.residents {
            guard let move = world.residents[index].move, move.day.month == month else { continue }
            plan(Moment(move.day, hour: 15, minute: chance.number(0...59)), .moveAway(index))
        }
        let children = settled(.child)
        if chance.chance(0.05), !children.isEmpty {
            plan(sometime(from: 20), .changeBirth(chance.pick(children).index))
        }
        for _ in 0..<chance.times(0.4) { plan(sometime(from: 5), .mistake(chance.pick(Mistake.allCases))) }
    }
}
