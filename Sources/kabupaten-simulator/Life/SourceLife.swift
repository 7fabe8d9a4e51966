// Lives the months of one posyandu, deed by deed, and writes down its messages and what must come of them.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// The engine: a queue of deeds by time. What a deed leads to later is queued in its turn.
struct SourceLife {
    let world: Kabupaten
    let posyandu: Posyandu
    var chance: SplitMix
    var story = SourceStory()
    private var queue: [(time: Moment, order: Int, deed: Deed)] = []
    private var nextOrder = 0
    private let end: Moment
    /// Places of the deaths among the story's records.
    private var deathPlaces: [Int] = []

    static func story(of index: Int, in world: Kabupaten) -> SourceStory {
        var life = SourceLife(world, index)
        life.planEverything()
        while let next = life.queue.popLast() { life.perform(next.deed, at: next.time) }
        life.addRefusedMessages()
        return life.story
    }

    private init(_ world: Kabupaten, _ index: Int) {
        self.world = world
        posyandu = world.posyandu[index]
        chance = SplitMix(world.scenario.seed, 3, UInt64(index))
        end = Moment(world.scenario.last.last, hour: 20, minute: 0)
    }

    /// Queues a deed; one that would come after the last simulated month does not happen.
    mutating func plan(_ time: Moment, _ deed: Deed) {
        guard time <= end else { return }
        var place = queue.count
        while place > 0, queue[place - 1].time <= time { place -= 1 }
        queue.insert((time, nextOrder, deed), at: place)
        nextOrder += 1
    }

    /// Queues many deeds at once.
    mutating func planSorted(_ deeds: [(time: Moment, deed: Deed)]) {
        for (time, deed) in deeds where time <= end {
            queue.append((time, nextOrder, deed))
            nextOrder += 1
        }
        queue.sort { ($0.time, $0.order) > ($1.time, $1.order) }
    }

    // MARK: Deeds

    private mutating func perform(_ deed: Deed, at time: Moment) {
        switch deed {
        case .record(let draft): record(draft, at: time)
        case .registerNewborn(let resident): register(resident, at: time)
        case .moveAway(let resident): moveAway(resident, at: time)
        case .changeBirth(let resident): changeBirth(resident, at: time)
        case .correct(let record): correct(record, at: time)
        case .retract(let record): retract(record, at: time)
        case .repeatMessage(let record):
            send(story.messages[story.records[record].message].bytes, at: time)
            story.applied += 1
        case .moveCase(let place): moveCase(place, at: time)
        case .mistake(let mistake): make(mistake, at: time)
        }
    }

    func facts(_ subject: Subject?) -> Facts? {
        guard case .resident(let index)? = subject else { return nil }
        let resident = world.residents[index]
        return story.facts[index] ?? Facts(isMale: resident.isMale, birth: resident.birth)
    }

    func id(_ subject: Subject?) -> UUID? {
        switch subject {
        case .resident(let index): world.residents[index].id
        case .household(let index, let place): world.posyandu[place].households[index]
        case nil: nil
        }
    }

    private mutating func record(_ draft: Draft, at time: Moment) {
        let id = chance.uuid(at: time.milliseconds)
        let date = draft.date ?? time.day
        let isExplicit = draft.date != nil || chance.chance(0.2)
        let judgement = judge(draft.type, draft.subject, draft.form, date, id: id)
        let place = send(
            MessageParts(
                id: id,
                type: draft.type,
                subject: self.id(draft.subject),
                time: time,
                posyandu: posyandu.id,
                date: isExplicit ? date : nil,
                person: draft.person,
                data: draft.form
            ).bytes,
            at: time
        )
        if let code = judgement.violation {
            story.rejected[code, default: 0] += 1
            return
        }
        story.applied += 1
        if let standing = recordOfSameVisit(draft) {
            story.records[standing].form = draft.form
            story.records[standing].date = date
            story.records[standing].revision += 1
            story.records[standing].order = place
            return
        }
        story.records.append(
            StandingRecord(
                id: id,
                type: draft.type,
                posyandu: posyandu.index,
                subject: draft.subject,
                date: date,
                form: draft.form,
                message: place
            )
        )
        if draft.type == "kesehatan.kematian" { deathPlaces.append(story.records.count - 1) }
        if judgement.opensCase { openCase(story.records.count - 1, at: time) }
        planFollowUps(story.records.count - 1, at: time)
    }

    /// A newborn's visit of one kind is one record, however often it is reported.
    private func recordOfSameVisit(_ draft: Draft) -> Int? {
        guard draft.type == "kesehatan.kunjungan_neonatus" else { return nil }
        return story.records.firstIndex {
            $0.type == draft.type && $0.subject == draft.subject && !$0.isRetracted
                && $0.form["kunjungan"] == draft.form["kunjungan"]
        }
    }

    private func judge(_ type: String, _ subject: Subject?, _ form: Form, _ date: Day, id: UUID) -> Judgement {
        var earlier: StandingRecord?
        if let wanted = Rules.looksBack(type), let subject {
            for record in story.records where record.type == wanted && record.subject == subject && record.id != id {
                let isBefore = record.date != date ? record.date < date : record.id.text < id.text
                guard !record.isRetracted, isBefore else { continue }
                if earlier?.precedes(record) ?? true { earlier = record }
            }
        }
        return Rules.judge(
            Question(
                type: type,
                form: form,
                date: date,
                facts: facts(subject),
                earlier: earlier.map { ($0.form, $0.date) },
                past: deaths(of: subject)
            )
        )
    }

