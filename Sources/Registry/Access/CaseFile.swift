// Opens the sealed parts of one record and its case, for a person who may see them, and writes down that she did.
// SPDX-License-Identifier: Apache-2.0
package import FoundationEssentials
package import PostgresClient

/// What may be known of a record by everyone who operates the node.
package struct CaseFacts: Sendable {
    package var id: UUID
    package var type: String
    package var sector: String
    package var isConfidential: Bool
    package var posyandu: UUID
    /// Region code of the posyandu's desa.
    package var village: String
    /// The record is about a resident or household.
    package var subject: UUID?
    /// Service date, days since 1970.
    package var date: Int32
    /// The fields that stand in the clear, JSON.
    package var body: String
    package var isStanding: Bool
    /// Of the case that it opened; nil when it opened none.
    package var state: String?
    package var reason: String?
    package var priority: String?
    package var office: String?
    package var receipt: String?
}

/// One step of a case.
package struct CaseStep: Sendable {
    package var seq: Int
    package var kind: String
    package var from: String?
    package var to: String
    package var by: String
    /// Microseconds since 1970 UTC.
    package var at: Int64
    package var reason: String?
    package var office: String?
    /// In clear only when it was opened for a person who may see it.
    package var remark: Redacted<String>?
    /// Fields, papers and photos that the step brought, JSON; as ``remark``.
    package var body: Redacted<[UInt8]>?
}

/// What is sealed of a record.
package struct CaseIdentity: Sendable {
    /// The message's `person`, JSON.
    package var person: Redacted<[UInt8]>?
    /// The resident whom it is about, JSON.
    package var resident: Redacted<[UInt8]>?
    package var nik: NIK?
    /// The whole record as it was reported, JSON.
    package var report: Redacted<[UInt8]>
}

/// Reads of single cases. Call inside a transaction.
package struct CaseFile: Sendable {
    private let cipher: ResidentCipher
    private let trail: AccessLog

    package init(cipher: ResidentCipher) {
        self.cipher = cipher
        trail = AccessLog(cipher)
    }

    /// Nothing that is sealed; nil when there is no such record.
    package static func facts(_ connection: isolated PostgresConnection, _ id: UUID) throws -> CaseFacts? {
        try connection.query(
            """
            select t.name, s.code, t.is_confidential, p.uuid, p.village_code, r.subject, r.date, r.body, r.state = 0,
              c.state, c.reason, c.priority, c.office, c.receipt
            from registry.record r
            join registry.posyandu p on p.id = r.posyandu_id
            join registry.record_type t on t.id = r.type_id
            join registry.sector s on s.id = t.sector_id
            left join registry.case c on c.id = r.id
            where r.id = $1
            """,
            [.uuid(id)]
        ).first.map { row in
            CaseFacts(
                id: id,
                type: try row.string(0),
                sector: try row.string(1),
                isConfidential: try row.bool(2),
                posyandu: try row.uuid(3),
                village: try row.string(4),
                subject: try row.optionalUUID(5),
                date: try row.date(6),
                body: try row.string(7),
                isStanding: try row.bool(8),
                state: try row.optionalString(9),
                reason: try row.optionalString(10),
                priority: try row.optionalString(11),
                office: try row.optionalString(12),
                receipt: try row.optionalString(13)
            )
        }
    }

    /// The steps of a case without their remarks.
    package static func steps(_ connection: isolated PostgresConnection, _ id: UUID) throws -> [CaseStep] {
        try connection.query("select \(columns) from registry.case_move where case_id = $1 order by seq", [.uuid(id)])
            .map { try step($0) }
    }

    /// Opens what is sealed of a record and the remarks of its case, with one row in the trail: no trail, no answer.
    /// - Parameter role: by which the caller may; nil for a record that is not confidential.
    package func open(
        _ connection: isolated PostgresConnection,
        _ facts: CaseFacts,
        role: String?,
        act: String,
        _ reason: AccessReason
    ) throws -> (identity: CaseIdentity, steps: [CaseStep]) {
        try trail.append(connection, [AccessNote(act, Self.object(facts.id), role: role)], reason)
        let sealed = try connection.query(
            "select person_sealed, body_sealed from registry.record where id = $1",
            [.uuid(facts.id)]
        ).first
        let body = try sealed?.optionalBytes(1).map { try cipher.open($0, .recordBody, row: facts.id) }
        var identity = CaseIdentity(
            person: try sealed?.optionalBytes(0).map { Redacted(try cipher.open($0, .recordPerson, row: facts.id)) },
            report: Redacted(body ?? Array(facts.body.utf8))
        )
        if let subject = facts.subject {
            let row = try connection.query(
                "select person_sealed, nik_sealed from registry.resident where id = $1",
                [.uuid(subject)]
            ).first
            identity.resident = try row?.optionalBytes(0).map {
                Redacted(try cipher.open($0, .residentPerson, row: subject))
            }
            identity.nik = try row?.optionalBytes(1).map { try cipher.openNIK($0, .residentNIK, row: subject) }
        }
        let steps = try connection.query(
            """
            select \(Self.columns), remark, remark_sealed, body, body_sealed from registry.case_move
            where case_id = $1 order by seq
            """,
            [.uuid(facts.id)]
        ).map { row in
            var step = try Self.step(row)
            step.remark =
                try row.optionalBytes(9).map {
                    Redacted(String(decoding: try cipher.open($0, .caseRemark, row: facts.id), as: UTF8.self))
                } ?? row.optionalString(8).map { Redacted($0) }
            step.body =
                try row.optionalBytes(11).map { Redacted(try cipher.open($0, .caseBody, row: facts.id)) }
                ?? row.optionalString(10).map { Redacted(Array($0.utf8)) }
            return step
        }
        return (identity, steps)
    }

    /// Writes down a look that was refused, or an act on what is sealed that shows nothing.
    package func note(
        _ connection: isolated PostgresConnection,
        _ id: UUID,
        _ act: String,
        role: String? = nil,
        outcome: AccessNote.Outcome,
        _ reason: AccessReason
    ) throws {
        try trail.append(connection, [AccessNote(act, Self.object(id), role: role, outcome: outcome)], reason)
    }

    private static let columns = "seq, kind, from_state, to_state, by_role, at, reason, office"

    private static func step(_ row: PostgresRow) throws -> CaseStep {
        CaseStep(
            seq: try row.int(0),
            kind: try row.string(1),
            from: try row.optionalString(2),
            to: try row.string(3),
            by: try row.string(4),
            at: try row.timestamp(5),
            reason: try row.optionalString(6),
            office: try row.optionalString(7)
        )
    }

    private static func object(_ id: UUID) -> String { id.uuidString.lowercased() }
}
