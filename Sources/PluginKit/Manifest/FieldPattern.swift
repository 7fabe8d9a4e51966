// The small pattern language of text fields.
// SPDX-License-Identifier: Apache-2.0

/// A pattern for text: literal characters, `.`, classes `[0-9A-Z]`, `\d`, groups of alternatives `(a|b)` and the
/// repetitions `?`, `*`, `+`, `{n}`, `{n,m}`. It always matches the whole text, so `^` and `$` at its ends are allowed
/// and mean nothing. Works on Unicode scalars, in time proportional to pattern × text: no input makes it slow.
package struct FieldPattern: Hashable, Sendable {
    /// As written in the manifest.
    package let source: String
    private let program: [Instruction]

    private enum Instruction: Hashable, Sendable {
        case any
        case set([ClosedRange<UInt32>], negated: Bool)
        /// Goes on at both places.
        case split(Int, Int)
        case jump(Int)
    }

    /// The largest compiled pattern; bounds what `{n,m}` may multiply.
    private static let maximumInstructions = 2_000

    /// nil when the pattern is not of this language, or too large.
    package init?(_ source: String) {
        var compiler = Compiler(source)
        guard let program = compiler.compile(), program.count <= FieldPattern.maximumInstructions else { return nil }
        self.source = source
        self.program = program
    }

    /// Whether the whole text fits.
    package func matches(_ text: String) -> Bool {
        var current = [Bool](repeating: false, count: program.count + 1)
        follow(0, in: &current)
        for scalar in text.unicodeScalars {
            var next = [Bool](repeating: false, count: program.count + 1)
            for (index, instruction) in program.enumerated() where current[index] {
                let fits =
                    switch instruction {
                    case .any: true
                    case .set(let ranges, let negated): ranges.contains { $0.contains(scalar.value) } != negated
                    case .split, .jump: false
                    }
                if fits { follow(index + 1, in: &next) }
            }
            current = next
        }
        return current[program.count]
    }

    private func follow(_ start: Int, in states: inout [Bool]) {
        var pending = [start]
        while let index = pending.popLast() {
            if states[index] { continue }
            states[index] = true
            guard index < program.count else { continue }
            switch program[index] {
            case .split(let first, let second): pending += [first, second]
            case .jump(let target): pending.append(target)
            case .any, .set: break
            }
        }
    }

    private struct Compiler {
        private var scalars: [Unicode.Scalar]
        private var position = 0

        init(_ source: String) {
            scalars = Array(source.unicodeScalars)
            if scalars.first == "^" { scalars.removeFirst() }
            if scalars.last == "$", scalars.dropLast().last != "\\" { scalars.removeLast() }
        }

        mutating func compile() -> [Instruction]? {
            guard let program = alternatives(depth: 0), position == scalars.count else { return nil }
            return program
        }

        /// Code with targets relative to its own beginning.
        private mutating func alternatives(depth: Int) -> [Instruction]? {
            guard depth < 16, var left = sequence(depth: depth) else { return nil }
            while position < scalars.count, scalars[position] == "|" {
                position += 1
                guard let right = sequence(depth: depth) else { return nil }
                let combined = [.split(1, left.count + 2)] + moved(left, by: 1)
                left = combined + [.jump(left.count + 2 + right.count)] + moved(right, by: left.count + 2)
            }
            return left
        }

        private mutating func sequence(depth: Int) -> [Instruction]? {
            var code: [Instruction] = []
            while position < scalars.count, scalars[position] != "|", scalars[position] != ")" {
                guard let item = atom(depth: depth), let repeated = repetition(of: item),
                    code.count + repeated.count <= FieldPattern.maximumInstructions
                else { return nil }
                code += moved(repeated, by: code.count)
            }
            return code
        }

        private mutating func atom(depth: Int) -> [Instruction]? {
            let scalar = scalars[position]
            position += 1
            switch scalar {
            case ".":
                return [.any]
            case "(":
                guard let group = alternatives(depth: depth + 1), position < scalars.count,
                    scalars[position] == ")"
                else { return nil }
                position += 1
                return group
            case "[":
                return set()
            case "\\":
                return escape().map { [.set($0, negated: false)] }
            case "?", "*", "+", "{", "}", "]", "^", "$":
                return nil
            default:
                return [.set([scalar.value...scalar.value], negated: false)]
            }
        }

        private mutating func escape() -> [ClosedRange<UInt32>]? {
            guard position < scalars.count else { return nil }
            let scalar = scalars[position]
            position += 1
            if scalar == "d" { return [48...57] }
            // A letter would be a class or an escape of other languages that this one does not have.
            guard !scalar.properties.isAlphabetic, !(48...57).contains(scalar.value) else { return nil }
            return [scalar.value...scalar.value]
        }

        private mutating func set() -> [Instruction]? {
            var ranges: [ClosedRange<UInt32>] = []
            var negated = false
            if position < scalars.count, scalars[position] == "^" {
                negated = true
                position += 1
            }
            while position < scalars.count, scalars[position] != "]" {
                var lower = [scalars[position].value...scalars[position].value]
                position += 1
                if lower[0].lowerBound == 92 {
                    guard let escaped = escape() else { return nil }
                    lower = escaped
                }
                if position + 1 < scalars.count, scalars[position] == "-", scalars[position + 1] != "]" {
                    let upper = scalars[position + 1].value
                    guard lower[0].lowerBound <= upper else { return nil }
                    lower = [lower[0].lowerBound...upper]
                    position += 2
                }
                ranges += lower
            }
            guard position < scalars.count, !ranges.isEmpty else { return nil }
            position += 1
            return [.set(ranges, negated: negated)]
        }

        private mutating func repetition(of item: [Instruction]) -> [Instruction]? {
            guard position < scalars.count else { return item }
            switch scalars[position] {
            case "?": return take(item, 0, 1)
            case "*": return take(item, 0, nil)
            case "+": return take(item, 1, nil)
            case "{":
                position += 1
                guard let least = count() else { return nil }
                var most: Int? = least
                if position < scalars.count, scalars[position] == "," {
                    position += 1
                    if position < scalars.count, scalars[position] == "}" {
                        most = nil
                    } else {
                        guard let upper = count(), upper >= least else { return nil }
                        most = upper
                    }
                }
                guard position < scalars.count, scalars[position] == "}" else { return nil }
                return take(item, least, most)
            default: return item
            }
        }

        private mutating func count() -> Int? {
            var value = 0
            let start = position
            while position < scalars.count, (48...57).contains(scalars[position].value), value < 1_000 {
                value = value * 10 + Int(scalars[position].value - 48)
                position += 1
            }
            return position > start && value <= 1_000 ? value : nil
        }

        private mutating func take(_ item: [Instruction], _ least: Int, _ most: Int?) -> [Instruction]? {
            position += 1
            guard item.count * Swift.max(least, most ?? least) <= FieldPattern.maximumInstructions else { return nil }
            var code: [Instruction] = []
            for _ in 0..<least { code += moved(item, by: code.count) }
            if let most {
                for _ in least..<Swift.max(least, most) {
                    let start = code.count
                    code.append(.split(start + 1, start + 1 + item.count))
                    code += moved(item, by: start + 1)
                }
            } else {
                let start = code.count
                code.append(.split(start + 1, start + 2 + item.count))
                code += moved(item, by: start + 1)
                code.append(.jump(start))
            }
            return code
        }

        private func moved(_ code: [Instruction], by distance: Int) -> [Instruction] {
            code.map { instruction in
                switch instruction {
                case .split(let first, let second): .split(first + distance, second + distance)
                case .jump(let target): .jump(target + distance)
                case .any, .set: instruction
                }
            }
        }
    }
}
