// The registration dossier of a posyandu and the rules of its steps: pure, without a database or a clock.
// SPDX-License-Identifier: Apache-2.0
package import PluginKit

/// Why an act on a dossier, a term or a presence list is refused; the text is read by its sender.
package struct DossierRefusal: Error, Hashable, Sendable {
    package let code: String
    package let field: String
    /// Plain Bahasa Indonesia.
    package let text: String

    init(_ code: String, _ field: String, _ text: String) {
        self.code = code
        self.field = field
        self.text = text
    }
}

/// One kind of paper as a version of the list has it.
package struct PaperKind: Hashable, Sendable {
    package let code: String
    package let name: String
    /// The registration asks for it.
    package let isRequired: Bool
    /// It ends at some time, so that its last day must be told.
    package let hasTerm: Bool
    /// Who must provide it: `pemdes`, `kecamatan`, `dinas_pmd`, `posyandu`.
    package let actor: String
}

/// A version of the list of papers (`config/reference/posyandu-documents.csv`).
package struct DocumentList: Hashable, Sendable {
    package let version: String
    package let validFrom: CivilDate
    package let kinds: [PaperKind]

    package subscript(_ code: String) -> PaperKind? { kinds.first { $0.code == code } }

    /// The list in force on a day; nil before the first. `lists` in any order.
    package static func inForce(_ lists: [DocumentList], on day: CivilDate) -> DocumentList? {
        lists.filter { $0.validFrom <= day }.max { ($0.validFrom, $0.version) < ($1.validFrom, $1.version) }
    }
}

/// The newest revision of one paper of a posyandu.
package struct DossierPaper: Hashable, Sendable {
    package var kind: String
    package var number: String
    package var revision: Int32 = 1
    /// The day written on it.
    package var dated: CivilDate
    /// The office that decided, not a person's name.
    package var decidedBy: String?
    package var validFrom: CivilDate
    /// Last day; nil: until something replaces it.
    package var validTo: CivilDate?
    /// Where a copy lies.
    package var copyAt: String?
    package var isWithdrawn = false
    package var saidBy: String?
    /// Log entry; nil for an import.
    package var lineage: Int64?

    /// A paper as a person tells it; what is not given here is set afterwards.
    package init(kind: String, number: String, dated: CivilDate, validFrom: CivilDate) {
        self.kind = kind
        self.number = number
        self.dated = dated
        self.validFrom = validFrom
    }

    package func isInForce(on day: CivilDate) -> Bool {
        !isWithdrawn && validFrom <= day && validTo.map { day <= $0 } ?? true
    }
}

/// A registration number that the posyandu has or had.
package struct HeldNumber: Hashable, Sendable {
    package var number: String
    package var registeredOn: CivilDate
    /// The region list in force on that day.
    package var issuedUnder: Int16
    package var lineage: Int64?
}

/// What the registry says about a number that somebody wants to give.
package struct NumberFacts: Hashable, Sendable {
    /// The posyandu that has or had it.
    package var holder: Int32?
    /// The region list in force on the day of registration; nil before the first.
    package var list: Int16?
    /// That list has the first 13 characters as a desa or kelurahan.
    package var isPrefixKnown: Bool

    package init(holder: Int32? = nil, list: Int16? = nil, isPrefixKnown: Bool = false) {
        self.holder = holder
        self.list = list
        self.isPrefixKnown = isPrefixKnown
    }
}

/// One step of a dossier.
package struct DossierMove: Hashable, Sendable {
    package var seq: Int32
    package var from: Dossier.State
    package var to: Dossier.State
    package var day: CivilDate
    package var saidBy: String
    package var reason: String?
    package var number: String?
    package var documentList: String?
    package var lineage: Int64
}

