// `posyanductl case`: one service case at a time.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct CaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case",
        abstract: "Service cases, one at a time.",
        subcommands: [
            CaseIdentity.self,
            CaseExport.self,
        ]
    )
}
