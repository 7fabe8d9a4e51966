// Half a year of two posyandu as kiosks send it, with every change of mind, and what is true in the end.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// A random history: messages of three devices, and the truth that they come to.
///
/// Each record is made and changed by one device, so that the order within its source says which change is the last.
struct SkdnHistory {
    static let devices = 3
    let series: Int
    private(set) var queues: [[Text]] = [[], [], []]
    private(set) var children: [UUID: TruthChild] = [:]
    private(set) var weighings: [TruthWeighing] = []
    private(set) var returns: [TruthReturn] = []
    private var owners: [UUID: Int] = [:]
    private var returnIDs: [UUID] = []
    /// The day of the weighing that was changed last, the earlier one when its day was changed too.
    private(set) var changedFrom: TruthDate?
    private var made = 0

    /// Two devices share the first posyandu, the third is alone in the second.
    static func post(of device: Int) -> Int { device == 2 ? 1 : 0 }
    func posyandu(_ number: Int) -> UUID { id(10 + number, 0xA0_0000 + series) }
    func device(_ number: Int) -> UUID { id(50 + number, 0xB0_0000 + series) }
    /// Neighbours of one desa, or of two kecamatan.
    func village(_ number: Int) -> String {
        let district = 1 + (series + (series % 3 == 0 ? 0 : number)) % 15
        return "33.25.\(district < 10 ? "0" : "")\(district).\(2001 + series % 7)"
    }

    private var next: UUID { id(1_000 + made, series) }
    private func post(_ device: Int) -> UUID { posyandu(Self.post(of: device)) }

    private mutating func send(_ device: Int, _ text: Text, _ random: inout SplitMix) {
        made += 1
        queues[device].append(text)
        // Sent again as it is, before anything else happens to it.
        if random.chance(4) { queues[device].append(text) }
    }

    init(_ series: Int, _ random: inout SplitMix) {
        self.series = series
        for number in 0..<(1 + random.next(3)) { register(id(900 + number, series), number % 2, &random) }
        let people = children.keys.sorted { $0.text < $1.text }
        for child in people {
            for month in 1...6 where random.chance(72) { weigh(child, month, &random) }
        }
        for month in 1...6 { for post in [0, 2] where random.chance(35) { report(post, month, &random) } }
        for _ in 0..<random.next(6) { change(people, &random) }
    }

    private mutating func register(_ child: UUID, _ device: Int, _ random: inout SplitMix) {
        let birth = Self.birth(&random)
        let isBoy = random.chance(50)
        let text = Text.register(
            next,
            child,
            at: post(device),
            birth: birth.text,
            sex: isBoy ? "L" : "P",
            date: "2026-01-02"
        )
        children[child] = TruthChild(isBoy: isBoy, birth: birth)
        owners[child] = device
        send(device, text, &random)
    }

    /// Old enough for every weighing and under five at the last, ends of months and the leap day among them.
    private static func birth(_ random: inout SplitMix) -> TruthDate {
        switch random.next(5) {
        case 0: return TruthDate(year: 2024, month: 2, day: 29)
        case 1:
            let month = 8 + random.next(5)
            return TruthDate(year: 2025, month: month, day: TruthDate.length(2025, month))
        default:
            return TruthDate(year: 2022 + random.next(4), month: 1 + random.next(12), day: 1 + random.next(28))
        }
    }

    private static func day(_ month: Int, _ random: inout SplitMix) -> TruthDate {
        TruthDate(year: 2026, month: month, day: [3, 3, 15, 28, TruthDate.length(2026, month)][random.next(5)])
    }

    private static func grams(_ month: Int, _ random: inout SplitMix) -> Int {
        6_000 + 300 * month + 100 * random.next(9)
    }

    private static func chart(_ random: inout SplitMix) -> String {
        ["hijau", "hijau", "kuning", "bawah_garis_merah"][random.next(4)]
    }

