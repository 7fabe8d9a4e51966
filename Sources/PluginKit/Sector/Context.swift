// What the daemon tells a handler beside the payload.
// SPDX-License-Identifier: Apache-2.0

/// A record with everything its handler may look at. The manifest's `needs` says what the daemon fills in.
public struct Context: Hashable, Sendable {
    /// The id of the record itself (a UUID in text).
    public var record: String
    /// The day of the service.
    public var date: CivilDate
    /// The UUID of the posyandu.
    public var posyandu: String
    /// The desa or kelurahan of the posyandu, `33.25.01.2001`; nil when the daemon did not say.
    public var village: String?
    /// The resident or household that the record is about; nil for `"subject": "none"`.
    public var subject: Subject?
    /// Earlier records of the subject, newest first, of the types and as many as `needs` asked for.
    public var previous: [EarlierRecord]

    public init(
        record: String,
        date: CivilDate,
        posyandu: String,
        village: String? = nil,
        subject: Subject? = nil,
        previous: [EarlierRecord] = []
    ) {
        self.record = record
        self.date = date
        self.posyandu = posyandu
        self.village = village
        self.subject = subject
        self.previous = previous
    }

    /// The newest earlier record of a type.
    public func latest(_ type: RecordType) -> EarlierRecord? { previous.first { $0.type == type } }
}

/// The resident or household of a record: an id and the attributes that the manifest asked for. Never a name.
public struct Subject: Hashable, Sendable {
    public var id: String
    public var sex: Sex?
    public var birthDate: CivilDate?

    public init(id: String, sex: Sex? = nil, birthDate: CivilDate? = nil) {
        self.id = id
        self.sex = sex
        self.birthDate = birthDate
    }

    /// Completed months of age on a day; nil without a date of birth or before it.
    public func ageInMonths(on date: CivilDate) -> Int? {
        guard let birthDate, birthDate <= date else { return nil }
        return birthDate.months(until: date)
    }

    /// Completed years of age on a day; nil without a date of birth or before it.
    public func ageInYears(on date: CivilDate) -> Int? { ageInMonths(on: date).map { $0 / 12 } }

    /// Days of age on a day; nil without a date of birth or before it.
    public func ageInDays(on date: CivilDate) -> Int? {
        guard let birthDate, birthDate <= date else { return nil }
        return birthDate.days(until: date)
    }
}

/// Laki-laki or perempuan.
public enum Sex: String, Hashable, Sendable, Decodable {
    case male = "L"
    case female = "P"
}

/// An earlier record of the same subject, as its handler put it.
public struct EarlierRecord: Hashable, Sendable {
    public var id: String
    public var type: RecordType
    public var date: CivilDate
    /// What its handler's `put` held.
    public var fields: Fields

    public init(id: String, type: RecordType, date: CivilDate, fields: Fields) {
        self.id = id
        self.type = type
        self.date = date
        self.fields = fields
    }
}

/// A record as `summarise` sees it.
public struct Record<Payload: Sendable>: Sendable {
    public let payload: Payload
    public let context: Context

    public init(_ payload: Payload, _ context: Context) {
        self.payload = payload
        self.context = context
    }

    public var id: String { context.record }
    /// The day of the service; `date.period` is its month.
    public var date: CivilDate { context.date }
}
