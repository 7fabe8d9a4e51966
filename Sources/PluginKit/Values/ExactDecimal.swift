// Decimal numbers that add up exactly, in any order.
// SPDX-License-Identifier: Apache-2.0

/// An exact decimal: `mantissa` × 10^-`scale`. Remembers how it was written: `6.50` stays `6.50`, yet equals `6.5`.
public struct ExactDecimal: Hashable, Sendable {
    /// A result needs more digits than 64 bits hold.
    public struct Overflow: Error, Hashable, Sendable {}

    public let mantissa: Int64
    /// Digits after the point, 0 to 18.
    public let scale: Int

    /// The longest fraction that is kept.
    public static let maximumScale = 18

    /// nil when the scale is not 0 to 18.
    public init?(mantissa: Int64, scale: Int) {
        guard (0...ExactDecimal.maximumScale).contains(scale) else { return nil }
        self.mantissa = mantissa
        self.scale = scale
    }

    public init(_ integer: Int) {
        mantissa = Int64(integer)
        scale = 0
    }

    /// Reads a number as JSON spells it; nil when it is none, or needs more than 64 bits or 18 decimals.
    public init?(_ text: String) {
        var text = text
        guard let value = text.withUTF8({ ExactDecimal(literal: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = value
    }

    /// The integer, when there is no fraction other than zeros.
    public var integer: Int? {
        let divisor = ExactDecimal.power(scale)
        return mantissa % divisor == 0 ? Int(mantissa / divisor) : nil
    }

    /// The sum, or nil when it does not fit.
    public func adding(_ other: ExactDecimal) -> ExactDecimal? {
        let scale = Swift.max(scale, other.scale)
        return ExactDecimal(wide: widened(to: scale) + other.widened(to: scale), scale: scale)
    }

    /// The difference, or nil when it does not fit.
    public func subtracting(_ other: ExactDecimal) -> ExactDecimal? {
        let scale = Swift.max(scale, other.scale)
        return ExactDecimal(wide: widened(to: scale) - other.widened(to: scale), scale: scale)
    }

    /// The product with an integer, or nil when it does not fit.
    public func multiplied(by factor: Int) -> ExactDecimal? {
        ExactDecimal(wide: Int128(mantissa) * Int128(factor), scale: scale)
    }

    public static func + (left: ExactDecimal, right: ExactDecimal) throws(Overflow) -> ExactDecimal {
        guard let sum = left.adding(right) else { throw Overflow() }
        return sum
    }

    public static func - (left: ExactDecimal, right: ExactDecimal) throws(Overflow) -> ExactDecimal {
        guard let difference = left.subtracting(right) else { throw Overflow() }
        return difference
    }

    public static func == (left: ExactDecimal, right: ExactDecimal) -> Bool {
        if left.scale == right.scale { return left.mantissa == right.mantissa }
        let scale = Swift.max(left.scale, right.scale)
        return left.widened(to: scale) == right.widened(to: scale)
    }

    public func hash(into hasher: inout Hasher) {
        let short = normalised
        hasher.combine(short.mantissa)
        hasher.combine(short.scale)
    }

    /// The same number without zeros at the end of its fraction.
    public var normalised: ExactDecimal {
        var mantissa = mantissa
        var scale = scale
        while scale > 0, mantissa % 10 == 0 {
            mantissa /= 10
            scale -= 1
        }
        return ExactDecimal(checked: mantissa, scale)
    }
}

extension ExactDecimal: Comparable {
    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let scale = Swift.max(left.scale, right.scale)
        return left.widened(to: scale) < right.widened(to: scale)
    }
}

extension ExactDecimal: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self.init(value) }
}

