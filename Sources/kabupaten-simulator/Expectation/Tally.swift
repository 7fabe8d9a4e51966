// The expected state of the registry after all messages: the simulator's own count, shared with nobody.
// SPDX-License-Identifier: Apache-2.0

/// A figure of an area and month.
struct ExpectedFigure: Sendable {
    let sector: String
    let indicator: String
    let kind: String
    let area: String
    /// Exact decimal text.
    let value: String
}

/// A count under up to three names.
struct NamedCount: Hashable, Sendable {
    let names: [String]
    let count: Int
}

/// Everything that must be found in the registry, in the frozen documents and at the destination.
struct Tally: Sendable {
    var scenario: Scenario
    var messages = 0
    var applied = 0
    var rejected: [String: Int] = [:]
    var refused: [String: Int] = [:]
    /// Kecamatan, record type.
    var records: [NamedCount] = []
    /// Kecamatan.
    var residents: [NamedCount] = []
    /// Kecamatan, sector, state.
    var cases: [NamedCount] = []
    var months: [ExpectedMonth] = []
    var sent = SentCounts()
    /// SHA-256 over all messages of all sources, in order: the same scenario gives the same.
    var digest = ""
}

/// What one month must look like.
struct ExpectedMonth: Sendable {
    var month: Month
    var figures: [ExpectedFigure] = []
    /// Posyandu that said anything of the month.
    var reported = 0
    /// Area (kecamatan or kabupaten), posyandu, registered ones, cadres by sector.
    var registry: [(area: String, posyandu: Int, registered: Int, cadres: [String: Int])] = []
    /// Area, sector, state at the end of the month.
    var cases: [NamedCount] = []
}

/// What went over the line.
struct SentCounts: Sendable {
    var batches = 0
    var bytes = 0
    /// Messages in batches that were answered 200.
    var answered = 0
    /// Messages in batches whose answer never came, or that an earlier run had sent: they may or may not have counted.
    var uncertain = 0
    var retries = 0
    var gaps = 0
    var deliberateDuplicates = 0
}

/// Makes a ``Tally`` of a world and the stories of its sources.
struct TallyMaker {
    private let world: Kabupaten
    private let stories: [SourceStory]
    private var facts: [Int: Facts] = [:]
    private var histories: [Int: [StandingRecord]] = [:]
    private var ledgers: [Month: Ledger] = [:]
    private var recordCounts: [[String]: Int] = [:]

    static func make(_ world: Kabupaten, _ stories: [SourceStory]) -> Tally {
        var maker = TallyMaker(world: world, stories: stories)
        return maker.make()
    }

    private init(world: Kabupaten, stories: [SourceStory]) {
        self.world = world
        self.stories = stories
    }

    private mutating func make() -> Tally {
        var tally = Tally(scenario: world.scenario)
        for story in stories {
            tally.messages += story.messages.count
            tally.applied += story.applied
            tally.rejected.merge(story.rejected) { $0 + $1 }
            tally.refused.merge(story.refused) { $0 + $1 }
            facts.merge(story.facts) { _, later in later }
        }
        histories = remembered()
        let growth = growthLetters()
        for (source, story) in stories.enumerated() { add(story, source, growth[source]) }
        tally.records = Self.named(recordCounts)
        tally.residents = residents()
        tally.cases = cases { $0.state }
        let months = [world.scenario.backlog] + world.scenario.simulated
        tally.months = months.map { month in
            var expected = ExpectedMonth(month: month)
            if let ledger = ledgers[month] {
                expected.figures = ledger.figures(world)
                expected.reported = ledger.reporting.count
            }
            expected.registry = registry(on: month.last)
            expected.cases = withTotals(cases { $0.opened <= month.last ? $0.state(on: month.last) : nil })
            return expected
        }
        return tally
    }

    private func facts(_ subject: Subject?) -> Facts? {
        guard case .resident(let index)? = subject else { return nil }
        return facts[index] ?? Facts(isMale: world.residents[index].isMale, birth: world.residents[index].birth)
    }

