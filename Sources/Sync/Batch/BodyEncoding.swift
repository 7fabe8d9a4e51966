// Undoes the Content-Encoding of a body, with a cap on what comes out.
// SPDX-License-Identifier: Apache-2.0
import CPlatform
import Glibc

/// `identity` and `gzip`.
package enum BodyEncoding {
    /// - Parameters:
    ///   - name: the header's value; `nil` and `identity` mean none.
    ///   - cap: bytes that may come out, whatever the compressed size.
    /// - Throws: ``BatchProblem`` `.encoding` for unknown or damaged bytes, `.size` beyond the cap.
    package static func decode(
        _ body: [UInt8],
        name: String?,
        cap: Int = BatchCodec.maximumBytes
    ) throws(BatchProblem) -> [UInt8] {
        switch name?.lowercased() ?? "identity" {
        case "identity", "":
            guard body.count <= cap else { throw BatchProblem(.size) }
            return body
        case "gzip", "x-gzip":
            return try gunzip(body, cap: cap)
        default:
            throw BatchProblem(.encoding)
        }
    }

    /// Whether bytes begin like a gzip file: for files, which have no Content-Encoding.
    package static func isGzip(_ bytes: [UInt8]) -> Bool {
        bytes.count > 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
    }

    private static func gunzip(_ body: [UInt8], cap: Int) throws(BatchProblem) -> [UInt8] {
        var output: UnsafeMutableRawPointer?
        var count = 0
        let outcome = body.withUnsafeBytes { cplatform_gunzip($0.baseAddress, $0.count, cap, &output, &count) }
        defer { free(output) }
        switch UInt32(outcome) {
        case CPLATFORM_GZIP_OK.rawValue:
            return Array(UnsafeRawBufferPointer(start: output, count: count))
        case CPLATFORM_GZIP_TOO_LARGE.rawValue:
            throw BatchProblem(.size)
        default:
            throw BatchProblem(.encoding)
        }
    }
}
