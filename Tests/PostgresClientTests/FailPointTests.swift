// Named points end the process, the n-th call fails once.
// SPDX-License-Identifier: Apache-2.0

import FailPoints
import Glibc
import Testing

@Suite struct FailPointTests {
    @Test func `the nth hit of the armed name ends the process as kill -9 does`() async {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            setenv("POSYANDUD_FAILPOINT", "before-commit:3", 1)
            for _ in 0..<2 { FailPoint.hit("before-commit") }
            for _ in 0..<9 { FailPoint.hit("after-commit") }
            FailPoint.hit("before-commit")
            exit(0)
        }
        await #expect(processExitsWith: .exitCode(0)) {
            setenv("POSYANDUD_FAILPOINT", "before-commit:3", 1)
            for _ in 0..<2 { FailPoint.hit("before-commit") }
            exit(0)
        }
    }

    @Test func `an unreadable arming is not passed over`() async {
        await #expect(processExitsWith: .exitCode(78)) {
            setenv("POSYANDUD_FAILPOINT", "before-commit:often", 1)
            FailPoint.hit("anything")
            exit(0)
        }
    }

    @Test func `the environment makes one call of one kind fail`() async {
        await #expect(processExitsWith: .exitCode(4)) {
            setenv("POSYANDUD_FAIL_CALL", "file:4", 1)
            for _ in 0..<10 where CallFault.strikes(.libpq) { exit(99) }
            var call: Int32 = 0
            for _ in 0..<10 {
                call += 1
                if CallFault.strikes(.file) { exit(call) }
            }
            exit(0)
        }
    }

    @Test func `a plan holds for its task only`() async {
        let plan = CallFault.Plan(.libcurl, nth: 2)
        let struck = await CallFault.$plan.withValue(plan) {
            await Task { (0..<4).map { _ in CallFault.strikes(.libcurl) } }.value
        }
        #expect(struck == [false, true, false, false])
        #expect(plan.hasStruck)
        #expect((0..<4).allSatisfy { _ in !CallFault.strikes(.libcurl) })
    }
}
