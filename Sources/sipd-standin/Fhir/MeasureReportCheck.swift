// What a summary MeasureReport must have: FHIR R4 and the mADX profile.
// SPDX-License-Identifier: Apache-2.0

/// Each finding names its place as a FHIRPath.
enum MeasureReportCheck {
    struct Finding: Sendable {
        var code: String
        var words: String
        var expression: String?
    }

    static func findings(_ report: Node, id: String) -> [Finding] {
        var found: [Finding] = []
        func miss(_ path: String, _ words: String) {
            found.append(Finding(code: "required", words: words, expression: "MeasureReport\(path)"))
        }
        if report["resourceType"]?.string != "MeasureReport" { miss(".resourceType", "bukan MeasureReport") }
        if report["id"]?.string != id { miss(".id", "berbeda dari jalur") }
        if !["complete", "pending", "error"].contains(report["status"]?.string) {
            miss(".status", "status tidak dikenal")
        }
        if report["type"]?.string != "summary" { miss(".type", "harus summary") }
        if report["measure"]?.string?.isEmpty != false { miss(".measure", "measure tidak ada") }
        for end in ["start", "end"] where !isDate(report["period"]?[end]?.string) {
            miss(".period.\(end)", "tanggal tidak sah")
        }
        if !isReference(report["subject"]) { miss(".subject", "subject tidak ada") }
        if !isReference(report["reporter"]) { miss(".reporter", "reporter tidak ada") }
        let groups = report["group"]?.list ?? []
        if groups.isEmpty { miss(".group", "group tidak ada") }
        for (index, group) in groups.enumerated() { self.group(group, ".group[\(index)]", miss) }
        return found
    }

    private static func group(_ group: Node, _ path: String, _ miss: (String, String) -> Void) {
        if !isCoded(group["code"]) { miss("\(path).code", "code tidak ada") }
        let populations = group["population"]?.list ?? []
        if populations.isEmpty, group["measureScore"] == nil, group["stratifier"] == nil {
            miss("\(path).population", "population tidak ada")
        }
        counts(populations, path, miss)
        for (number, stratifier) in (group["stratifier"]?.list ?? []).enumerated() {
            for (place, stratum) in (stratifier["stratum"]?.list ?? []).enumerated() {
                let at = "\(path).stratifier[\(number)].stratum[\(place)]"
                if stratum["value"] == nil, stratum["component"] == nil { miss("\(at).value", "value tidak ada") }
                counts(stratum["population"]?.list ?? [], at, miss)
            }
        }
    }

    private static func counts(_ populations: [Node], _ path: String, _ miss: (String, String) -> Void) {
        for (index, population) in populations.enumerated() {
            if !isCoded(population["code"]) { miss("\(path).population[\(index)].code", "code tidak ada") }
            if population["count"]?.integer.map({ $0 >= 0 }) != true {
                miss("\(path).population[\(index)].count", "count tidak sah")
            }
        }
    }

    private static func isCoded(_ concept: Node?) -> Bool {
        (concept?["coding"]?.list ?? []).contains { $0["code"]?.string?.isEmpty == false }
    }

    private static func isReference(_ node: Node?) -> Bool {
        node?["reference"]?.string?.isEmpty == false || node?["identifier"]?["value"]?.string?.isEmpty == false
    }

    /// `2026-10-01`, with or without a time.
    private static func isDate(_ text: String?) -> Bool {
        guard let text else { return false }
        let parts = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [4, 2, 2] && parts.allSatisfy(Form.isDigits)
    }
}
