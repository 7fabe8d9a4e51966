// A resident's complaint (keluhan): kept as it was said, and handed to the office as a case.
// SPDX-License-Identifier: Apache-2.0

/// What the complaint form of a sector asks beside its papers.
///
/// ```swift
/// enum ComplaintForm: ComplaintQuestions { static let names = OfficePapers.names }
/// ```
public protocol ComplaintQuestions: Questions, PaperList {}

extension ComplaintQuestions {
    public static var texts: [String] { ComplaintWords.texts }
    public static var flags: [String] { ["lampiran"] }
    public static var dates: [String] { ["tanggal_penyampaian"] }
}

/// The questions of the field's complaint forms (domain §4.8); who complains stays in the message's `person` object.
public enum ComplaintWords {
    public static let texts = ["jenis", "isi_keluhan", "lokasi", "jk", "penerima_aspirasi", "prioritas", "status"]

    /// Why a complaint cannot have been made then; nil when it can.
    public static func lateness(_ answers: Fields, _ context: Context) -> Violation? {
        guard let reported = answers.date("tanggal_penyampaian"), reported > context.date else { return nil }
        let message = "tanggal penyampaian sesudah tanggal layanan"
        return Violation("keluhan.tanggal", field: "tanggal_penyampaian", message)
    }
}

/// Legal services of each kind of complaint, as the manifest's field `layanan_spm` spells them.
public struct KindServices: Sendable {
    private let services: [String: String]

    /// - Parameter kinds: columns `jenis` and `layanan_spm`; an empty cell says that a kind concerns none.
    public init(_ kinds: Table) {
        var services: [String: String] = [:]
        for row in kinds.rows {
            if let kind = row["jenis"], let numbers = row["layanan_spm"], !numbers.isEmpty { services[kind] = numbers }
        }
        self.services = services
    }

    /// nil when the kind concerns none.
    public subscript(kind: String) -> String? { services[kind] }
}

/// Takes a complaint; it always opens a case, and counts under the indicator of its record type's name.
public struct Complaint<Form: ComplaintQuestions>: RecordHandler {
    public typealias Payload = FormWithPapers<Answers<Form>, Form>

    public let type: RecordType
    private let services: KindServices
    private let desk: CaseDesk
    private let reasonPrefix: String
    private let standard: Priority?
    private let countsKinds: Bool
    private let mapPaper: String?

    /// - Parameters:
    ///   - reasonPrefix: stands before the kind in the reason of the case.
    ///   - standard: how urgent a case is whose form does not say.
    ///   - countsKinds: also one under `<record type>_<kind>`.
    ///   - mapPaper: the paper that a point on the map makes unnecessary.
    public init(
        _ type: RecordType,
        kinds: KindServices,
        desk: CaseDesk,
        reasonPrefix: String = "keluhan_",
        standard: Priority? = nil,
        countsKinds: Bool = false,
        mapPaper: String? = nil
    ) {
        self.type = type
        services = kinds
        self.desk = desk
        self.reasonPrefix = reasonPrefix
        self.standard = standard
        self.countsKinds = countsKinds
        self.mapPaper = mapPaper
    }

    public func apply(_ payload: Payload, in context: Context) -> [Effect] {
        var fields = payload.form.fields
        if let violation = ComplaintWords.lateness(fields, context) { return [.reject(violation)] }
        let kind = fields.text("jenis") ?? "lainnya"
        fields["layanan_spm"] = services[kind].map { .text($0) }
        let isOnMap = Form.points.contains { fields.point($0) != nil }
        let papers = mapPaper.map { payload.documents.ticking($0, if: isOnMap) } ?? payload.documents
        papers.put(into: &fields)
        let priority = fields.text("prioritas").flatMap { Priority(rawValue: $0) } ?? standard
        return [.put(fields)] + desk.open(reasonPrefix + kind, priority: priority, documents: papers)
    }

    public func summarise(_ record: Record<Payload>) -> [Contribution] {
        let month = record.date.period
        let all = Contribution(type.name, month)
        guard countsKinds, let kind = record.payload.form.fields.text("jenis") else { return [all] }
        return [all, Contribution("\(type.name)_\(kind)", month)]
    }
}
