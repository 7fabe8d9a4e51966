// Compares the report that a server holds with the one we sent: its revision, then every count and score.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
internal import PluginKit

extension Fhir {
    package func reconcile(_ pages: [HTTPResult], _ document: OutboundDocument) -> ReadBackFinding {
        guard case .success(let response)? = pages.last else { return .unreadable(pages.last.unanswered) }
        if [404, 410].contains(response.status) {
            switch Reply.recognise(response) {
            case .operationOutcome, .empty: return .absent
            default:
                return .unreadable(Outcome(.retryLater, code: "http-404", detail: "404 without a FHIR server's words"))
            }
        }
        guard response.status == 200, let body = try? JSONParser.parse(response.body),
            body["resourceType"]?.string == "MeasureReport"
        else {
            return .unreadable(classify(.readBack, .success(response), document, transaction: nil).asUnreadable)
        }
        guard let revision = revision(body, document.key) else { return .different(digest: "no identifier of ours") }
        if revision < document.revision { return .behind(revision: revision) }
        if revision > document.revision { return .ahead(revision: revision) }
        let own = (try? JSONParser.parse(document.bytes)) ?? .null
        let (sent, held) = (Self.numbers(own), Self.numbers(body))
        guard sent.count == held.count, sent.allSatisfy({ held[$0.key] == $0.value }) else {
            let count = Set(sent.keys).union(held.keys).count { sent[$0] != held[$0] }
            return .different(digest: "\(count) of \(sent.count) numbers")
        }
        return .same
    }

    package func shows(_ document: OutboundDocument) -> Set<ShownFigure>? {
        guard let report = try? JSONParser.parse(document.bytes) else { return nil }
        let kabupaten = settings.dialect.orgUnits.name(Dhis2.kabupaten(document.key))
        return Set(
            Self.numbers(report).keys.map {
                ShownFigure(code: $0.code, area: $0.area.isEmpty ? kabupaten : $0.area)
            }
        )
    }

    private struct Place: Hashable {
        var code: String
        /// Empty for the kabupaten.
        var area: String
        /// Code of a population; empty for the score.
        var population: String
    }

    private static func numbers(_ report: JSONValue) -> [Place: ExactDecimal] {
        var numbers: [Place: ExactDecimal] = [:]
        for group in report["group"]?.array ?? [] {
            let code = code(group["code"])
            take(group, code, "", &numbers)
            for stratum in group["stratifier"]?.array?.flatMap({ $0["stratum"]?.array ?? [] }) ?? [] {
                take(stratum, code, Self.code(stratum["value"]), &numbers)
            }
        }
        return numbers
    }

    private static func take(_ value: JSONValue, _ code: String, _ area: String, _ numbers: inout [Place: ExactDecimal])
    {
        for population in value["population"]?.array ?? [] {
            guard let count = population["count"]?.text.flatMap({ ExactDecimal($0) }) else { continue }
            numbers[Place(code: code, area: area, population: Self.code(population["code"]))] = count
        }
        if let score = value["measureScore"]?["value"]?.text.flatMap({ ExactDecimal($0) }) {
            numbers[Place(code: code, area: area, population: "")] = score
        }
    }

    private static func code(_ concept: JSONValue?) -> String {
        concept?["coding"]?.array?.first?["code"]?.string ?? ""
    }
}
