// The two protocols that a sector program conforms to.
// SPDX-License-Identifier: Apache-2.0

/// A sector of posyandu service. The daemon runs it as a worker process.
///
/// Mark the conforming type `@main`: ``SectorPlugin/main()`` speaks the protocol of the wire on stdin and stdout.
///
/// ```swift
/// @main
/// struct KesehatanSector: SectorPlugin {
///     let handlers: [any RecordHandler]
///     init(_ setup: Setup) throws { handlers = [Weighing(minimumGain: try setup.table("kbm"))] }
/// }
/// ```
public protocol SectorPlugin: Sendable {
    /// Reads reference tables and parameters once, before the first record.
    init(_ setup: Setup) throws
    /// One handler for each record type that the manifest declares.
    var handlers: [any RecordHandler] { get }
}

/// Decides what one type of record means. The three functions are pure: no clock, no randomness, no state.
public protocol RecordHandler<Payload>: Sendable {
    associatedtype Payload: Decodable & Sendable
    /// The record type, spelled as in the manifest.
    var type: RecordType { get }
    /// The rules that the payload breaks and the manifest cannot state; empty when it may be applied.
    func validate(_ payload: Payload) -> [Violation]
    /// What the record does to the registry: put, retract, open or advance a case, raise a task, or reject.
    func apply(_ payload: Payload, in context: Context) -> [Effect]
    /// What the record adds to the sector's indicators. Not called for a rejected record.
    func summarise(_ record: Record<Payload>) -> [Contribution]
}

extension RecordHandler {
    public func validate(_ payload: Payload) -> [Violation] { [] }
    public func summarise(_ record: Record<Payload>) -> [Contribution] { [] }
}

/// The name of a record type, `<sector>.<name>`, as in the manifest.
public struct RecordType: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let name: String

    public init(_ name: String) { self.name = name }
    public init(stringLiteral value: String) { name = value }

    public var description: String { name }
}

extension CodingUserInfoKey {
    /// In the `userInfo` of a payload's decoder: the record version (`Int`) that the payload was written for.
    public static let recordVersion: CodingUserInfoKey = {
        guard let key = CodingUserInfoKey(rawValue: "recordVersion") else {
            preconditionFailure("a CodingUserInfoKey accepts any name")
        }
        return key
    }()
}
