// The six canonical sectors and the names under which others may not appear as a seventh.
// SPDX-License-Identifier: Apache-2.0

/// The six sectors of posyandu service by Permendagri 13/2024, and their synonyms (`docs/domain.md` §4.10).
package enum CanonicalSectors {
    /// Their codes; a manifest's scope is `canonical` exactly for these.
    package static let codes: [String] = [
        "pendidikan", "kesehatan", "pekerjaan_umum", "perumahan_rakyat", "trantibumlinmas", "sosial",
    ]

    /// The canonical sector, or sectors, that a label names or is a part or service of; empty when it is neither.
    ///
    /// Labels of `config/reference/sector-synonyms.csv` whose action is *local* are not here: they are names a local sector may take.
    package static func synonymOf(_ label: String) -> String? { synonyms[normalised(label)] }

    /// A label as the table spells its keys: lower case, `&`, `/` and `+` are "dan", leading words such as "bidang" and
    /// every "dan" dropped, two spellings folded.
    package static func normalised(_ label: String) -> String {
        var text = ""
        for character in label.lowercased().unicodeScalars {
            switch character {
            case "a"..."z", "0"..."9": text.unicodeScalars.append(character)
            case "&", "/", "+": text += " dan "
            default: text += " "
            }
        }
        var words = text.split(separator: " ").map(String.init)
        while let first = words.first, leadingWords.contains(first) { words.removeFirst() }
        return words.compactMap { word in
            switch word {
            case "dan": nil
            case "ketentraman": "ketenteraman"
            case "perlindungan": "pelindungan"
            default: word
            }
        }.joined(separator: " ")
    }

    private static let leadingWords: Set<String> = [
        "spm", "bidang", "urusan", "sektor", "layanan", "pelayanan", "dinas",
    ]

    private static let synonyms: [String: String] = {
        var synonyms: [String: String] = [:]
        for (codes, keys) in keysOfCodes {
            for key in keys.split(separator: ",") { synonyms[String(key)] = codes }
        }
        return synonyms
    }()

    private static let keysOfCodes: [(String, String)] = [
        ("pendidikan", "pendidikan,paud"),
        (
            "kesehatan",
            "kesehatan,ibu hamil,ibu nifas,balita,imunisasi lengkap,kesehatan gizi,remaja,kesehatan ibu anak,kb,imunisasi,"
                + "gizi,pencegahan penyakit"
        ),
        (
            "pekerjaan_umum",
            "pekerjaan umum,pu,pekerjaan umum penataan ruang,pekerjaan umum tata ruang,pupr,sanitasi,jalan rusak,jalan desa,"
                + "mck,air bersih,air minum,air limbah domestik,limbah"
        ),
        (
            "perumahan_rakyat",
            "perumahan rakyat,perumahan,perumahan rakyat kawasan permukiman,perkim,rtlh,rumah tidak layak huni"
        ),
        (
            "pekerjaan_umum, perumahan_rakyat",
            "pekerjaan umum perumahan rakyat,pu perumahan rakyat,pu perumahan,pupr perkim"
        ),
        (
            "trantibumlinmas",
            "ketenteraman ketertiban umum pelindungan masyarakat,trantibumlinmas,trantibum linmas,trantibum,trantib,"
                + "trantib linmas,ketertiban pelindungan masyarakat,ketertiban pelindungan,ketenteraman ketertiban umum,"
                + "ketertiban umum,pelindungan masyarakat,linmas,tibum"
        ),
        ("sosial", "sosial,kesejahteraan sosial"),
    ]
}
