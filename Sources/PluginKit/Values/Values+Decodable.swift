// Dates, periods, decimals and JSON values inside `Decodable` payloads.
// SPDX-License-Identifier: Apache-2.0

extension CivilDate: Decodable {
    /// From text, `YYYY-MM-DD`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let date = CivilDate(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a date, YYYY-MM-DD")
        }
        self = date
    }
}

extension Period: Decodable {
    /// From text, `YYYY-MM`, `YYYY-Qn` or `YYYY`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let period = Period(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a month, quarter or year")
        }
        self = period
    }
}

extension ExactDecimal: Decodable {
    /// From a JSON number with ``JSONPayloadDecoder``, from text with any other decoder.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let ours = container as? ValueDecoder {
            self = try ours.decode(ExactDecimal.self)
            return
        }
        guard let decimal = ExactDecimal(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an exact decimal")
        }
        self = decimal
    }
}

extension JSONValue: Decodable {
    /// The value as it stands. Only ``JSONPayloadDecoder`` can give it.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let ours = container as? ValueDecoder else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "needs JSONPayloadDecoder")
        }
        self = ours.value
    }
}