    // MARK: Records

    private mutating func add(_ story: SourceStory, _ source: Int, _ growth: [Int: GrowthLetter]) {
        for (place, record) in story.records.enumerated() where !record.isRetracted {
            var question = Question(
                type: record.type,
                form: record.form,
                date: record.date,
                facts: facts(record.subject)
            )
            question.earlier = earlier(than: record, in: story)
            question.growth = growth[place]
            question.past = past(of: record)
            if record.type == "kesehatan.penimbangan" {
                question.scores = NutritionScores(
                    record.form,
                    isBoy: question.isMale,
                    days: question.days,
                    world.standards
                )
            }
            if record.type == "kesehatan.usia_sekolah_remaja" {
                question.schoolScore = NutritionScores.ofSchoolAge(
                    record.form,
                    isBoy: question.isMale,
                    days: question.days,
                    world.standards
                )
            }
            let judgement = Rules.judge(question)
            // Refused since the birth date was corrected.
            guard judgement.violation == nil else { continue }
            recordCounts[[world.kecamatanCode(record.posyandu), record.type], default: 0] += 1
            guard !judgement.additions.isEmpty else { continue }
            let area = world.posyandu[record.posyandu].village.kecamatan
            ledgers[record.date.month, default: Ledger()].add(
                judgement.additions,
                posyandu: record.posyandu,
                area: area,
                subject: record.subject,
                rank: (record.date, record.order)
            )
        }
    }

    private func earlier(than record: StandingRecord, in story: SourceStory) -> (form: Form, date: Day)? {
        guard let wanted = Rules.looksBack(record.type), let subject = record.subject else { return nil }
        return story.records
            .filter { $0.type == wanted && $0.subject == subject && !$0.isRetracted && $0.precedes(record) }
            .max { $0.precedes($1) }
            .map { ($0.form, $0.date) }
    }

    // MARK: Past

    /// The standing records of each resident that later ones look at, without those that their own past refuses.
    private func remembered() -> [Int: [StandingRecord]] {
        var records: [Int: [StandingRecord]] = [:]
        for story in stories {
            for record in story.records where !record.isRetracted && Rules.remembered.contains(record.type) {
                if case .resident(let index)? = record.subject { records[index, default: []].append(record) }
            }
        }
        return records.mapValues { records in
            var past: [StandingRecord] = []
            for record in records.sorted(by: { $0.precedes($1) }) {
                let facts = facts(record.subject)
                let question = Question(
                    type: record.type,
                    form: record.form,
                    date: record.date,
                    facts: facts,
                    past: past
                )
                if Rules.judge(question).violation == nil { past.append(record) }
            }
            return past
        }
    }

    private func past(of record: StandingRecord) -> [StandingRecord] {
        guard case .resident(let index)? = record.subject, let past = histories[index] else { return [] }
        return Array(past.prefix { $0.precedes(record) })
    }

    // MARK: Growth

    private struct Weighing {
        let source: Int
        let place: Int
        let record: StandingRecord
    }

    /// N, T, O or B of every weighing, by source and place among its records; of a child all posyandu count.
    private func growthLetters() -> [[Int: GrowthLetter]] {
        var byChild: [Int: [Weighing]] = [:]
        for (source, story) in stories.enumerated() {
            for (place, record) in story.records.enumerated() where record.type == "kesehatan.penimbangan" {
                guard !record.isRetracted, case .resident(let child)? = record.subject else { continue }
                let question = Question(
                    type: record.type,
                    form: record.form,
                    date: record.date,
                    facts: facts(record.subject),
                    past: past(of: record)
                )
                guard Rules.judge(question).violation == nil else { continue }
                byChild[child, default: []].append(Weighing(source: source, place: place, record: record))
            }
        }
        var letters = [[Int: GrowthLetter]](repeating: [:], count: stories.count)
        for (child, weighings) in byChild {
            let child = facts(.resident(child))
            var last: (record: StandingRecord, letter: GrowthLetter)?
            for weighing in weighings.sorted(by: { $0.record.precedes($1.record) }) {
                let letter = Self.letter(weighing.record, after: last, child)
                letters[weighing.source][weighing.place] = letter
                last = (weighing.record, letter)
            }
        }
        return letters
    }

