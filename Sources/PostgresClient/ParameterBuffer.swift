// The parameters of one statement in binary, in one reused buffer.
// SPDX-License-Identifier: Apache-2.0

/// Encodes parameters back to back and hands libpq pointers into them.
struct ParameterBuffer: ~Copyable {
    private var writer = BinaryWriter()
    /// Offset of each value's length word; -1 for null.
    private var starts: [Int] = []
    private var formats: [Int32] = []

    /// Replaces the contents.
    mutating func encode(_ parameters: [PostgresValue]) {
        if writer.bytes.capacity > 1 << 20 {
            writer.bytes = []
        } else {
            writer.bytes.removeAll(keepingCapacity: true)
        }
        starts.removeAll(keepingCapacity: true)
        for parameter in parameters {
            if case .null = parameter {
                starts.append(-1)
            } else {
                starts.append(writer.bytes.count)
                writer.value(parameter)
            }
        }
        while formats.count < parameters.count { formats.append(1) }
    }

    /// Calls `body` with what `PQsendQueryPrepared` takes: count, values, lengths, formats (all binary).
    borrowing func withPointers<Result>(
        _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Result
    ) -> Result {
        writer.bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: starts.count) { values in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: starts.count) { lengths in
                    for (index, start) in starts.enumerated() {
                        if start < 0 {
                            values.initializeElement(at: index, to: nil)
                            lengths.initializeElement(at: index, to: 0)
                        } else {
                            let length = Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int32.self))
                            let value = bytes.baseAddress.map { ($0 + start + 4).assumingMemoryBound(to: CChar.self) }
                            values.initializeElement(at: index, to: value)
                            lengths.initializeElement(at: index, to: length)
                        }
                    }
                    return formats.withUnsafeBufferPointer {
                        body(
                            Int32(clamping: starts.count),
                            UnsafePointer(values.baseAddress),
                            UnsafePointer(lengths.baseAddress),
                            $0.baseAddress
                        )
                    }
                }
            }
        }
    }
}

extension BinaryWriter {
    /// Any parameter behind its length.
    mutating func value(_ value: PostgresValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .int2(let value): field(value)
        case .int4(let value): field(value)
        case .int8(let value): field(value)
        case .float8(let value): field(value.bitPattern)
        case .text(let value): text(value)
        case .bytea(let value): value.withUnsafeBytes { bytes($0) }
        case .uuid(let value): uuid(value)
        case .date(let value): date(value)
        case .timestamptz(let value): timestamp(value)
        case .numeric(let mantissa, let scale): numeric(mantissa, scale)
        case .jsonb(let value): jsonb(value)
        case .boolArray(let values): array(values, PostgresType.bool) { $0.bool($1) }
        case .int2Array(let values): array(values, PostgresType.int2) { $0.field($1) }
        case .int4Array(let values): array(values, PostgresType.int4) { $0.field($1) }
        case .int4OptionalArray(let values): optionalArray(values, PostgresType.int4) { $0.field($1) }
        case .int8Array(let values): array(values, PostgresType.int8) { $0.field($1) }
        case .int8OptionalArray(let values): optionalArray(values, PostgresType.int8) { $0.field($1) }
        case .textArray(let values): array(values, PostgresType.text) { $0.text($1) }
        case .textOptionalArray(let values): optionalArray(values, PostgresType.text) { $0.text($1) }
        case .byteaArray(let values): array(values, PostgresType.bytea) { $0.byteArray($1) }
        case .byteaOptionalArray(let values): optionalArray(values, PostgresType.bytea) { $0.byteArray($1) }
        case .uuidArray(let values): array(values, PostgresType.uuid) { $0.uuid($1) }
        case .uuidOptionalArray(let values): optionalArray(values, PostgresType.uuid) { $0.uuid($1) }
        case .dateArray(let values): array(values, PostgresType.date) { $0.date($1) }
        case .dateOptionalArray(let values): optionalArray(values, PostgresType.date) { $0.date($1) }
        case .timestamptzArray(let values): array(values, PostgresType.timestamptz) { $0.timestamp($1) }
        case .timestamptzOptionalArray(let values): optionalArray(values, PostgresType.timestamptz) { $0.timestamp($1) }
        case .numericArray(let values): array(values, PostgresType.numeric) { $0.numeric($1.mantissa, $1.scale) }
        }
    }

    private mutating func byteArray(_ value: [UInt8]) { value.withUnsafeBytes { bytes($0) } }
}
