// Imports a data value set as DHIS2 does: good rows go in, each bad one becomes a conflict with its index.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One value of a request, with the names it was given.
struct Dhis2Value: Sendable {
    var dataSet: String?
    var element: String
    var period: String
    var orgUnit: String
    var combo: String?
    var attributeCombo: String?
    var value: String?
    var comment: String?
    /// Resolved by the format itself, as ADX does.
    var foundPeriod: Dhis2Period?
    var options: [(category: String, option: String)]?
}

/// The parameters of the request.
struct Dhis2Options: Sendable {
    enum Strategy: Sendable { case create, update, both, delete }

    var elementScheme = Dhis2Scheme.uid
    var orgUnitScheme = Dhis2Scheme.uid
    var comboScheme = Dhis2Scheme.uid
    var dataSetScheme = Dhis2Scheme.uid
    var strategy = Strategy.both
    var dryRun = false
    var runsAsync = false
    var completeDate: String?
}

struct Dhis2Conflict: Sendable, Hashable {
    var object: String
    var property: String
    var code: String
    var words: String
}

/// What an import counted.
struct Dhis2Summary: Sendable {
    var imported = 0
    var updated = 0
    var ignored = 0
    var deleted = 0
    var conflicts: [(conflict: Dhis2Conflict, indexes: [Int])] = []
    var completed: String?
    /// The whole set was refused.
    var isError = false

    var rejected: [Int] { Array(Set(conflicts.flatMap(\.indexes))).sorted() }

    var status: String { isError ? "ERROR" : conflicts.isEmpty ? "SUCCESS" : "WARNING" }

    mutating func add(_ conflict: Dhis2Conflict, _ index: Int) {
        if let place = conflicts.firstIndex(where: { $0.conflict == conflict }) {
            conflicts[place].indexes.append(index)
        } else {
            conflicts.append((conflict, [index]))
        }
    }

    var node: Node {
        .object([
            "responseType": .string("ImportSummary"), "status": .string(status),
            "description": .string(isError ? "The import process failed" : "Import process completed successfully"),
            "importCount": .object([
                "imported": .integer(imported), "updated": .integer(updated), "ignored": .integer(ignored),
                "deleted": .integer(deleted),
            ]),
            "conflicts": .list(
                conflicts.map { entry in
                    .object([
                        "object": .string(entry.conflict.object),
                        "objects": .object([entry.conflict.property: .string(entry.conflict.object)]),
                        "value": .string(entry.conflict.words), "errorCode": .string(entry.conflict.code),
                        "property": .string(entry.conflict.property),
                        "indexes": .list(entry.indexes.map(Node.integer)),
                    ])
                }
            ),
            "rejectedIndexes": .list(rejected.map(Node.integer)),
            "dataSetComplete": .string(completed ?? "false"),
        ])
    }
}

struct Dhis2Import: Sendable {
    let metadata: Dhis2Metadata
    let options: Dhis2Options
    let now: Date

    /// The change of a value, or why it is refused.
    func change(_ value: Dhis2Value, isClosed: Bool) -> Result<RowChange, Refused> {
        guard let element = metadata.find(.dataElements, value.element, options.elementScheme) else {
            return refuse(
                value.element,
                "dataElement",
                "E7610",
                "Data element not found or not accessible: `\(value.element)`"
            )
        }
        guard let period = value.foundPeriod ?? Dhis2Period(value.period) else {
            return refuse(value.period, "period", "E7611", "Period not valid: `\(value.period)`")
        }
        guard let orgUnit = metadata.find(.organisationUnits, value.orgUnit, options.orgUnitScheme) else {
            return refuse(
                value.orgUnit,
                "orgUnit",
                "E7612",
                "Organisation unit not found or not accessible: `\(value.orgUnit)`"
            )
        }
        let combo =
            value.options.map { metadata.combo(of: $0) }
            ?? metadata.find(.categoryOptionCombos, value.combo ?? Dhis2Metadata.defaultCombo.id, options.comboScheme)
        guard let combo else {
            let name = value.combo ?? (value.options ?? []).map(\.option).joined(separator: ", ")
            return refuse(
                name,
                "categoryOptionCombo",
                "E7613",
                "Category option combo not found or not accessible for writing data: `\(name)`"
            )
        }
        let attribute = value.attributeCombo ?? Dhis2Metadata.defaultCombo.id
        guard let attributeCombo = metadata.find(.categoryOptionCombos, attribute, options.comboScheme) else {
            return refuse(
                attribute,
                "attributeOptionCombo",
                "E7615",
                "Attribute option combo not found or not accessible for writing data: `\(attribute)`"
            )
        }
        if let refusal = window(value, element, period, isClosed) { return .failure(refusal) }
        let key = [element.id, period.text, orgUnit.id, combo.id, attributeCombo.id]
        if options.strategy == .delete { return .success(RowChange(key: key, fields: nil)) }
        guard let text = value.value, !text.isEmpty else {
            return refuse(
                value.element,
                "dataElement",
                "E7618",
                "Data value or comment not specified for data element: `\(value.element)`"
            )
        }
        guard Self.fits(text, element.valueType) else {
            return refuse(
                value.element,
                "dataElement",
                "E7619",
                "Value must match data element's `\(value.element)` type constraints: \(element.valueType)"
            )
        }
        var fields = ["value": text]
        fields["comment"] = value.comment
        return .success(RowChange(key: key, fields: fields))
    }

    struct Refused: Error {
        var conflict: Dhis2Conflict
    }

    private func refuse(_ object: String, _ property: String, _ code: String, _ words: String) -> Result<
        RowChange, Refused
    > {
        .failure(Refused(conflict: Dhis2Conflict(object: object, property: property, code: code, words: words)))
    }

    /// The rules of the data set: its elements, its kind of period, its locks.
    private func window(_ value: Dhis2Value, _ element: Dhis2Object, _ period: Dhis2Period, _ isClosed: Bool)
        -> Refused?
    {
        func refused(_ property: String, _ object: String, _ code: String, _ words: String) -> Refused {
            Refused(conflict: Dhis2Conflict(object: object, property: property, code: code, words: words))
        }
        let name = value.dataSet ?? ""
        let set = metadata.find(.dataSets, name, options.dataSetScheme)
        if let set, !set.elements.isEmpty, !set.elements.contains(element.id) {
            return refused(
                "dataElement",
                value.element,
                "E7633",
                "Data element: `\(value.element)` is not part of dataset: `\(name)`"
            )
        }
        if let set, !set.periodType.isEmpty, set.periodType != period.type {
            return refused(
                "period",
                period.text,
                "E7632",
                "Period type of period: `\(period.text)` not valid for data element: `\(value.element)`"
            )
        }
        let isPast =
            set.map { $0.expiryDays > 0 && now > period.end.addingTimeInterval(Double($0.expiryDays) * 86_400) }
            ?? false
        if isClosed || isPast {
            return refused(
                "period",
                period.text,
                "E7640",
                "Current date is past expiry days for period: `\(period.text)`  and data set: `\(name)`"
            )
        }
        return nil
    }

    private static func fits(_ text: String, _ type: String) -> Bool {
        switch type {
        case "INTEGER": Int(text) != nil
        case "INTEGER_POSITIVE": Int(text).map { $0 > 0 } ?? false
        case "INTEGER_ZERO_OR_POSITIVE": Int(text).map { $0 >= 0 } ?? false
        case "NUMBER": Form.scale(text) != nil
        case "PERCENTAGE": Form.scale(text) != nil && Double(text).map { (0...100).contains($0) } ?? false
        case "BOOLEAN": text == "true" || text == "false"
        default: true
        }
    }
}
