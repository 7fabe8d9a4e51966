// What a worker under sector-run is refused. A probe passes when it was denied.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Testing

@testable import PluginHost

@Suite(.enabled(if: Confinement.isAvailable, "this kernel has no Landlock"))
struct ConfinementTests {
    static let forbidden = [
        "socket", "unix_socket", "socketpair", "shadow", "passwd", "write_tmp", "write_own", "truncate_own",
        "unlink_own",
        "chmod_own", "touch_own", "rename_own", "kill_parent", "kill_all", "kill_group", "tgkill_parent",
        "sigqueue_parent", "pidfd_parent", "limit_parent", "ptrace_parent", "memory_of_parent", "environment_of_parent",
        "fork", "execute", "memfd", "shared_memory", "descriptor_3",
    ]

    @Test func `everything a worker has no business with is denied`() async throws {
        let garden = try Garden()
        try garden.plant()
        let host = garden.host()
        await host.start()
        let records = Self.forbidden.enumerated().map { record($0.offset, "coba", ["apa": $0.element]) }
        let answers = try #require(await host.ask(sector: "kebun", records).answers)
        for answer in answers {
            let what = answer.fields?["aksi"]?.string ?? "?"
            let result = answer.fields?["hasil"]?.string ?? "no answer"
            #expect(result.hasPrefix("ditolak"), "\(what): \(result)")
        }
        #expect(answers.count == Self.forbidden.count)
        await host.stop()
    }

    @Test func `threads, its own folder and four variables are what it has`() async throws {
        let garden = try Garden()
        let folder = try garden.plant()
        let host = garden.host()
        await host.start()
        let answers = try #require(
            await host.ask(sector: "kebun", [record(1, "benang"), record(2, "lingkungan"), record(3, "konteks")])
                .answers
        )
        #expect(answers[0].fields?["aksi"]?.string == "benang")
        #expect(answers[1].fields?["aksi"]?.string == "LANG POSYANDUD_SECTOR_DIR SWIFT_BACKTRACE TZ")
        #expect(answers[1].fields?["hasil"]?.string == folder)
        #expect(answers[2].fields?["aksi"]?.string == "91d0")
        #expect(await host.status().first?.isConfined == true)
        await host.stop()
    }

    @Test func `an interpreter outside of the system's folders is refused`() async throws {
        let garden = try Garden()
        let folder = try garden.plant()
        try garden.write("#!/tmp/python3\n", to: "\(folder)/bin/kebun", mode: 0o755)
        let host = garden.host()
        await host.start()
        #expect(await host.ask(sector: "kebun", [record(1, "baik")]).unavailable?.contains("bin/kebun") == true)
        #expect(await host.status().first?.state == .refused)
        await host.stop()
    }
}
