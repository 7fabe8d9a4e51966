// Checks a payload against the fields and rules of its record type.
// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// Text without a `maximum` may have this many characters.
    package static let longestText = 4_000

    /// The daemon's own checks, for both forms, before a worker sees the payload. Unknown and derived members are
    /// ignored. The messages go to a kader.
    ///
    /// - Returns: a violation for each field that does not fit, then one for each broken rule; empty when all is well.
    package static func check(payload: JSONValue, as record: Record) -> [Violation] {
        guard let object = payload.object else { return [Violation("isian.jenis", "catatan tidak terbaca")] }
        var violations: [Violation] = []
        var numbers: [String: ExactDecimal] = [:]
        // By index: a field is large, and looked at where it stands it is not copied.
        for index in record.fields.indices where !record.fields[index].derived {
            guard let value = object[record.fields[index].name], !value.isNull else {
                if record.fields[index].required {
                    violations.append(record.fields[index].violation("isian.wajib", "wajib diisi"))
                }
                continue
            }
            if let violation = record.fields[index].check(value) {
                violations.append(violation)
            } else if !record.rules.isEmpty, let number = value.decimal {
                numbers[record.fields[index].name] = number
            }
        }
        for rule in record.rules {
            if let violation = rule.check(numbers, record) { violations.append(violation) }
        }
        return violations
    }
}

extension Manifest.Field {
    /// The name that a kader knows the field by.
    package var shownName: String { label?.id ?? name }

    fileprivate func violation(_ code: String, _ text: String) -> Violation {
        Violation(code, field: name, "\(shownName): \(text)")
    }

    /// The violation of one value that is there; nil when it fits.
    package func check(_ value: JSONValue) -> Violation? {
        guard multiple else { return checkSingle(value) }
        guard let values = value.array, values.count <= 100 else {
            return violation("isian.jenis", "harus berupa daftar")
        }
        if required, values.isEmpty { return violation("isian.wajib", "wajib diisi") }
        for value in values {
            if let violation = checkSingle(value) { return violation }
        }
        return Set(values).count == values.count ? nil : violation("isian.ganda", "ada isian yang sama dua kali")
    }

    private func checkSingle(_ value: JSONValue) -> Violation? {
        switch type {
        case .integer:
            guard let number = value.integer else { return violation("isian.jenis", "harus berupa bilangan bulat") }
            return checkRange(ExactDecimal(number))
        case .decimal:
            guard let number = value.decimal else { return violation("isian.jenis", "harus berupa angka") }
            return checkRange(number)
        case .flag:
            return value.bool == nil ? violation("isian.jenis", "harus ya atau tidak") : nil
        case .date:
            let date = value.string.flatMap { CivilDate($0) }
            return date == nil ? violation("isian.jenis", "harus berupa tanggal (TTTT-BB-HH)") : nil
        case .choice:
            guard let text = value.string else { return violation("isian.jenis", "harus salah satu pilihan") }
            return choices.contains(text) ? nil : violation("isian.pilihan", "bukan salah satu pilihan")
        case .region:
            let code = value.string.flatMap { Manifest.isRegionCode($0) ? $0 : nil }
            return code == nil ? violation("isian.jenis", "harus berupa kode wilayah") : nil
        case .photo:
            guard let name = value.string, (1...200).contains(name.utf8.count), name.isStorable else {
                return violation("isian.jenis", "harus berupa foto")
            }
            return nil
        case .text:
            return checkText(value)
        case .point:
            return checkPoint(value)
        case .line:
            return checkLine(value)
        }
    }

    private func checkPoint(_ value: JSONValue) -> Violation? {
        if MapPoint(value) != nil { return nil }
        if MapPoint.isSwapped(value) { return violation("isian.titik", "lintang dan bujur tertukar") }
        guard value["lintang"]?.decimal != nil, value["bujur"]?.decimal != nil else {
            return violation("isian.jenis", "harus berupa titik: lintang dan bujur dalam derajat desimal")
        }
        return violation("isian.titik", "titik di luar Indonesia (lintang -11.5 sampai 6.5, bujur 94.5 sampai 141.5)")
    }

    private func checkLine(_ value: JSONValue) -> Violation? {
        guard let points = value.array else { return violation("isian.jenis", "harus berupa garis: daftar titik") }
        guard MapLine.counts.contains(points.count) else {
            return violation("isian.garis", "garis terdiri dari 2 sampai 200 titik, bukan \(points.count)")
        }
        for point in points {
            if let violation = checkPoint(point) { return violation }
        }
        return nil
    }

    private func checkText(_ value: JSONValue) -> Violation? {
        guard let text = value.string else { return violation("isian.jenis", "harus berupa teks") }
        let isPrintable = text.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        guard isPrintable else { return violation("isian.jenis", "berisi tanda yang tidak dapat disimpan") }
        let length = text.unicodeScalars.count
        let longest = maximum?.integer ?? Manifest.longestText
        if length > longest { return violation("isian.panjang", "paling banyak \(longest) huruf") }
        if let shortest = minimum?.integer, length < shortest {
            return violation("isian.panjang", "paling sedikit \(shortest) huruf")
        }
        if required, text.allSatisfy(\.isWhitespace) { return violation("isian.wajib", "wajib diisi") }
        if let pattern, !pattern.matches(text) { return violation("isian.pola", "bentuknya tidak sesuai") }
        return nil
    }

    private func checkRange(_ number: ExactDecimal) -> Violation? {
        if let minimum, number < minimum {
            return violation("isian.minimum", "paling kecil \(minimum.normalised)\(shownUnit)")
        }
        if let maximum, number > maximum {
            return violation("isian.maksimum", "paling besar \(maximum.normalised)\(shownUnit)")
        }
        return nil
    }

    private var shownUnit: String { unit.map { " \($0)" } ?? "" }
}

extension Manifest.Rule {
    /// The violation of a rule; nil when it holds or one of its fields is not there.
    fileprivate func check(_ numbers: [String: ExactDecimal], _ record: Manifest.Record) -> Violation? {
        func shown(_ name: String) -> String { record.field(name)?.shownName ?? name }
        switch self {
        case .ordered(let names):
            let filled = names.filter { numbers[$0] != nil }
            for (smaller, larger) in zip(filled, filled.dropFirst()) {
                if let left = numbers[smaller], let right = numbers[larger], right < left {
                    let message = "\(shown(smaller)) tidak boleh lebih besar dari \(shown(larger))"
                    return Violation("aturan.urutan", field: smaller, message)
                }
            }
        case .addsUp(let total, let parts):
            guard let whole = numbers[total] else { return nil }
            var sum: ExactDecimal? = 0
            for part in parts {
                guard let number = numbers[part] else { return nil }
                sum = sum?.adding(number)
            }
            if sum != whole {
                let message = "\(shown(total)) harus sama dengan jumlah \(parts.map(shown).joined(separator: " + "))"
                return Violation("aturan.jumlah", field: total, message)
            }
        }
        return nil
    }
}

extension Manifest {
    /// `33`, `33.25`, `33.25.01` or `33.25.01.2001`.
    package static func isRegionCode(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...4).contains(parts.count) else { return false }
        return zip(parts, [2, 2, 2, 4]).allSatisfy { part, digits in
            part.utf8.count == digits && part.utf8.allSatisfy { $0 &- UInt8(ascii: "0") <= 9 }
        }
    }
}
