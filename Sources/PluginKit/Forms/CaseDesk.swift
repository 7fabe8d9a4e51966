// Opens cases and asks for the papers that they lack.
// SPDX-License-Identifier: Apache-2.0

/// How urgent a case is, in the words of the register, from the least to the most urgent.
public enum Priority: String, CaseIterable, Decodable, Sendable, Comparable {
    case low = "rendah"
    case medium = "sedang"
    case high = "tinggi"
    case emergency = "darurat"

    public static func < (left: Priority, right: Priority) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .low: 0
        case .medium: 1
        case .high: 2
        case .emergency: 3
        }
    }
}

/// The papers that an office asks for: names of `flag` fields of the manifest.
public protocol PaperList: Sendable {
    /// In the order of the form.
    static var names: [String] { get }
}

/// Opens cases; when papers are missing, the kader gets a task beside it.
public struct CaseDesk: Sendable {
    /// Calendar days that a kader has to complete the papers.
    public let documentDays: Int
    /// What the kader reads; nil for the names of the missing papers.
    private let request: String?

    public init(documentDays: Int, request: String? = nil) {
        self.documentDays = documentDays
        self.request = request
    }

    /// The case, and a task `lengkapi_dokumen` for the missing papers.
    public func open(_ reason: String, priority: Priority?, documents: Papers<some PaperList>) -> [Effect] {
        let opening = Effect.openCase(reason: reason, priority: priority?.rawValue)
        let missing = documents.missing
        guard !missing.isEmpty else { return [opening] }
        let task = Effect.raiseTask(
            kind: "lengkapi_dokumen",
            reason: request ?? missing.joined(separator: " "),
            dueDays: documentDays,
            to: "kader"
        )
        return [opening, task]
    }
}

/// The papers of an office as a form ticks them.
public struct Papers<List: PaperList>: Decodable, Sendable {
    private var ticks: [String: Bool]

    public init(from decoder: any Decoder) throws {
        let form = try decoder.container(keyedBy: FieldName.self)
        var ticks: [String: Bool] = [:]
        for name in List.names { ticks[name] = try form.decodeIfPresent(Bool.self, forKey: FieldName(name)) }
        self.ticks = ticks
    }

    /// Names of the papers that are not ticked, in the order of the form.
    public var missing: [String] { List.names.filter { ticks[$0] != true } }

    /// The papers with one ticked that the form itself brings, such as a point on the map.
    public func ticking(_ name: String, if isThere: Bool) -> Papers {
        guard isThere, List.names.contains(name) else { return self }
        var papers = self
        papers.ticks[name] = true
        return papers
    }

    /// Writes the ticks, and under `dokumen_lengkap` whether all are there.
    public func put(into fields: inout Fields) {
        for name in List.names { fields[name] = ticks[name].map { .flag($0) } }
        fields["dokumen_lengkap"] = .flag(missing.isEmpty)
    }

    private struct FieldName: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

/// A form together with its papers; the form's members are reached directly.
@dynamicMemberLookup
public struct FormWithPapers<Form: Decodable & Sendable, List: PaperList>: Decodable, Sendable {
    public let form: Form
    public let documents: Papers<List>

    public init(from decoder: any Decoder) throws {
        form = try Form(from: decoder)
        documents = try Papers(from: decoder)
    }

    public subscript<Value>(dynamicMember member: KeyPath<Form, Value>) -> Value { form[keyPath: member] }
}

extension String? {
    /// Whether anything but white space was written.
    public var isWritten: Bool { self?.contains { !$0.isWhitespace } ?? false }
}
