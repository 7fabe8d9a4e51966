// The operator's command line: one command a file, all of them listed here.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

@main
struct Posyanductl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "posyanductl",
        abstract: "Looks after a posyandud node through its control socket.",
        discussion: """
            Tables are for people; --json prints the daemon's answer for programs, one line. Where a FILE is asked, - is \
            the standard input. Progress and errors go to the standard error.

            Exit status: 0 done; 1 failed, or a check found something; 64 the command line is wrong.
            """,
        version: ProgramVersion.text,
        subcommands: [
            StatusCommand.self, LogCommand.self, DeadCommand.self, HeldCommand.self, RejectionsCommand.self,
            SectorCommand.self, ImportCommand.self, SourceCommand.self, IngestCommand.self, SummariesCommand.self,
            FiguresCommand.self, CountsCommand.self, TraceCommand.self, PushCommand.self, DestinationCommand.self,
            ReplayCommand.self, AuditCommand.self, DeadlineCommand.self, GrowthCommand.self, SkdnCommand.self,
            StuntingCommand.self, HpkCommand.self, RegisterCommand.self, ResidentCommand.self, TaskCommand.self,
            ListCommand.self, HouseholdCommand.self, SpmCommand.self, CaseCommand.self, AttachmentCommand.self,
            AccessLogCommand.self, PosyanduCommand.self, ProgrammeCommand.self, CalendarCommand.self,
            VersionCommand.self,
        ]
    )

    @OptionGroup var control: ControlOptions
}
