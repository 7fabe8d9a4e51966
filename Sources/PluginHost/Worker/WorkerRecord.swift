// A record on its way to a worker, and what comes back of a batch.
// SPDX-License-Identifier: Apache-2.0

/// One record as a worker gets it.
package struct WorkerRecord: Sendable {
    /// The record's id, a UUID.
    package var id: String
    /// The record type, `<sector>.<name>`.
    package var type: String
    package var version: Int
    /// The posyandu's id, a UUID.
    package var posyandu: String
    /// The service date, `YYYY-MM-DD`.
    package var date: String
    /// The context, a JSON object.
    package var context: [UInt8]
    /// The payload as the kiosk signed it; line feeds outside of strings become spaces on the wire, nothing else changes.
    package var payload: ArraySlice<UInt8>

    package init(
        id: String,
        type: String,
        version: Int,
        posyandu: String,
        date: String,
        context: [UInt8] = Array("{}".utf8),
        payload: ArraySlice<UInt8>
    ) {
        self.id = id
        self.type = type
        self.version = version
        self.posyandu = posyandu
        self.date = date
        self.context = context
        self.payload = payload
    }

    package init(
        id: String,
        type: String,
        version: Int,
        posyandu: String,
        date: String,
        context: [UInt8] = Array("{}".utf8),
        payload: [UInt8]
    ) {
        self.init(
            id: id,
            type: type,
            version: version,
            posyandu: posyandu,
            date: date,
            context: context,
            payload: payload[...]
        )
    }
}

/// What became of a batch.
package enum BatchOutcome: Sendable {
    /// One answer for each record, in order.
    case answers([RecordAnswer])
    /// Nothing of the batch may be used. The worker was ended and is being started again; see ``Halving``.
    case failed(BatchFailure)
    /// The sector cannot run now: its records are held.
    case unavailable(reason: String)
}

/// Why a batch failed.
package enum BatchFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The worker ended with the batch in hand.
    case died(WorkerExit)
    /// It took longer than its time limit and was killed.
    case timedOut
    /// It broke the protocol and was killed. The text quotes no record.
    case protocolError(String)

    package var description: String {
        switch self {
        case .died(let exit): "worker ended: \(exit)"
        case .timedOut: "time limit"
        case .protocolError(let text): "protocol error: \(text)"
        }
    }
}
