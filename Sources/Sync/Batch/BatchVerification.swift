// Signature and messages of a decoded batch: the last checks before the writer takes it.
// SPDX-License-Identifier: Apache-2.0
import Crypto
package import MessageLog

extension BatchCodec {
    /// Checks the signature with the key of (source, epoch), then every message. About 130 µs and 2 µs a message.
    ///
    /// A message that fails its checks does not stop the batch: it is consumed as refused.
    ///
    /// - Parameters:
    ///   - signKey: Ed25519 public key, 32 bytes.
    ///   - sealing: which record types may stand in the log in the clear.
    ///   - clockOffset: receipt minus the sender's clock, microseconds, when it sent its clock.
    /// - Throws: ``BatchProblem`` `.signature`.
    package static func verify(
        _ batch: Decoded,
        signKey: [UInt8],
        via: Via,
        clockOffset: Int64? = nil,
        sealing: SealRule? = nil
    ) throws(BatchProblem) -> VerifiedBatch {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: signKey),
            key.isValidSignature(batch.signature, for: batch.signed)
        else { throw BatchProblem(.signature) }
        return VerifiedBatch(
            header: batch.header,
            headerBytes: Array(batch.bytes[batch.headerRange]),
            signature: batch.signature,
            bytes: batch.bytes,
            messages: check(batch, sealing),
            via: via,
            clockOffset: clockOffset
        )
    }

    private static func check(_ batch: Decoded, _ sealing: SealRule?) -> [IntakeMessage] {
        batch.bytes.withUnsafeBytes { bytes in
            batch.messages.map { range in
                do throws(Refusal) {
                    let envelope = try MessageEnvelope.check(
                        UnsafeRawBufferPointer(rebasing: bytes[range]),
                        sealing
                    )
                    return IntakeMessage(
                        range: range,
                        claimed: envelope.time,
                        refusal: nil,
                        isPersonal: envelope.isPersonal
                    )
                } catch {
                    // What could not be read may name a person all the same: it is sealed.
                    return IntakeMessage(range: range, claimed: nil, refusal: error, isPersonal: true)
                }
            }
        }
    }
}
