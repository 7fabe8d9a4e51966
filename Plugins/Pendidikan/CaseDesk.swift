// Opens cases and asks for the papers that they lack.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// How urgent a case is, in the words of the register.
enum Priority: String, Decodable, Sendable {
    case low = "rendah"
    case medium = "sedang"
    case high = "tinggi"
    case emergency = "darurat"
}

/// Opens cases; when papers are missing, the kader gets a task beside it.
struct CaseDesk: Sendable {
    /// Calendar days that a kader has to complete the papers.
    let documentDays: Int

    func open(_ reason: String, priority: Priority?, documents: Documents) -> [Effect] {
        let opening = Effect.openCase(reason: reason, priority: priority?.rawValue)
        let missing = documents.missing
        guard !missing.isEmpty else { return [opening] }
        let task = Effect.raiseTask(
            kind: "lengkapi_dokumen",
            reason: missing.joined(separator: " "),
            dueDays: documentDays,
            to: "kader"
        )
        return [opening, task]
    }
}

/// The papers that the education office asks for, as the form ticks them (domain §4.2).
struct Documents: Decodable, Sendable {
    /// Copy of the identity card, copy of the family card, statement of poverty by the RT.
    static let names = ["dok_ktp", "dok_kk", "dok_tidak_mampu"]

    private let ticks: [String: Bool]

    init(from decoder: any Decoder) throws {
        let form = try decoder.container(keyedBy: FieldName.self)
        var ticks: [String: Bool] = [:]
        for name in Self.names { ticks[name] = try form.decodeIfPresent(Bool.self, forKey: FieldName(name)) }
        self.ticks = ticks
    }

    /// Names of the papers that are not ticked, in the order of the form.
    var missing: [String] { Self.names.filter { ticks[$0] != true } }

    /// Writes the ticks, and whether all are there.
    func put(into fields: inout Fields) {
        for name in Self.names { fields[name] = ticks[name].map { .flag($0) } }
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

/// A form together with its papers.
@dynamicMemberLookup
struct Documented<Form: Decodable & Sendable>: Decodable, Sendable {
    let form: Form
    let documents: Documents

    init(from decoder: any Decoder) throws {
        form = try Form(from: decoder)
        documents = try Documents(from: decoder)
    }

    subscript<Value>(dynamicMember member: KeyPath<Form, Value>) -> Value { form[keyPath: member] }
}

extension String? {
    /// Whether anything but white space was written.
    var isWritten: Bool { self?.contains { !$0.isWhitespace } ?? false }
}