/// What is known of the registration of one posyandu.
package struct Dossier: Hashable, Sendable {
    /// `draf → diajukan → terdaftar`, or `dikembalikan` and then `diajukan` again.
    package enum State: String, Sendable, CaseIterable {
        case draft = "draf"
        case submitted = "diajukan"
        case returned = "dikembalikan"
        case registered = "terdaftar"
    }

    package let posyanduID: Int32
    /// Codes of the desa it lies or lay in: a split or merger changes them.
    package var villages: Set<String>
    package var moves: [DossierMove] = []
    package var numbers: [HeldNumber] = []
    package var papers: [DossierPaper] = []

    package init(posyanduID: Int32, villages: Set<String>) {
        self.posyanduID = posyanduID
        self.villages = villages
    }

    /// A posyandu with a number on that day is registered, whoever brought the number (an import knows no steps).
    package func state(on day: CivilDate) -> State {
        if numbers.contains(where: { $0.registeredOn <= day }) { return .registered }
        return moves.last?.to ?? .draft
    }

    package func paper(_ kind: String, _ number: String) -> DossierPaper? {
        papers.first { $0.kind == kind && $0.number == number }
    }

    // MARK: Steps

    /// Puts a paper into the dossier, changes what is known of it, or withdraws it.
    package mutating func put(
        _ paper: DossierPaper,
        of list: DocumentList?,
        on day: CivilDate
    ) throws(DossierRefusal) -> DossierPaper {
        guard let kind = list?[paper.kind] else {
            let known = (list?.kinds.map(\.code) ?? []).joined(separator: ", ")
            throw DossierRefusal("berkas.jenis", "jenis", "jenis dokumen tidak dikenal; pilih: \(known)")
        }
        guard state(on: day) != .submitted else {
            throw DossierRefusal(
                "berkas.sedang_diajukan",
                "jenis",
                "berkas sedang diajukan: kembalikan dulu sebelum dokumennya diubah"
            )
        }
        guard !paper.number.isEmpty else {
            throw DossierRefusal("berkas.nomor_dokumen", "nomor", "nomor dokumen belum diisi")
        }
        guard paper.dated <= day else {
            throw DossierRefusal("berkas.tanggal_dokumen", "tanggal", "tanggal dokumen sesudah hari ini")
        }
        if let last = paper.validTo, last < paper.validFrom {
            throw DossierRefusal("berkas.masa_berlaku", "berlaku_sampai", "akhir masa berlaku sebelum awalnya")
        }
        if kind.hasTerm, paper.validTo == nil, !paper.isWithdrawn {
            throw DossierRefusal("berkas.masa_berlaku", "berlaku_sampai", "akhir masa berlaku \(kind.name) belum diisi")
        }
        guard paper.isWithdrawn || paper.copyAt?.isEmpty == false else {
            throw DossierRefusal("berkas.salinan", "salinan", "tempat salinan disimpan belum diisi")
        }
        var put = paper
        if let place = papers.firstIndex(where: { $0.kind == paper.kind && $0.number == paper.number }) {
            put.revision = papers[place].revision + 1
            papers[place] = put
        } else {
            guard !paper.isWithdrawn else {
                throw DossierRefusal("berkas.tidak_ada", "nomor", "dokumen itu tidak ada dalam berkas ini")
            }
            put.revision = 1
            papers.append(put)
        }
        return put
    }

    /// Required papers that are not in force on the day, in the order of the list.
    package func missing(_ list: DocumentList, on day: CivilDate) -> [MissingPaper] {
        list.kinds.filter(\.isRequired).compactMap { kind in
            let own = papers.filter { $0.kind == kind.code && !$0.isWithdrawn }
            guard !own.contains(where: { $0.isInForce(on: day) }) else { return nil }
            let lapsed = own.compactMap(\.validTo).filter { $0 < day }.max()
            return MissingPaper(kind: kind, lapsed: lapsed)
        }
    }

    package mutating func submit(
        _ list: DocumentList?,
        on day: CivilDate,
        by actor: String,
        reason: String?,
        lineage: Int64
    ) throws(DossierRefusal) -> DossierMove {
        let from = state(on: day)
        guard from == .draft || from == .returned else { throw Self.forbidden(from, .submitted) }
        guard let list else {
            throw DossierRefusal("berkas.daftar", "ke", "daftar dokumen yang berlaku tidak ada di node ini")
        }
        let missing = missing(list, on: day)
        guard missing.isEmpty else {
            throw DossierRefusal(
                "berkas.belum_lengkap",
                "ke",
                "berkas belum lengkap: " + missing.map(\.description).joined(separator: "; ")
            )
        }
        return move(from, .submitted, day, actor, reason, nil, list.version, lineage)
    }

    package mutating func giveBack(
        on day: CivilDate,
        by actor: String,
        reason: String?,
        lineage: Int64
    ) throws(DossierRefusal) -> DossierMove {
        let from = state(on: day)
        guard from == .submitted else { throw Self.forbidden(from, .returned) }
        guard let reason, !reason.isEmpty else {
            throw DossierRefusal("berkas.alasan", "alasan", "alasan pengembalian wajib diisi")
        }
        return move(from, .returned, day, actor, reason, nil, nil, lineage)
    }

    /// Takes the number that the ministry gave: of a dossier that was submitted, or a further one after a region split.
    /// - Parameter isFurther: the posyandu has a number already and gets another one.
    package mutating func register(
        _ number: String,
        since registeredOn: CivilDate,
        _ facts: NumberFacts,
        isFurther: Bool,
        on day: CivilDate,
        by actor: String,
        reason: String?,
        lineage: Int64
    ) throws(DossierRefusal) -> DossierMove {
        let from = state(on: day)
        guard from == (isFurther ? .registered : .submitted) else { throw Self.forbidden(from, .registered) }
        if isFurther, reason?.isEmpty ?? true {
            throw DossierRefusal("berkas.alasan", "alasan", "alasan nomor baru wajib diisi, misalnya pemekaran desa")
        }
        guard let read = RegistrationNumber(number) else {
            throw DossierRefusal("nomor.bentuk", "nomor", "nomor registrasi harus berbentuk PP.KK.KC.DDDD.NNN")
        }
        guard registeredOn <= day else {
            throw DossierRefusal("nomor.tanggal", "tanggal", "tanggal registrasi sesudah hari ini")
        }
        guard let list = facts.list else {
            throw DossierRefusal("nomor.daftar_wilayah", "tanggal", "belum ada daftar wilayah pada tanggal registrasi")
        }
        guard facts.isPrefixKnown else {
            throw DossierRefusal(
                "nomor.wilayah",
                "nomor",
                "\(read.village) bukan kode desa/kelurahan pada tanggal registrasi"
            )
        }
        guard villages.contains(read.village.description) else {
            throw DossierRefusal("nomor.desa_lain", "nomor", "\(read.village) bukan desa posyandu ini")
        }
        guard facts.holder == nil, !numbers.contains(where: { $0.number == number }) else {
            throw DossierRefusal("nomor.terpakai", "nomor", "nomor itu sudah pernah diberikan; satu nomor hanya sekali")
        }
        guard !numbers.contains(where: { $0.registeredOn == registeredOn }) else {
            throw DossierRefusal("nomor.tanggal", "tanggal", "posyandu ini sudah mendapat nomor pada tanggal itu")
        }
        numbers.append(
            HeldNumber(number: number, registeredOn: registeredOn, issuedUnder: list, lineage: lineage)
        )
        return move(from, .registered, day, actor, reason, number, nil, lineage)
    }

    private mutating func move(
        _ from: State,
        _ to: State,
        _ day: CivilDate,
        _ actor: String,
        _ reason: String?,
        _ number: String?,
        _ list: String?,
        _ lineage: Int64
    ) -> DossierMove {
        let move = DossierMove(
            seq: (moves.last?.seq ?? 0) + 1,
            from: from,
            to: to,
            day: day,
            saidBy: actor,
            reason: reason,
            number: number,
            documentList: list,
            lineage: lineage
        )
        moves.append(move)
        return move
    }

    private static func forbidden(_ from: State, _ to: State) -> DossierRefusal {
        DossierRefusal(
            "berkas.langkah",
            "ke",
            "berkas berstatus \(from.rawValue): tidak dapat menjadi \(to.rawValue)"
        )
    }
}

/// A required paper that the dossier lacks.
package struct MissingPaper: Hashable, Sendable, CustomStringConvertible {
    package let kind: PaperKind
    /// Last day of the one that it had; nil when it never had one in force.
    package let lapsed: CivilDate?

    package var description: String { lapsed.map { "\(kind.name) (berakhir \($0))" } ?? kind.name }
}
