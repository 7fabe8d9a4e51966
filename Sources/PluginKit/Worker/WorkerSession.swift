// The worker's side of the wire, line by line, without any input or output.
// SPDX-License-Identifier: Apache-2.0

/// Takes the daemon's lines and appends answers to ``output``. Everything a worker does but reading and writing.
struct WorkerSession<Plugin: SectorPlugin> {
    /// What the loop around it does next.
    enum Next: Equatable {
        case goOn
        /// Write the output out: somebody waits for it.
        case flush
        /// Write the output out and end.
        case stop
    }

    private(set) var output: [UInt8] = []
    private let folder: String?
    private var answerer: Answerer?
    private var batch: (number: Int, expected: Int, seen: Int, ask: Wire.Questions)?

    /// - Parameter folder: the sector's folder, for its tables.
    init(folder: String?) { self.folder = folder }

    /// The output was written.
    mutating func clearOutput() { output.removeAll(keepingCapacity: true) }

    /// Handles one line, without its line feed.
    mutating func handle(_ line: UnsafeRawBufferPointer) -> Next {
        do {
            return try handle(try Wire.request(line))
        } catch {
            return giveUp("protocol", error.message)
        }
    }

    mutating func giveUp(_ code: String, _ message: String) -> Next {
        Wire.encodeError(code: code, message: message, to: &output)
        return .stop
    }

    private mutating func handle(_ request: Wire.Request) throws(WireError) -> Next {
        switch request {
        case .record(let record):
            guard let answerer, let ask = batch?.ask else { throw WireError("a record came before its batch") }
            Wire.encode(try answerer.answer(record, ask: ask), to: &output)
            batch?.seen += 1
            return .goOn
        case .batch(let number, let records, let ask):
            guard answerer != nil, batch == nil else { throw WireError("a batch came before initialize or an end") }
            batch = (number, records, 0, ask)
            return .goOn
        case .end(let number):
            guard let batch, batch.number == number, batch.seen == batch.expected else {
                throw WireError("an end does not fit its batch")
            }
            self.batch = nil
            Wire.encodeEnd(number, to: &output)
            return .flush
        case .initialize(let line):
            guard answerer == nil else { throw WireError("initialize came twice") }
            return initialize(line)
        case .shutdown:
            return .stop
        case .unknown:
            return .goOn
        }
    }

    private mutating func initialize(_ line: Wire.Initialize) -> Next {
        guard line.protocols.contains(Wire.version) else {
            return giveUp("protocol", "this worker speaks protocol \(Wire.version) only")
        }
        let setup = Setup(
            parameters: line.parameters,
            region: line.region,
            calendar: line.calendar,
            manifest: line.manifest,
            folder: folder
        )
        do {
            let answerer = Answerer(try Plugin(setup))
            let version = line.manifest.withUnsafeBytes { (try? Wire.scan($0))?.string("version") }
            let initialized = Wire.Initialized(
                wireProtocol: Wire.version,
                version: version ?? "",
                types: answerer.types
            )
            self.answerer = answerer
            Wire.encode(initialized, to: &output)
            return .flush
        } catch {
            return giveUp("setup", "\(error)")
        }
    }
}
