// The CSV reader: what it reads, what it refuses, and that no cut of a file can hurt it.
// SPDX-License-Identifier: Apache-2.0
import Registry
import Testing

@Suite struct CSVReaderTests {
    private static func rows(_ bytes: [UInt8]) throws -> [(line: Int, fields: [String?])] {
        var reader = try CSVReader(.bytes(bytes))
        var rows: [(line: Int, fields: [String?])] = []
        while let row = try reader.next() { rows.append((row.line, (0..<row.count).map(row.text))) }
        return rows
    }

    private static func rows(_ text: String) throws -> [(line: Int, fields: [String?])] { try rows(Array(text.utf8)) }

    @Test func `a byte order mark, CRLF, blank lines and a last line without an end are read`() throws {
        let rows = try Self.rows("\u{FEFF}a,b\r\n\r\n\"x, \"\"y\"\"\nz\",2\n\"\",\nlast,é")
        #expect(rows.map(\.line) == [1, 3, 5, 6])
        #expect(rows.map(\.fields) == [["a", "b"], ["x, \"y\"\nz", "2"], ["", ""], ["last", "é"]])
    }

    @Test(arguments: [
        ("a\nb\"c\n", 2, "quote inside a field"), ("a\n\"b\"c\n", 2, "text after a closing quote"),
        ("a\nb\n\"c\nd\n", 3, "does not close"), ("a\rb\n", 1, "carriage return"), ("a\r", 1, "carriage return"),
        ("a\nb\u{0}\n", 2, "NUL"),
    ])
    func `broken CSV is refused with its line`(text: String, line: Int, words: String) throws {
        let error = try #require(throws: CSVError.self) { try Self.rows(text) }
        #expect(error.line == line)
        #expect(error.message.contains(words))
    }

    @Test func `a field that is not UTF-8 has no text but spoils no other`() throws {
        let rows = try Self.rows(Array("a,b\n".utf8) + [0xFF, 0x2C, 0x62, 0x0A])
        #expect(rows[1].fields == [nil, "b"])
    }

    @Test func `a row longer than the limit is refused, not collected`() throws {
        let text = "a\n\"" + String(repeating: "x", count: CSVReader.longestRow + 10)
        #expect(throws: CSVError.self) { try Self.rows(text) }
    }

    @Test func `every cut of a file gives whole rows of it or a typed error`() throws {
        let whole = "\u{FEFF}nama,kode\r\n\"Me\"\"lati, 1\",33.25\r\n\r\n\"a\nb\",é\r\nx,\"\"\r\n"
        let bytes = Array(whole.utf8)
        let complete = try Self.rows(bytes)
        for end in 0...bytes.count {
            do {
                let rows = try Self.rows(Array(bytes[..<end]))
                #expect(rows.count <= complete.count)
                for (row, expected) in zip(rows.dropLast(), complete) {
                    #expect(row.line == expected.line && row.fields == expected.fields)
                }
            } catch let error as CSVError {
                #expect(error.line >= 1 && error.line <= 6)
            }
        }
    }

    @Test func `changed bytes never trap`() throws {
        let bytes = Array("a,b\r\n\"x\"\"y\",1\r\n2,\"z\nq\"\r\n".utf8)
        for place in bytes.indices {
            for byte in [0x00, 0x0A, 0x0D, 0x22, 0x2C, 0x41, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[place] = byte
                do { _ = try Self.rows(changed) } catch is CSVError {}
            }
        }
    }
}
