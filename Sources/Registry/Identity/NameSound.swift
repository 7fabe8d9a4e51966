// Brings names as cadres write them to the form in which they are compared.
// SPDX-License-Identifier: Apache-2.0

/// A name without what differs between two who write down the same person: case, titles, the order of the words, old and new
/// spelling. Only keyed hashes of it are ever stored.
package struct NameSound: Equatable, Sendable {
    /// Words in the order written, without titles.
    package let words: [String]
    /// The words as they sound, each once, in byte order.
    package let sounds: [String]

    private static let titles: Set<String> = [
        "an", "anak", "alm", "almarhum", "almarhumah", "bapak", "bayi", "bin", "binti", "bpk", "by", "dr", "drs", "h",
        "haji",
        "hj", "hajjah", "ibu", "ir", "kh", "ny", "nyonya", "s", "sdr", "sdri", "tn", "tuan",
    ]

    package init(_ name: String) {
        var words: [String] = []
        var word = ""
        for scalar in name.lowercased().unicodeScalars {
            if let letter = Self.plain(scalar) {
                word.unicodeScalars.append(letter)
            } else if scalar != "'" && scalar != "’" && scalar != "`" {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        let own = words.filter { !Self.titles.contains($0) }
        self.words = own.isEmpty ? words : own
        sounds = Set(self.words.map(Self.sound)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Digits stay: "bayi Siti 1" and "bayi Siti 2" are twins.
    private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar {
        case "a"..."z", "0"..."9": scalar
        case "à"..."å": "a"
        case "è"..."ë": "e"
        case "ì"..."ï": "i"
        case "ò"..."ö": "o"
        case "ù"..."ü": "u"
        default: nil
        }
    }

    private static let spellings: [(old: String, new: String)] = [
        ("oe", "u"), ("dj", "j"), ("tj", "c"), ("sj", "s"), ("sy", "s"), ("nj", "n"), ("ny", "n"), ("ch", "h"),
        ("kh", "h"),
        ("dz", "z"), ("dh", "d"), ("th", "t"), ("ph", "f"), ("ei", "i"), ("x", "ks"), ("q", "k"), ("v", "f"),
        ("p", "f"),
        ("z", "s"), ("y", "i"),
    ]

    private static func sound(_ word: String) -> String {
        var text = word
        for (old, new) in spellings { text = replace(old, in: text, with: new) }
        var letters: [Character] = []
        for letter in text where letters.last != letter || letter.isNumber { letters.append(letter) }
        if letters.count > 2, letters.last == "h" { letters.removeLast() }
        return String(letters)
    }

    private static func replace(_ old: String, in text: String, with new: String) -> String {
        var result = ""
        var rest = text[...]
        while !rest.isEmpty {
            if rest.hasPrefix(old) {
                result += new
                rest = rest.dropFirst(old.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
