// Reads the parameters and bodies of a data value set request.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird

extension Endpoint {
    /// `nil` when a scheme or strategy is none of this subset.
    static func options(_ request: Request, standard: Dhis2Scheme) -> Dhis2Options? {
        let query = request.uri.queryParameters
        func text(_ name: String) -> String? { query[Substring(name)].map(String.init) }
        guard let common = Dhis2Scheme(text("idScheme"), or: standard),
            let element = Dhis2Scheme(text("dataElementIdScheme"), or: common),
            let orgUnit = Dhis2Scheme(text("orgUnitIdScheme"), or: common),
            let combo = Dhis2Scheme(text("categoryOptionComboIdScheme"), or: common),
            let set = Dhis2Scheme(text("dataSetIdScheme"), or: common)
        else { return nil }
        var options = Dhis2Options(
            elementScheme: element,
            orgUnitScheme: orgUnit,
            comboScheme: combo,
            dataSetScheme: set
        )
        switch text("importStrategy") ?? text("strategy") ?? "CREATE_AND_UPDATE" {
        case "CREATE", "NEW": options.strategy = .create
        case "UPDATE", "UPDATES": options.strategy = .update
        case "CREATE_AND_UPDATE", "NEW_AND_UPDATES": options.strategy = .both
        case "DELETE", "DELETES": options.strategy = .delete
        default: return nil
        }
        options.dryRun = text("dryRun") == "true"
        options.runsAsync = text("async") == "true"
        return options
    }

    static func values(json: Data, _ options: inout Dhis2Options) -> [Dhis2Value]? {
        guard let root = Node.read(json), let list = root["dataValues"]?.list else { return nil }
        options.completeDate = root["completeDate"]?.string
        let set = root["dataSet"]?.string
        return list.map { entry in
            Dhis2Value(
                dataSet: set,
                element: entry["dataElement"]?.string ?? "",
                period: entry["period"]?.string ?? root["period"]?.string ?? "",
                orgUnit: entry["orgUnit"]?.string ?? root["orgUnit"]?.string ?? "",
                combo: entry["categoryOptionCombo"]?.string,
                attributeCombo: entry["attributeOptionCombo"]?.string ?? root["attributeOptionCombo"]?.string,
                value: entry["value"]?.string ?? entry["value"]?.integer.map(String.init),
                comment: entry["comment"]?.string
            )
        }
    }

    static func values(adx: Data) -> [Dhis2Value]? {
        guard let document = Adx(adx) else { return nil }
        return document.values.map { entry in
            let own: Set<String> = ["dataElement", "value"]
            let period = entry.group["period"] ?? ""
            return Dhis2Value(
                dataSet: entry.group["dataSet"],
                element: entry.attributes["dataElement"] ?? "",
                period: period,
                orgUnit: entry.group["orgUnit"] ?? "",
                value: entry.attributes["value"],
                foundPeriod: Dhis2Period(adx: period),
                options: entry.attributes.filter { !own.contains($0.key) }.map { ($0.key, $0.value) }
            )
        }
    }
}
