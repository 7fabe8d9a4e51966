// Asks the handlers of a sector about one record.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The handlers of a sector by record type, and how their three answers become one.
package struct Answerer: Sendable {
    private let handlers: [(type: [UInt8], handler: any RecordHandler)]

    package init(_ plugin: some SectorPlugin) {
        handlers = plugin.handlers.map { (Array($0.type.name.utf8), $0) }
    }

    package var types: [String] { handlers.map { String(decoding: $0.type, as: UTF8.self) } }

    /// What the sector says of a record. A payload that the handler cannot decode is a violation.
    package func answer(_ record: Wire.RecordLine, ask: Wire.Questions) throws(WireError) -> Wire.Answer {
        guard let handler = handler(for: record.type) else {
            throw WireError("record \(record.context.record) is of a type that this sector has no handler for")
        }
        let payload = try Wire.parse(record.payload)
        return Answerer.ask(handler, record.context, record.version, payload, ask)
    }

    /// The same for a payload that is parsed already.
    package func answer(
        type: String,
        version: Int,
        context: Context,
        payload: JSONValue,
        ask: Wire.Questions = .all
    ) throws(WireError) -> Wire.Answer {
        guard let entry = handlers.first(where: { $0.type.elementsEqual(type.utf8) }) else {
            throw WireError("no handler for \(type)")
        }
        return Answerer.ask(entry.handler, context, version, payload, ask)
    }

    private func handler(for type: UnsafeRawBufferPointer) -> (any RecordHandler)? {
        for entry in handlers where entry.type.count == type.count {
            if let base = type.baseAddress, memcmp(entry.type, base, type.count) == 0 { return entry.handler }
        }
        return nil
    }

    private static func ask<Handler: RecordHandler>(
        _ handler: Handler,
        _ context: Context,
        _ version: Int,
        _ json: JSONValue,
        _ ask: Wire.Questions
    ) -> Wire.Answer {
        var answer = Wire.Answer(id: context.record)
        let payload: Handler.Payload
        do {
            payload = try JSONPayloadDecoder(recordVersion: version).decode(Handler.Payload.self, from: json)
        } catch {
            answer.violations = [unreadable(error)]
            return answer
        }
        if ask.contains(.validate) {
            answer.violations = handler.validate(payload)
            if answer.isRejected { return answer }
        }
        if ask.contains(.apply) {
            for effect in handler.apply(payload, in: context) {
                if case .reject(let violations) = effect {
                    answer.violations += violations.isEmpty ? [rejectedWithoutReason] : violations
                } else {
                    answer.effects.append(effect)
                }
            }
            if answer.isRejected {
                answer.effects = []
                return answer
            }
        }
        if ask.contains(.summarise) { answer.contributions = handler.summarise(Record(payload, context)) }
        return answer
    }

    private static let rejectedWithoutReason = Violation("catatan.ditolak", "catatan ditolak")

    /// The violation for a payload of the wrong shape. Names the field, never its value.
    private static func unreadable(_ error: any Error) -> Violation {
        var path: [any CodingKey] = []
        var message = "isian tidak dapat dibaca"
        if let error = error as? DecodingError {
            switch error {
            case .keyNotFound(let key, let context):
                path = context.codingPath + [key]
                message = "isian wajib diisi"
            case .valueNotFound(_, let context):
                path = context.codingPath
                message = "isian wajib diisi"
            case .typeMismatch(_, let context), .dataCorrupted(let context):
                path = context.codingPath
            @unknown default:
                break
            }
        }
        return Violation("isian.tidak_terbaca", field: path.first?.stringValue, message)
    }
}