extension ExactDecimal: CustomStringConvertible {
    /// As JSON spells it, with as many decimals as it was written with.
    public var description: String {
        var bytes: [UInt8] = []
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package func appendText(to bytes: inout [UInt8]) {
        if mantissa < 0 { bytes.append(UInt8(ascii: "-")) }
        guard scale > 0 else {
            appendDigits(mantissa.magnitude, to: &bytes)
            return
        }
        let divisor = ExactDecimal.power(scale).magnitude
        appendDigits(mantissa.magnitude / divisor, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        appendPadded(Int(mantissa.magnitude % divisor), width: scale, to: &bytes)
    }
}

extension ExactDecimal {
    private init(checked mantissa: Int64, _ scale: Int) {
        self.mantissa = mantissa
        self.scale = scale
    }

    /// Narrows a wide result, dropping zeros of the fraction as far as that is needed to fit.
    private init?(wide: Int128, scale: Int) {
        var wide = wide
        var scale = scale
        while Int64(exactly: wide) == nil, scale > 0, wide % 10 == 0 {
            wide /= 10
            scale -= 1
        }
        guard let mantissa = Int64(exactly: wide) else { return nil }
        self.init(checked: mantissa, scale)
    }

    /// The mantissa at a longer scale: at most 10^18 × 2^63, which 128 bits hold.
    private func widened(to longer: Int) -> Int128 {
        longer == scale ? Int128(mantissa) : Int128(mantissa) * Int128(ExactDecimal.power(longer - scale))
    }

    /// 10 to the power of 0 to 18.
    static func power(_ exponent: Int) -> Int64 {
        var value: Int64 = 1
        for _ in 0..<exponent { value *= 10 }
        return value
    }

    /// Reads the bytes of a JSON number.
    package init?(literal bytes: UnsafeRawBufferPointer) {
        var index = 0
        let negative = bytes.first == UInt8(ascii: "-")
        if negative { index = 1 }
        var mantissa: UInt64 = 0
        var scale = 0
        var pendingZeros = 0
        var digits = 0
        var fraction = false
        scanning: while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                if fraction {
                    // Zeros of a fraction are held back until a digit follows that needs them.
                    pendingZeros += 1
                    if byte != UInt8(ascii: "0") {
                        guard ExactDecimal.take(byte, after: pendingZeros - 1, into: &mantissa) else { return nil }
                        scale += pendingZeros
                        pendingZeros = 0
                    }
                } else {
                    guard ExactDecimal.take(byte, after: 0, into: &mantissa) else { return nil }
                }
            case UInt8(ascii: "."):
                guard !fraction, digits > 0 else { return nil }
                fraction = true
                digits = 0
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                break scanning
            default:
                return nil
            }
            index += 1
        }
        guard digits > 0 else { return nil }
        var exponent = 0
        if index < bytes.count {
            guard let value = ExactDecimal.exponent(UnsafeRawBufferPointer(rebasing: bytes[(index + 1)...])) else {
                return nil
            }
            exponent = value
        }
        guard let limit = ExactDecimal.settle(&mantissa, &scale, pendingZeros, exponent) else { return nil }
        guard limit <= UInt64(Int64.max) else { return nil }
        self.init(checked: negative ? -Int64(limit) : Int64(limit), scale)
    }

    /// Appends a digit behind some zeros; false when it does not fit.
    private static func take(_ digit: UInt8, after zeros: Int, into mantissa: inout UInt64) -> Bool {
        for position in 0...zeros {
            let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
            let value = position == zeros ? UInt64(digit - UInt8(ascii: "0")) : 0
            let (sum, carried) = product.addingReportingOverflow(value)
            if overflow || carried { return false }
            mantissa = sum
        }
        return true
    }

    /// Applies the exponent and the zeros written at the end of the fraction, as far as they fit.
    private static func settle(_ mantissa: inout UInt64, _ scale: inout Int, _ zeros: Int, _ exponent: Int) -> UInt64? {
        if mantissa == 0, exponent != 0 {
            scale = 0
            return 0
        }
        scale -= exponent
        while scale < 0 {
            guard take(UInt8(ascii: "0"), after: 0, into: &mantissa) else { return nil }
            scale += 1
        }
        guard scale <= maximumScale else { return nil }
        if exponent == 0 {
            for _ in 0..<Swift.min(zeros, maximumScale - scale) {
                var longer = mantissa
                guard take(UInt8(ascii: "0"), after: 0, into: &longer), longer <= UInt64(Int64.max) else { break }
                mantissa = longer
                scale += 1
            }
        }
        return mantissa
    }

    private static func exponent(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        let negative = bytes.first == UInt8(ascii: "-")
        if negative || bytes.first == UInt8(ascii: "+") { index = 1 }
        guard index < bytes.count else { return nil }
        var value = 0
        while index < bytes.count {
            guard let digit = decimalDigits(bytes, index..<(index + 1)) else { return nil }
            // Past a thousand nothing but zero can be represented; stop growing, keep checking.
            value = Swift.min(value * 10 + digit, 1_000)
            index += 1
        }
        return negative ? -value : value
    }
}

/// Writes an unsigned number without a String in between.
func appendDigits(_ value: UInt64, to bytes: inout [UInt8]) {
    guard value >= 10 else { return bytes.append(UInt8(ascii: "0") + UInt8(value)) }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
        var place = digits.count
        var rest = value
        repeat {
            place -= 1
            digits[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[place...]))
    }
}
