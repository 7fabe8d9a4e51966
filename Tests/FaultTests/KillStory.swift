// The lives of a push: each ended by SIGKILL at a fail point or in the middle of a request, the last one finishes it.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Destinations

/// What one destination goes through.
struct KillStory: Sendable {
    enum Life: Sendable {
        /// The nth hit of a point.
        case point(String, Int)
        case moment(PushOrder.Moment)
        /// This hit does not come: the process ends by itself, with the documents acknowledged. So the hits before it are all.
        case beyond(String, Int)

        /// Whether what was claimed, and not yet recorded, is left with attempts that nobody ends.
        var leavesAttempts: Bool {
            switch self {
            case .point(let name, _):
                !["outbox.enqueue-before-commit", "push.claim-before-commit", "push.recorded"].contains(name)
            case .moment: true
            case .beyond: false
            }
        }
    }

    var room: String
    /// What each life but the last is ended at.
    var lives: [Life]
    var script = ""

    /// Every fail point of the push, read from its sources: one that is added later has to be met too.
    static let points: Set<String> = {
        let sources = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/Destinations").standardizedFileURL
        let files = FileManager.default.enumerator(atPath: sources.path())
        var points: Set<String> = []
        while let file = files?.nextObject() as? String {
            guard file.hasSuffix(".swift"),
                let text = try? String(contentsOf: sources.appending(path: file), encoding: .utf8)
            else { continue }
            for part in text.components(separatedBy: "FailPoint.hit(\"").dropFirst() {
                points.insert(String(part.prefix { $0 != "\"" }))
            }
        }
        return points
    }()

    /// How often a push without faults comes past a point with one document, or with several in step: it has the destination
    /// check where it does, sends, polls where it is told to, and reads back.
    static func hits(_ point: String, _ dialect: FaultDialect, hasLogin: Bool, documents: Int = 1) throws -> Int {
        let name = point.split(separator: ".").last ?? ""
        if point.hasPrefix("outbox.enqueue-") { return documents }
        let rounds = dialect.poll == nil ? 2 : 3
        for (prefix, count) in [
            ("claim", rounds), ("record", rounds), ("check-", dialect.dialect.checksFirst ? documents : 0),
            ("put-", documents), ("read-back-", documents), ("poll-", dialect.poll == nil ? 0 : documents),
            ("login-", hasLogin ? 1 : 0),
        ] where name.hasPrefix(prefix) {
            return count
        }
        throw StandinProcess.Refused(description: "nobody said how often \(point) is met")
    }

    /// All lives but the last, one after the other.
    func live(_ order: PushOrder) async {
        for (number, life) in lives.enumerated() {
            var order = order
            order.rooms = [room]
            order.hours = number
            var condition = ExitTest.Condition.signal(SIGKILL)
            switch life {
            case .point(let name, let nth): order.point = "\(name):\(nth)"
            case .moment(let moment): order.moment = moment
            case .beyond(let name, let nth):
                order.point = "\(name):\(nth)"
                condition = .exitCode(0)
            }
            await #expect(processExitsWith: condition, "\(room), \(life)") { [order = order as PushOrder] in
                try await PushChild.run(order)
            }
        }
    }
}
