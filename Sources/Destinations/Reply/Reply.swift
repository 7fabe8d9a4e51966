// Recognises the shape of a reply's body, in the order of docs/interop.md §9, before its status is looked at.
// SPDX-License-Identifier: Apache-2.0

internal import HTTPTransfer
internal import PluginKit

/// The shapes in which endpoints of this field answer.
enum Reply {
    /// RFC 9457. `type` is the last part of its URL, `jadwal-ditutup`.
    case problem(type: String, body: JSONObject)
    /// FHIR, DHIS2, the SIPD "serv" push: known, and no answer of this dialect.
    case operationOutcome(JSONObject)
    case importSummary(JSONObject)
    case codeMessageLog(JSONObject)
    case statusMessage(JSONObject)
    /// A gateway's refusal, with its error code.
    case fault(code: String)
    case ruleNumbers
    case object(JSONObject)
    case otherJSON
    case html
    case empty
    /// Bytes that are none of these: truncated, not UTF-8, too deep, a duplicate key.
    case unreadable

    static func recognise(_ response: HTTPResponse) -> Reply {
        let body = trimmed(response.body)
        if body.isEmpty { return .empty }
        guard let value = try? JSONParser.parse(response.body) else {
            return body.first == UInt8(ascii: "<") || isHTML(response) ? .html : .unreadable
        }
        guard let object = value.object else {
            let isRules = value.array?.first?["ruleNumber"] != nil
            return isRules ? .ruleNumbers : .otherJSON
        }
        if isProblem(response, object), let type = problemType(object) { return .problem(type: type, body: object) }
        if object["resourceType"]?.string == "OperationOutcome" { return .operationOutcome(object) }
        if object["importCount"] != nil { return .importSummary(object) }
        if object["log"]?.array != nil, object["code"] != nil { return .codeMessageLog(object) }
        if object["fault"]?.object != nil {
            return .fault(code: object["fault"]?["detail"]?["errorcode"]?.string ?? "")
        }
        if object["status"]?.bool != nil || object["success"]?.bool != nil || object["status_code"] != nil {
            return .statusMessage(object)
        }
        return .object(object)
    }

    /// The body when it is a plain JSON object of the dialect.
    static func object(_ response: HTTPResponse) -> JSONObject? {
        if case .object(let object) = recognise(response) { return object }
        return nil
    }

    /// What a page calls itself, as browsers show it.
    static func title(_ page: [UInt8]) -> String? {
        let text = String(decoding: page.prefix(4096), as: UTF8.self)
        for (start, end) in [("<title>", "</title>"), ("<TITLE>", "</TITLE>")] {
            guard let begin = text.firstRange(of: start)?.upperBound,
                let stop = text[begin...].firstRange(of: end)?.lowerBound
            else { continue }
            let words = text[begin..<stop].split(whereSeparator: \.isWhitespace)
            if !words.isEmpty { return words.joined(separator: " ") }
        }
        return nil
    }

    private static func trimmed(_ body: [UInt8]) -> ArraySlice<UInt8> {
        body.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    }

    private static func isHTML(_ response: HTTPResponse) -> Bool {
        response.header("Content-Type")?.lowercased().contains("html") == true
    }

    /// By its media type, or by looking like one: gateways rewrite `Content-Type`.
    private static func isProblem(_ response: HTTPResponse, _ object: JSONObject) -> Bool {
        response.header("Content-Type")?.lowercased().contains("problem+json") == true
            || (object["type"]?.string != nil && object["title"]?.string != nil)
    }

    private static func problemType(_ object: JSONObject) -> String? {
        object["type"]?.string.flatMap { type in
            type.split(separator: "/").last.map(String.init)
        }
    }
}
