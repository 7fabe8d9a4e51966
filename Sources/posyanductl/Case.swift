// `posyanductl case`: service cases, one at a time and in their registers.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct CaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case",
        abstract: "Service cases, one at a time and in their registers.",
        subcommands: [
            CaseReceipt.self,
            CaseSlip.self,
            CaseRegister.self,
            CaseRecap.self,
            CaseAgeing.self,
            CaseClose.self,
            CaseMonths.self,
            CaseIdentity.self,
            CaseExport.self,
        ]
    )
}
