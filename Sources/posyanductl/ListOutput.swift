// The form of an answer that is a list: tables, CSV or the daemon's JSON.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PluginKit

/// The form of an answer that is a list.
struct ListOutput: ParsableArguments {
    @Flag(help: "Print the daemon's JSON, one line, instead of tables.")
    var json = false

    @Flag(help: "Print CSV.")
    var csv = false

    func validate() throws {
        if json && csv { throw ValidationError("--json and --csv exclude each other") }
    }

    func show(
        _ answer: JSONValue,
        _ console: Console,
        csv lines: (JSONValue) -> [[String]],
        _ report: (JSONValue, Bool) -> String
    ) {
        if csv {
            console.out(Array(CSVText.text(lines(answer)).utf8))
        } else {
            console.show(answer, json: json, report)
        }
    }
}
