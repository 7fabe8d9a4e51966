// The fixtures of the health and social sectors give their recorded answers, in any order.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import KesehatanSector
@testable import SosialSector

@Suite struct KesehatanSosialFixtureTests {
    @Test func `the fixtures of kesehatan give their answers and use every type and indicator`() throws {
        let kit = try SectorTestKit(KesehatanSector.self, folder: RuleBench.folder("Kesehatan"))
        #expect(kit.problems() == [])
    }

    @Test func `the fixtures of sosial give their answers and use every type and indicator`() throws {
        let kit = try SectorTestKit(SosialSector.self, folder: RuleBench.folder("Sosial"))
        #expect(kit.problems() == [])
    }
}
