// The daemon's own checks of payloads, and the checks of answers.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginKit

@Suite struct FieldCheckTests {
    private func check(_ payload: String) throws -> [String] {
        let manifest = try ManifestTests.parsed()
        let record = try #require(manifest.record("air.sumur"))
        let violations = Manifest.check(payload: try JSONParser.parse(payload), as: record)
        return violations.map { "\($0.code) \($0.field ?? "-")" }
    }

    @Test(arguments: [
        (#"{"lokasi":"RT 01","kondisi":"baik"}"#, []),
        (
            #"{"lokasi":"RT 01","kondisi":"baik","jarak_m":200.50,"n":2,"d":5,"t":3,"bukti":["a","b"],"x":{},"skor":"?"}"#,
            []
        ),
        (#"{"lokasi":"RT 01","kondisi":"baik","jarak_m":null,"n":5}"#, []),
        (#"{"kondisi":"baik"}"#, ["isian.wajib lokasi"]),
        (#"{"lokasi":null}"#, ["isian.wajib lokasi", "isian.wajib kondisi"]),
        (#"{"lokasi":"RT 1","kondisi":"baik"}"#, ["isian.pola lokasi"]),
        (#"{"lokasi":"  ","kondisi":"baik"}"#, ["isian.wajib lokasi"]),
        (#"{"lokasi":"RT 01\u0000","kondisi":"baik"}"#, ["isian.jenis lokasi"]),
        (#"{"lokasi":7,"kondisi":"hancur"}"#, ["isian.jenis lokasi", "isian.pilihan kondisi"]),
        (#"{"lokasi":"RT 01","kondisi":"baik","jarak_m":200.51}"#, ["isian.maksimum jarak_m"]),
        (#"{"lokasi":"RT 01","kondisi":"baik","jarak_m":-0.001}"#, ["isian.minimum jarak_m"]),
        (#"{"lokasi":"RT 01","kondisi":"baik","jarak_m":1e400}"#, ["isian.jenis jarak_m"]),
        (#"{"lokasi":"RT 01","kondisi":"baik","jarak_m":"3"}"#, ["isian.jenis jarak_m"]),
        (#"{"lokasi":"RT 01","kondisi":"baik","n":1.5}"#, ["isian.jenis n"]),
        (#"{"lokasi":"RT 01","kondisi":"baik","n":6,"d":5}"#, ["aturan.urutan n"]),
        (#"{"lokasi":"RT 01","kondisi":"baik","n":2,"d":5,"t":2}"#, ["aturan.jumlah d"]),
        (#"{"lokasi":"RT 01","kondisi":"baik","bukti":"a"}"#, ["isian.jenis bukti"]),
        (#"{"lokasi":"RT 01","kondisi":"baik","bukti":["a","a"]}"#, ["isian.ganda bukti"]),
        ("[]", ["isian.jenis -"]), ("null", ["isian.jenis -"]),
    ])
    func `payloads are checked`(_ payload: String, _ expected: [String]) throws {
        #expect(try check(payload) == expected)
    }

    @Test func `messages use the label a kader knows`() throws {
        let record = try #require(try ManifestTests.parsed().record("air.sumur"))
        let violations = Manifest.check(payload: ["kondisi": "baik"], as: record)
        #expect(violations.map(\.message) == ["Lokasi: wajib diisi"])
    }

    @Test(arguments: [
        ("RT \\d{2}/RW \\d{2}", "RT 02/RW 01", true), ("RT \\d{2}/RW \\d{2}", "RT 2/RW 01", false),
        ("^[A-Z]{2,3}$", "AB", true), ("[A-Z]{2,3}", "ABCD", false), ("a*", "", true), ("a*", "aaab", false),
        ("(ab|cd)+x?", "abcdab", true), ("(ab|cd)+x?", "abcdabx", true), ("(ab|cd)+x?", "abc", false),
        ("[^0-9]+", "é😀", true), ("[^0-9]+", "a1", false), (".{3}", "é😀a", true), ("\\.", ".", true),
        ("\\.", "a", false),
        ("(a|b|c){2}", "cb", true), ("(a|b|c){2,}", "cbabc", true), ("(|a)b", "b", true),
        ("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false),
    ])
    func `patterns match the whole text`(_ pattern: String, _ text: String, _ matches: Bool) throws {
        #expect(try #require(FieldPattern(pattern)).matches(text) == matches)
    }

    @Test(arguments: ["(", ")", "[", "[]", "a{", "a{2", "a{3,2}", "*", "a**b(", "\\w", "\\", "a{1000}{1000}", "[b-a]"])
    func `what is no pattern is refused`(_ pattern: String) {
        #expect(FieldPattern(pattern) == nil)
    }

    @Test func `answers stay within the manifest`() throws {
        let manifest = try ManifestTests.parsed()
        let record = try #require(manifest.record("air.sumur"))
        let month = try #require(Period("2026-11"))
        let year = try #require(Period("2026"))
        func problem(_ effects: [Effect], _ contributions: [Contribution] = []) -> String? {
            manifest.problem(in: Wire.Answer(id: "1", effects: effects, contributions: contributions), to: record)
        }
        #expect(problem([.put(["skor": .integer(3), "jarak_m": .integer(3)]), .openCase(reason: "rusak")]) == nil)
        #expect(problem([], [Contribution("air.sumur", month, subject: "w")]) == nil)
        #expect(problem([.put(["warna": .integer(1)])]) == "put names 'warna', which is not a field of air.sumur")
        #expect(problem([.put(["skor": .text("3")])]) == "put gives 'skor' a value of another type")
        #expect(problem([.put(["kondisi": .text("hancur")])]) == "put gives 'kondisi' a value of another type")
        #expect(problem([.put(["bukti": .text("a")])]) == "put gives 'bukti' a value of another type")
        #expect(problem([.put([:]), .put([:])]) == "put occurs twice")
        #expect(problem([.advanceCase(case: "c", to: "selesai")])?.hasPrefix("advance_case cannot be used yet") == true)
        #expect(problem([.retract(record: "r")])?.hasPrefix("retract cannot be used yet") == true)
        #expect(problem([], [Contribution("air.pompa", month)]) != nil)
        #expect(problem([], [Contribution("air.rasio", month)]) == "contribution to the ratio 'air.rasio'")
        #expect(problem([], [Contribution("air.jarak", year)]) == "contribution to 'air.jarak' for a year")
        #expect(problem([], [Contribution("air.sumur", month)]) == "contribution to 'air.sumur' without a subject")
    }
}
