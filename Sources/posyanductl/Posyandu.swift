// `posyanductl posyandu`: registration and legality of posyandu, and the terms and skills of their cadres.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

struct PosyanduCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "posyandu",
        abstract: "Registration and legality: dossiers, what is missing and who must act, terms, competences.",
        discussion: """
            A POSYANDU is named by its UUID or by a registration number that it has or had. Acts go into the log as messages \
            of this node, with your user name; a refused act ends with status 1 and its reasons.
            """,
        subcommands: [
            DossierCommand.self, PosyanduCompletenessCommand.self, PosyanduTermsCommand.self, EndTermCommand.self,
            PresenceCommand.self, AbsenceCommand.self, CompetencesCommand.self,
        ]
    )
}

/// Which posyandu, on which day.
struct PosyanduPlaceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Kabupaten, kecamatan or desa; the whole kabupaten when left out.", valueName: "code"))
    var area: String?

    @Option(help: ArgumentHelp("One posyandu, by UUID or registration number.", valueName: "id"))
    var posyandu: String?

    @Option(help: ArgumentHelp("As things stand on that day; today when left out.", valueName: "YYYY-MM-DD"))
    var date: DateArgument?

    func validate() throws {
        if area != nil && posyandu != nil { throw ValidationError("--area and --posyandu exclude each other") }
    }

    var query: ControlClient.Query { [("area", area), ("posyandu", posyandu), ("date", date?.text)] }
}

struct EndTermCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "end-term",
        abstract: "Ends the term of a cadre or board member, or takes its end back. The newest word counts."
    )

    @Argument(help: ArgumentHelp("Where the term is served.", valueName: "posyandu"))
    var posyandu: String

    @Argument(help: ArgumentHelp("Whose term; `posyandu terms` shows the UUIDs.", valueName: "cadre"))
    var cadre: SourceID

    @Option(help: "ketua, sekretaris, bendahara, ketua_bidang or kader.")
    var role: String

    @Option(help: ArgumentHelp("The last day in office.", valueName: "YYYY-MM-DD"))
    var date: DateArgument?

    @Option(help: "A reason of cadre-term-rules.csv, as mengundurkan_diri.")
    var reason: String?

    @Flag(help: "It was a mistake: the term goes on.")
    var undo = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func validate() throws {
        if undo ? date != nil || reason != nil : date == nil || reason == nil {
            throw ValidationError("Say --date YYYY-MM-DD and --reason, or --undo.")
        }
    }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let body: JSONValue = [
            "cadre": .string(cadre.text), "role": .string(role), "date": .optional(date?.text),
            "reason": .optional(reason),
        ]
        let answer = try await daemon.post("posyandu/\(ControlClient.segment(posyandu))/end-term", body)
        try ResidentCommand.show(answer, json: output.json, console)
    }
}

struct PresenceCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "presence",
        abstract: "Tells which cadres took part in an activity of a day; a later list of that day takes its place."
    )

    @Argument(help: ArgumentHelp("Which posyandu.", valueName: "posyandu"))
    var posyandu: String

    @Option(help: ArgumentHelp("The day.", valueName: "YYYY-MM-DD"))
    var date: DateArgument

    @Option(help: "One word: hari_buka, kunjungan_rumah, rapat …")
    var activity = "hari_buka"

    @Option(
        help: ArgumentHelp("Who took part; give it once for each. None: the list is taken back.", valueName: "uuid")
    )
    var cadre: [SourceID] = []

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let body: JSONValue = [
            "date": .string(date.text), "activity": .string(activity),
            "cadres": .array(cadre.map { .string($0.text) }),
        ]
        let answer = try await daemon.post("posyandu/\(ControlClient.segment(posyandu))/presence", body)
        try ResidentCommand.show(answer, json: output.json, console)
    }
}

struct AbsenceCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "absence",
        abstract: "Notes that a cadre announced an absence, or takes that back. No reason is kept."
    )

    @Argument(help: ArgumentHelp("Where she serves.", valueName: "posyandu"))
    var posyandu: String

    @Argument(help: ArgumentHelp("Who.", valueName: "cadre"))
    var cadre: SourceID

    @Option(help: ArgumentHelp("First day.", valueName: "YYYY-MM-DD"))
    var from: DateArgument

    @Option(help: ArgumentHelp("Last day.", valueName: "YYYY-MM-DD"))
    var until: DateArgument?

    @Flag(help: "The absence that began on that day is taken back.")
    var undo = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var control: ControlOptions

    func validate() throws {
        if (until == nil) != undo { throw ValidationError("Say --until YYYY-MM-DD or --undo.") }
    }

    func run(on daemon: ControlClient, _ console: Console) async throws {
        let body: JSONValue = [
            "cadre": .string(cadre.text), "from": .string(from.text), "until": .optional(until?.text),
        ]
        let answer = try await daemon.post("posyandu/\(ControlClient.segment(posyandu))/absence", body)
        try ResidentCommand.show(answer, json: output.json, console)
    }
}

extension JSONValue {
    /// What was not said is null.
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
