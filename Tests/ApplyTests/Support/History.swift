// Random months of two posyandu: what three devices write down, and how it reaches the hub.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import PluginKit

/// One history: messages in the order in which they were made, each with the device that made it.
///
/// The same seed gives the same history under every `series`; only the identifiers' last digits differ, so that several
/// deliveries of one history live side by side in one database.
struct History {
    static let devices = 3
    let series: Int
    /// Device number and message.
    private(set) var messages: [(device: Int, text: Text)] = []

    /// Two devices share the first posyandu, the third is alone in the second.
    static func post(of device: Int) -> Int { device == 2 ? 1 : 0 }
    func posyandu(_ number: Int) -> UUID { id(10 + number, 0xA0_0000 + series) }
    func device(_ number: Int) -> UUID { id(50 + number, 0xB0_0000 + series) }

    private struct Made {
        var text: Text
        var device: Int
    }

    init(seed: UInt64, series: Int) {
        self.series = series
        var random = SplitMix(seed: seed)
        var made: [Made] = []
        let children = (0..<(1 + random.next(3))).map { id(900 + $0, series) }
        for child in children {
            let device = random.next(Self.devices)
            add(
                device,
                .register(next, child, at: post(device), birth: "2025-0\(1 + random.next(9))-15", date: "2026-01-05")
            )
        }
        for _ in 0..<(8 + random.next(20)) {
            let device = random.next(Self.devices)
            let child = children[random.next(children.count)]
            let date = "2026-0\(3 + random.next(5))-\(10 + random.next(3) * 9)"
            let choice = random.next(100)
            switch choice {
            case ..<42:
                let text = Text.weigh(next, child, at: post(device), on: date, 400 + 100 * (1 + random.next(120)))
                made.append(Made(text: text, device: device))
                add(device, text)
            case ..<52:
                let first = random.next(2)
                let text = Text.visit(
                    next,
                    child,
                    at: posyandu(0),
                    on: date,
                    1 + random.next(3),
                    "isi \(random.next(50))"
                )
                made.append(Made(text: text, device: first))
                add(first, text)
            case ..<62:
                let text = Text.report(next, at: post(device), on: date, cadres: 1 + random.next(9))
                made.append(Made(text: text, device: device))
                add(device, text)
            case ..<80: correct(device, children, date, &random, &made)
            case ..<88:
                let own = made.filter { $0.text.posyandu == post(device) }
                guard !own.isEmpty else { continue }
                add(device, .retract(next, own[random.next(own.count)].text.id, at: post(device)))
            case ..<94:
                let birth = "2025-0\(1 + random.next(9))-\(10 + random.next(15))"
                add(device, .register(next, child, at: post(device), birth: birth, sex: random.chance(50) ? "L" : "P"))
            default:
                add(device, .move(next, child, from: post(device), to: posyandu(random.next(2))))
            }
        }
    }

    private var next: UUID { id(1_000 + messages.count, series) }
    private func post(_ device: Int) -> UUID { posyandu(Self.post(of: device)) }
    private mutating func add(_ device: Int, _ text: Text) { messages.append((device, text)) }

    /// A correction of something that the same posyandu made, by any of its devices; weighings also change day and child.
    private mutating func correct(
        _ device: Int,
        _ children: [UUID],
        _ date: String,
        _ random: inout SplitMix,
        _ made: inout [Made]
    ) {
        let own = made.filter { $0.text.posyandu == post(device) }
        guard !own.isEmpty else { return }
        let target = own[random.next(own.count)].text
        var text = target
        text.id = next
        text.corrects = target.id
        switch target.type {
        case "tumbuh.timbang":
            if random.chance(40) { text.date = date }
            if random.chance(20) { text.subject = children[random.next(children.count)] }
            text.data = #"{"berat":\#(400 + 100 * (1 + random.next(120)))}"#
        case "tumbuh.laporan":
            text.data = #"{"bulan":"\#(target.date.prefix(7))","kader":\#(1 + random.next(9))}"#
        default:
            guard let number = (try? JSONParser.parse(Array(target.data.utf8)))?["ke"]?.integer else { return }
            text.data = #"{"ke":\#(number),"isi":"isi \#(random.next(50))"}"#
        }
        made.append(Made(text: text, device: device))
        add(device, text)
    }
}
