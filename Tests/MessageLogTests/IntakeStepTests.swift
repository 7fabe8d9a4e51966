// The intake rules as a table: row of the source and header in, decision out.
// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Testing

@testable import MessageLog

@Suite struct IntakeStepTests {
    let uuid = UUID()

    func row(
        epoch: Int32 = 3,
        hwm: Int64 = 100,
        state: SourceRow.State = .open,
        closed: SourceRow.ClosedEpoch? = nil
    ) -> SourceRow {
        SourceRow(
            id: SourceID(Int32(1)),
            uuid: uuid,
            shard: 4,
            epoch: epoch,
            hwm: hwm,
            head: [9],
            durable: 0,
            state: state,
            lastAt: nil,
            applied: 0,
            hasSpooled: false,
            closed: closed
        )
    }

    func header(_ first: Int64, _ count: Int, epoch: Int32 = 3) -> BatchHeader {
        BatchHeader(source: uuid, epoch: epoch, first: first, count: count)
    }

    func plan(_ decision: IntakeStep.Decision) -> IntakeStep.Plan? {
        if case .take(let plan) = decision { plan } else { nil }
    }

    func reply(_ decision: IntakeStep.Decision) -> IngestReply? {
        switch decision {
        case .answer(let reply), .putAside(_, let reply): reply
        case .take: nil
        }
    }

    struct Split: Sendable {
        let first: Int64
        let count: Int
        let compare: Range<Int>
        let take: Range<Int>
    }

    @Test(arguments: [
        Split(first: 101, count: 50, compare: 0..<0, take: 0..<50),
        Split(first: 100, count: 2, compare: 0..<1, take: 1..<2),
        Split(first: 51, count: 50, compare: 0..<50, take: 50..<50),
        Split(first: 1, count: 10, compare: 0..<10, take: 10..<10),
        Split(first: 60, count: 100, compare: 0..<41, take: 41..<100),
    ])
    func `a batch is split at the mark`(split: Split) {
        let plan = plan(IntakeStep.decide(row(), header(split.first, split.count), via: .https))
        #expect(plan == .init(compare: split.compare, take: split.take, mark: 100, isTail: false))
    }

    @Test func `a batch behind the mark is a gap over HTTPS and waits from a file`() {
        let mark = Mark(epoch: 3, hwm: 100, head: [9])
        #expect(reply(IntakeStep.decide(row(), header(102, 5), via: .https)) == .gap(mark))
        for via in [Via.file, .broker] {
            guard case .putAside(.early, .waiting(mark)) = IntakeStep.decide(row(), header(102, 5), via: via) else {
                Issue.record("not put aside")
                return
            }
        }
    }

    @Test func `unknown sources and epochs are told apart`() {
        #expect(reply(IntakeStep.decide(nil, header(1, 1), via: .https)) == .unknownSource)
        #expect(reply(IntakeStep.decide(row(), header(1, 1, epoch: 4), via: .https)) == .unknownEpoch)
        #expect(reply(IntakeStep.decide(row(), header(1, 1, epoch: 2), via: .https)) == .unknownEpoch)
    }

    @Test func `a blocked source is told so and a revoked one is kept for a person`() {
        #expect(reply(IntakeStep.decide(row(state: .blocked), header(101, 1), via: .https)) == .blocked)
        guard
            case .putAside(.revoked, .revoked) = IntakeStep.decide(row(state: .revoked), header(101, 1), via: .https)
        else {
            Issue.record("not put aside")
            return
        }
    }

    @Test func `the tail of a closed epoch continues it without a gap, unless a fork or a revocation closed it`() {
        func closed(_ cause: SourceRow.ClosedEpoch.Cause) -> SourceRow {
            row(closed: .init(hwm: 20, head: [7], cause: cause))
        }
        let tail = plan(IntakeStep.decide(closed(.enrolment), header(19, 4, epoch: 2), via: .https))
        #expect(tail == .init(compare: 0..<2, take: 2..<4, mark: 20, isTail: true))
        #expect(reply(IntakeStep.decide(closed(.enrolment), header(22, 1, epoch: 2), via: .https)) == .staleEpoch)
        #expect(reply(IntakeStep.decide(closed(.fork), header(21, 1, epoch: 2), via: .https)) == .staleEpoch)
        #expect(reply(IntakeStep.decide(closed(.revocation), header(21, 1, epoch: 2), via: .https)) == .staleEpoch)
    }

    @Test func `the first message that differs from the stored bytes is the conflict`() {
        let batch = batch(uuid, epoch: 3, first: 98, ["a", "b", "c", "d"])
        let plan = IntakeStep.Plan(compare: 0..<3, take: 3..<4, mark: 100, isTail: false)
        let a = Array("a".utf8)
        let b = Array("b".utf8)
        let c = Array("c".utf8)
        #expect(IntakeStep.firstConflict(batch, plan, stored: [a, b, c]) == nil)
        #expect(IntakeStep.firstConflict(batch, plan, stored: [a, c, c]) == 1)
        #expect(IntakeStep.firstConflict(batch, plan, stored: [nil, nil, b]) == 2)
        #expect(IntakeStep.firstConflict(batch, plan, stored: [nil, nil, nil]) == nil)
    }

    @Test func `an effective time lies between the previous entry and the receipt`() {
        #expect(IntakeStep.boundedTime(claimed: 50, offset: nil, previous: 10, receipt: 100) == 50)
        #expect(IntakeStep.boundedTime(claimed: 50, offset: 20, previous: 10, receipt: 100) == 70)
        #expect(IntakeStep.boundedTime(claimed: 5, offset: nil, previous: 10, receipt: 100) == 10)
        #expect(IntakeStep.boundedTime(claimed: 500, offset: nil, previous: 10, receipt: 100) == 100)
        #expect(IntakeStep.boundedTime(claimed: nil, offset: nil, previous: 10, receipt: 100) == 100)
        #expect(IntakeStep.boundedTime(claimed: .max, offset: 1, previous: nil, receipt: 100) == 100)
        #expect(IntakeStep.boundedTime(claimed: 5, offset: nil, previous: 900, receipt: 100) == 100)
    }
}