    /// The deaths of a resident that stand now: services after one are refused.
    private func deaths(of subject: Subject?) -> [StandingRecord] {
        guard let subject else { return [] }
        return deathPlaces.map { story.records[$0] }.filter { $0.subject == subject && !$0.isRetracted }
    }

    private mutating func register(_ index: Int, at time: Moment) {
        let baby = world.residents[index]
        sendResident(baby, birth: baby.birth, at: time)
        story.newborns.append(index)
        story.facts[index] = Facts(isMale: baby.isMale, birth: baby.birth)
    }

    private mutating func changeBirth(_ index: Int, at time: Moment) {
        let resident = world.residents[index]
        let shift = chance.number(3...19) * (chance.chance(0.5) ? 1 : -1)
        let birth = min(resident.birth.adding(shift), world.scenario.backlog.first.adding(-8))
        sendResident(resident, birth: birth, at: time)
        story.facts[index] = Facts(isMale: resident.isMale, birth: birth)
    }

    private mutating func sendResident(_ resident: Resident, birth: Day, at time: Moment) {
        var data: Form = [
            "jenis_kelamin": .text(resident.isMale ? "L" : "P"), "tanggal_lahir": .date(birth),
            "rumah_tangga": .text(posyandu.households[resident.household].text),
        ]
        if let mother = resident.mother { data["ibu"] = .text(world.residents[mother].id.text) }
        let place = Names.neighbourhood(&chance)
        sendCore("warga.terdaftar", resident.id, time, [("nama", resident.name), ("alamat", place)], data)
        story.applied += 1
    }

    private mutating func moveAway(_ index: Int, at time: Moment) {
        guard let move = world.residents[index].move else { return }
        sendCore(
            "warga.pindah",
            world.residents[index].id,
            time,
            [],
            ["ke": .text(world.posyandu[move.to].id.text)]
        )
        story.applied += 1
        story.movedAway.append(index)
    }

    private mutating func correct(_ place: Int, at time: Moment) {
        let record = story.records[place]
        guard !record.isRetracted, let form = Corrections.corrected(record, &chance) else { return }
        let id = chance.uuid(at: time.milliseconds)
        let judgement = judge(record.type, record.subject, form, record.date, id: record.id)
        let message = send(
            MessageParts(
                id: id,
                type: record.type,
                subject: self.id(record.subject),
                time: time,
                posyandu: posyandu.id,
                date: record.date,
                corrects: record.id,
                data: form
            ).bytes,
            at: time
        )
        if let code = judgement.violation {
            story.rejected[code, default: 0] += 1
            return
        }
        story.applied += 1
        story.records[place].form = form
        story.records[place].revision += 1
        story.records[place].order = message
        let hasCase = story.cases.contains { $0.record == place }
        if judgement.opensCase, !hasCase { openCase(place, at: time) }
    }

    private mutating func retract(_ place: Int, at time: Moment) {
        guard !story.records[place].isRetracted else { return }
        sendCore(
            "catatan.ditarik",
            nil,
            time,
            [],
            ["catatan": .text(story.records[place].id.text), "alasan": .text("salah mencatat")]
        )
        story.applied += 1
        story.records[place].isRetracted = true
        story.records[place].revision += 1
    }

    // MARK: Cases

    private mutating func openCase(_ record: Int, at time: Moment) {
        story.cases.append(
            CaseHistory(record: record, opened: story.records[record].date, steps: [(time.day, "didata")])
        )
        if chance.chance(0.65) { planStep(story.cases.count - 1, after: time) }
    }

    private mutating func planStep(_ place: Int, after time: Moment) {
        let day = time.day.adding(chance.number(1...4))
        plan(Moment(day, hour: chance.number(9...15), minute: chance.number(0...59)), .moveCase(place))
    }

    private mutating func moveCase(_ place: Int, at time: Moment) {
        let history = story.cases[place]
        let record = story.records[history.record]
        guard let step = CaseSteps.next(history.state, of: record.type, &chance) else { return }
        var data: Form = [
            "kasus": .text(record.id.text), "dari": .text(history.state), "ke": .text(step.state),
            "oleh": .text(step.role),
        ]
        if let office = step.office { data["opd"] = .text(office) }
        if let remark = step.remark { data["catatan"] = .text(remark) }
        if !step.documents.isEmpty { data["dokumen"] = .names(step.documents) }
        sendCore("kasus.dipindah", nil, time, [], data)
        story.messages[story.messages.count - 1].isCaseStep = true
        story.applied += 1
        story.cases[place].steps.append((time.day, step.state))
        if chance.chance(0.75) { planStep(place, after: time) }
    }

    // MARK: Sending

    /// Appends a message; returns its place in the stream.
    @discardableResult
    mutating func send(_ bytes: [UInt8], at time: Moment) -> Int {
        story.messages.append(StreamMessage(bytes: bytes, time: time))
        return story.messages.count - 1
    }

    mutating func sendCore(
        _ type: String,
        _ subject: UUID?,
        _ time: Moment,
        _ person: [(name: String, text: String)],
        _ data: Form
    ) {
        let id = chance.uuid(at: time.milliseconds)
        send(
            MessageParts(
                id: id,
                type: type,
                subject: subject,
                time: time,
                posyandu: posyandu.id,
                person: person,
                data: data
            ).bytes,
            at: time
        )
    }
}