    private mutating func weigh(_ child: UUID, _ month: Int, _ random: inout SplitMix) {
        // Sometimes elsewhere, and sometimes twice: the child moved, or came again.
        for _ in 0..<(random.chance(12) ? 2 : 1) {
            let device = random.chance(20) ? 2 : random.next(2)
            let weighing = TruthWeighing(
                id: next,
                posyandu: post(device),
                child: child,
                date: Self.day(month, &random),
                grams: Self.grams(month, &random),
                chart: Self.chart(&random)
            )
            weighings.append(weighing)
            owners[weighing.id] = device
            send(device, Self.text(weighing), &random)
            if random.chance(6) {
                send(device, .move(next, child, from: post(device), to: posyandu(random.next(2))), &random)
            }
        }
    }

    private static func text(_ weighing: TruthWeighing, corrects: UUID? = nil, as id: UUID? = nil) -> Text {
        return Text(
            id: id ?? weighing.id,
            type: "kesehatan.penimbangan",
            posyandu: weighing.posyandu,
            subject: weighing.child,
            date: weighing.date.text,
            corrects: corrects,
            data: #"{"berat_gram":\#(weighing.grams),"posisi_kms":"\#(weighing.chart)"}"#
        )
    }

    private mutating func report(_ device: Int, _ month: Int, _ random: inout SplitMix) {
        returns.append(
            TruthReturn(
                posyandu: post(device),
                date: Self.day(month, &random),
                said: next,
                boys: Self.stock(&random),
                girls: Self.stock(&random)
            )
        )
        returnIDs.append(next)
        owners[next] = device
        send(device, Self.text(returns[returns.count - 1]), &random)
    }

    private static func stock(_ random: inout SplitMix) -> (s: Int, k: Int) {
        let all = random.next(4)
        return (all, random.next(all + 1))
    }

    private static func text(_ report: TruthReturn, corrects: UUID? = nil) -> Text {
        Text(
            id: report.said,
            type: "kesehatan.sasaran",
            posyandu: report.posyandu,
            date: report.date.text,
            corrects: corrects,
            data: """
                {"s_l":\(report.boys.s),"s_p":\(report.girls.s),"k_l":\(report.boys.k),"k_p":\(report.girls.k)}
                """
        )
    }

    /// A correction, a retraction, or another birth date or sex.
    private mutating func change(_ people: [UUID], _ random: inout SplitMix) {
        switch random.next(10) {
        case ..<7: changeWeighing(among: people, &random)
        case 7:
            guard let place = returns.indices.randomElement(using: &random) else { return }
            returns[place].boys = Self.stock(&random)
            returns[place].said = next
            send(owners[returnIDs[place]] ?? 0, Self.text(returns[place], corrects: returnIDs[place]), &random)
        default:
            let child = people[random.next(people.count)]
            register(child, owners[child] ?? 0, &random)
        }
    }

    /// Changes one weighing that stands: weight, day, child, or takes it back.
    mutating func changeWeighing(among people: [UUID]?, _ random: inout SplitMix) {
        let standing = weighings.indices.filter { !weighings[$0].isRetracted }
        guard let place = standing.randomElement(using: &random) else { return }
        let device = owners[weighings[place].id] ?? 0
        let before = weighings[place].date
        defer { changedFrom = min(before, weighings[place].date) }
        if random.chance(15) {
            weighings[place].isRetracted = true
            send(device, .retract(next, weighings[place].id, at: post(device)), &random)
            return
        }
        weighings[place].grams = Self.grams(1 + random.next(6), &random)
        if random.chance(30) { weighings[place].date = Self.day(1 + random.next(6), &random) }
        if random.chance(15), let people { weighings[place].child = people[random.next(people.count)] }
        send(device, Self.text(weighings[place], corrects: weighings[place].id, as: next), &random)
    }

    /// Forgets what was sent, so that only new messages are in the queues.
    mutating func clearQueues() { queues = [[], [], []] }
}