    private static func letter(
        _ record: StandingRecord,
        after last: (record: StandingRecord, letter: GrowthLetter)?,
        _ child: Facts?
    ) -> GrowthLetter {
        guard let last, let child else { return GrowthLetter(letter: "b") }
        if last.record.date.month == record.date.month {
            return GrowthLetter(letter: last.letter.letter, isRepeated: true)
        }
        let months = record.date.completedMonths(since: child.birth)
        guard last.record.date.month == record.date.month.adding(-1),
            let least = MinimumGain.grams(months, isBoy: child.isMale),
            let now = record.form.number("berat_gram"), let before = last.record.form.number("berat_gram")
        else { return GrowthLetter(letter: "o") }
        if now - before >= least { return GrowthLetter(letter: "n") }
        return GrowthLetter(letter: "t", isTwiceNotUp: last.letter.letter == "t")
    }

    // MARK: Registry

    private func residents() -> [NamedCount] {
        var counts: [[String]: Int] = [:]
        let born = Set(stories.flatMap(\.newborns))
        let moved = Set(stories.flatMap(\.movedAway))
        for resident in world.residents where resident.group != .newborn || born.contains(resident.index) {
            let place = moved.contains(resident.index) ? resident.move?.to ?? resident.posyandu : resident.posyandu
            counts[[world.kecamatanCode(place)], default: 0] += 1
        }
        return Self.named(counts)
    }

    private func cases(_ state: (CaseHistory) -> String?) -> [NamedCount] {
        var counts: [[String]: Int] = [:]
        for story in stories {
            for history in story.cases {
                guard let state = state(history) else { continue }
                let record = story.records[history.record]
                let sector = String(record.type.prefix { $0 != "." })
                counts[[world.kecamatanCode(record.posyandu), sector, state], default: 0] += 1
            }
        }
        return Self.named(counts)
    }

    private func withTotals(_ counts: [NamedCount]) -> [NamedCount] {
        var totals: [[String]: Int] = [:]
        for entry in counts { totals[[Kabupaten.code] + entry.names.dropFirst(), default: 0] += entry.count }
        return Self.named(totals) + counts
    }

    private func registry(
        on day: Day
    ) -> [(area: String, posyandu: Int, registered: Int, cadres: [String: Int])] {
        var rows = world.kecamatan.map { (area: $0.code, posyandu: 0, registered: 0, cadres: [String: Int]()) }
        for posyandu in world.posyandu where posyandu.activeFrom <= day {
            rows[posyandu.village.kecamatan].posyandu += 1
            if let registration = posyandu.registration, registration.date <= day {
                rows[posyandu.village.kecamatan].registered += 1
            }
        }
        for cadre in world.cadres where cadre.role == "kader" && cadre.started <= day {
            guard cadre.ended.map({ $0 >= day }) ?? true, let sector = cadre.sector else { continue }
            rows[world.posyandu[cadre.posyandu].village.kecamatan].cadres[sector, default: 0] += 1
        }
        rows.removeAll { $0.posyandu == 0 }
        var total = (area: Kabupaten.code, posyandu: 0, registered: 0, cadres: [String: Int]())
        for row in rows {
            total.posyandu += row.posyandu
            total.registered += row.registered
            total.cadres.merge(row.cadres) { $0 + $1 }
        }
        return [total] + rows
    }

    private static func named(_ counts: [[String]: Int]) -> [NamedCount] {
        counts.map { NamedCount(names: $0.key, count: $0.value) }
            .sorted { $0.names.lexicographicallyPrecedes($1.names) }
    }
}
