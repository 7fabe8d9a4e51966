// Invented names, made of syllables: nobody in particular is called so.
// SPDX-License-Identifier: Apache-2.0

/// Names of persons, posyandu, facilities and places.
enum Names {
    private static let starts = [
        "Ba", "Cem", "Dar", "Gen", "Jo", "Kar", "Lin", "Mur", "Nas", "Par", "Ra", "Sar", "Tum", "War", "Yas", "Pu",
    ]
    private static let middles = ["ba", "di", "ga", "ka", "li", "mo", "na", "ri", "sa", "ta", "wi", "yo", "lu", "me"]
    private static let maleEnds = ["to", "no", "man", "di", "jo", "rin", "dak", "mun"]
    private static let femaleEnds = ["ti", "ni", "sih", "wati", "yah", "rah", "las", "nem"]
    private static let plants = [
        "Anggrek", "Melati", "Mawar", "Kenanga", "Cempaka", "Dahlia", "Flamboyan", "Teratai", "Kamboja", "Seroja",
        "Tulip", "Sakura", "Bougenvil", "Nusa Indah", "Aster", "Alamanda",
    ]

    static func person(_ chance: inout SplitMix, isMale: Bool) -> String {
        word(&chance, isMale: isMale) + " " + word(&chance, isMale: isMale)
    }

    private static func word(_ chance: inout SplitMix, isMale: Bool) -> String {
        let middle = chance.chance(0.6) ? chance.pick(middles) : chance.pick(middles) + chance.pick(middles)
        return chance.pick(starts) + middle + chance.pick(isMale ? maleEnds : femaleEnds)
    }

    /// The n-th posyandu of a village: `Anggrek 1`.
    static func posyandu(_ chance: inout SplitMix, number: Int) -> String { "\(chance.pick(plants)) \(number)" }

    static func neighbourhood(_ chance: inout SplitMix) -> String {
        "RT \(twoDigits(chance.number(1...9)))/RW \(twoDigits(chance.number(1...5)))"
    }

    static func hamlet(_ chance: inout SplitMix) -> String {
        "Dusun \(chance.pick(["I", "II", "III", "IV", "Krajan", "Kidul", "Lor", "Wetan"]))"
    }

    static func telephone(_ chance: inout SplitMix) -> String { "0800\(chance.number(1_000_000...9_999_999))" }
}
