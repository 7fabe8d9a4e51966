// Fixtures of a sector: records, the answers they must give, the figures that follow.
// SPDX-License-Identifier: Apache-2.0

/// One file of `fixtures/`. The test kit and `posyanductl sector test` share it.
///
/// ```json
/// { "$comment": "optional",
///   "parameters": {"tenggat": 7},
///   "records": [ {"id":"…","type":"a.b","version":1,"posyandu":"…","date":"2026-11-03","context":{…},"payload":{…}} ],
///   "answers": [ {"id":"…","effects":[…],"contributions":[…]}, {"id":"…","violations":[…]} ],
///   "figures": { "a.indicator": {"2026-11": 3}, "a.ratio": {"2026-11": [1, 4]} } }
/// ```
///
/// `records` are the record lines of the wire; `answers` the answer lines, one a record in the same order. `figures`
/// are those of all records of the file together, summed over their posyandu; a ratio is its numerator and denominator.
/// `parameters` replace defaults of the manifest. A record that breaks the manifest's field checks has their violations
/// as its answer: it never reaches the worker.
package struct Fixture: Sendable {
    package struct Record: Sendable {
        /// The line as JSON, without its line feed.
        package let line: [UInt8]
        package let type: String
        package let version: Int
        package let context: Context
        package let payload: JSONValue
    }

    package let file: String
    package let comment: String?
    package let parameters: Fields
    package let records: [Record]
    /// nil when none are recorded yet.
    package let answers: [Wire.Answer]?
    /// nil when none are recorded yet.
    package let figures: Figures?
    private let source: JSONObject

    /// - Throws: ``SetupError`` that names file, line and column, or the member that does not fit.
    package init(_ bytes: [UInt8], file: String) throws(SetupError) {
        let json: JSONValue
        do {
            json = try JSONParser.parse(bytes, maximumDepth: Wire.maximumDepth)
        } catch {
            let (line, column) = error.position(in: bytes)
            throw SetupError("\(file):\(line):\(column): \(error.reason.rawValue)")
        }
        guard let source = json.object, let records = json["records"]?.array else {
            throw SetupError("\(file): must be an object with 'records'")
        }
        guard let parameters = Fields(json["parameters"]?.object ?? [:]) else {
            throw SetupError("\(file): 'parameters' holds something but values")
        }
        self.file = file
        self.source = source
        self.parameters = parameters
        comment = json["$comment"]?.string
        do {
            self.records = try records.map { record throws(WireError) in try Fixture.record(record) }
            answers = try json["answers"]?.array?.map { answer throws(WireError) in try Fixture.answer(answer) }
            figures = try json["figures"].map { json throws(WireError) in try Figures(json) }
        } catch {
            throw SetupError("\(file): \(error.message)")
        }
    }

    private static func record(_ json: JSONValue) throws(WireError) -> Record {
        var writer = JSONWriter()
        writer.value(json)
        let line = writer.bytes
        let result = line.withUnsafeBytes { bytes in
            Result { () throws(WireError) -> Record in
                guard case .record(let record) = try Wire.request(bytes) else { throw WireError("not a record line") }
                return Record(
                    line: line,
                    type: String(decoding: record.type, as: UTF8.self),
                    version: record.version,
                    context: record.context,
                    payload: try Wire.parse(record.payload)
                )
            }
        }
        return try result.get()
    }

    private static func answer(_ json: JSONValue) throws(WireError) -> Wire.Answer {
        var writer = JSONWriter()
        writer.value(json)
        let result = writer.bytes.withUnsafeBytes { bytes in
            Result { () throws(WireError) in try Wire.reply(bytes) }
        }
        guard case .answer(let answer) = try result.get() else { throw WireError("not an answer line") }
        return answer
    }

    /// The file with these answers and figures in place of its own: a line a record and a line an answer.
    package func recorded(_ answers: [Wire.Answer], _ figures: Figures) -> [UInt8] {
        var text: [UInt8] = Array("{\n".utf8)
        for member in source.members where !["records", "answers", "figures"].contains(member.name) {
            text +=
                Array("  ".utf8) + Fixture.name(member.name) + JSONWriter.bytes(of: member.value) + Array(",\n".utf8)
        }
        text += Fixture.list("records", records.map(\.line)) + Array(",\n".utf8)
        let lines = answers.map { answer in
            var line: [UInt8] = []
            Wire.encode(answer, to: &line)
            return Array(line.dropLast())
        }
        text += Fixture.list("answers", lines) + Array(",\n".utf8)
        text += Array("  ".utf8) + Fixture.name("figures") + JSONWriter.bytes(of: figures.json) + Array("\n}\n".utf8)
        return text
    }

    private static func name(_ name: String) -> [UInt8] {
        JSONWriter.bytes(of: .string(name)) + Array(": ".utf8)
    }

    private static func list(_ name: String, _ lines: [[UInt8]]) -> [UInt8] {
        Array("  ".utf8) + Fixture.name(name) + Array("[\n    ".utf8)
            + Array(lines.joined(separator: Array(",\n    ".utf8))) + Array("\n  ]".utf8)
    }
}

extension JSONWriter {
    /// The bytes of one value.
    static func bytes(of value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(value)
        return writer.bytes
    }
}
