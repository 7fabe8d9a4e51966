// Tables that are wrong are refused with their line.
// SPDX-License-Identifier: Apache-2.0

import Growth
import PluginKit
import Testing

@Suite struct TableTests {
    private func load(_ text: String) throws {
        _ = try GrowthTables { name throws(SetupError) in
            name == "who_wfa_girls" ? Array(text.utf8) : try GrowthBench.bytes(name)
        }
    }

    @Test(arguments: [
        ("day,l,m,s\n", "who_wfa_girls.csv: no rows"), ("", "who_wfa_girls.csv: no rows"),
        ("day,l,m,s\n0,1,2,3\n2,1,2,3\n", "who_wfa_girls.csv:3: not the next key with its L, M and S"),
        ("day,l,m,s\n0,1,2\n", "who_wfa_girls.csv:2: not the next key with its L, M and S"),
        ("day,l,m,s\n0,1,2,3,4\n", "who_wfa_girls.csv:2: not the next key with its L, M and S"),
        ("day,l,m,s\n0,0,2,3\n", "who_wfa_girls.csv:2: not the next key with its L, M and S"),
        ("day,l,m,s\n0,1,x,3\n", "who_wfa_girls.csv:2: not the next key with its L, M and S"),
    ])
    func `a table with a fault`(text: String, message: String) {
        #expect(throws: SetupError(message)) { try load(text) }
    }

    @Test func `a line end of two bytes and a missing last one are read`() throws {
        try load("day,l,m,s\r\n0,1,2,3\r\n1,1,2,3")
    }

    @Test(arguments: [
        ("bbu,from,-3,x,yes,no", "kategori_gizi.csv: the first class of bbu must be 'lowest'"),
        ("bbu,lowest,,x,yes,no\nbbu,from,1,y,no,no\nbbu,from,0,z,no,no", "kategori_gizi.csv: limits of bbu must rise"),
        ("bbu,lowest,,x,yes,no", "kategori_gizi.csv: no class of tbu"),
        ("bbx,lowest,,x,yes,no", "kategori_gizi.csv: a row without a known index, bound, limit or category"),
        ("bbu,from,low,x,yes,no", "kategori_gizi.csv: a row without a known index, bound, limit or category"),
        ("bbu,lowest,,x,maybe,no", "kategori_gizi.csv: a row without a known index, bound, limit or category"),
    ])
    func `classes with a fault`(rows: String, message: String) throws {
        let table = try Table(csv: "index,bound,limit,category,abnormal,refer\n\(rows)\n")
        #expect(throws: SetupError(message)) { try NutritionCategories(table) }
    }

    @Test(arguments: [
        ("9.5", 9.5), ("-3", -3), ("+.5", 0.5), ("10.", 10), ("007.50", 7.5),
        ("10.399999618530273438", 10.399999618530273),
        ("0.0000000000000001", 1e-16),
    ])
    func `decimals`(text: String, value: Double) {
        #expect(PlainDecimal(text)?.double == value)
    }

    @Test(arguments: ["", "-", ".", "1e3", "1 2", "9,5", "0x1", "1.2.3", "1234567890123456789", "--1", "١"])
    func `no decimals`(text: String) {
        #expect(PlainDecimal(text) == nil)
    }

    @Test func `every table says where it comes from`() throws {
        let sources = try Table(csv: String(decoding: GrowthBench.bytes("who_sumber"), as: UTF8.self))
        #expect(sources.count == 16)
        for row in sources.rows {
            let name = try #require(row["table"])
            #expect(try !GrowthBench.bytes(name).isEmpty)
            #expect(row["licence"] == "BSD-3-Clause" && row["version"]?.count == 4)
        }
    }
}
