// What a sector learns once, before its first record.
// SPDX-License-Identifier: Apache-2.0

/// Parameters, region, calendar and reference tables: everything that is the same for all records.
public struct Setup: Sendable {
    /// Values of the manifest's `parameters`: the kabupaten's, or the default.
    public let parameters: Fields
    /// Code of the kabupaten or kota, `33.25`.
    public let region: String
    /// Working days of the kabupaten.
    public let calendar: WorkCalendar
    /// The manifest as the daemon sent it.
    package let manifest: [UInt8]
    /// The sector's folder; nil when it is not known.
    package let folder: String?

    package init(
        parameters: Fields = [:],
        region: String,
        calendar: WorkCalendar = WorkCalendar(),
        manifest: [UInt8],
        folder: String?
    ) {
        self.parameters = parameters
        self.region = region
        self.calendar = calendar
        self.manifest = manifest
        self.folder = folder
    }

    /// Reads `tables/<name>.csv` of the sector's folder.
    ///
    /// - Throws: ``SetupError`` when the name is no plain name, or the table is missing or no CSV.
    public func table(_ name: String) throws(SetupError) -> Table {
        try Table(csv: try tableBytes(name), name: "\(name).csv")
    }

    /// The bytes of `tables/<name>.csv`, for large tables of numbers: ``table(_:)`` keeps every cell as text.
    ///
    /// - Throws: ``SetupError`` when the name is no plain name, or the file is missing or larger than 8 MiB.
    public func tableBytes(_ name: String) throws(SetupError) -> [UInt8] {
        guard Identifier.isPlain(name) else { throw SetupError("'\(name)' is not the name of a table") }
        guard let folder else { throw SetupError("the sector's folder is not known; set POSYANDUD_SECTOR_DIR") }
        return try FileReader.read("\(folder)/tables/\(name).csv", limit: Table.maximumBytes)
    }
}

/// Why a sector cannot start. The message goes to the operator: it names files, never record data.
public struct SetupError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}

/// Shapes of names.
package enum Identifier {
    /// `[a-z][a-z0-9_]{0,62}`: fields, states, tables and the parts of dotted names.
    package static func isPlain(_ name: some StringProtocol) -> Bool {
        guard let first = name.utf8.first, isLetter(first), name.utf8.count <= 63 else { return false }
        return name.utf8.allSatisfy { isLetter($0) || $0 &- UInt8(ascii: "0") <= 9 || $0 == UInt8(ascii: "_") }
    }

    /// `[a-z][a-z0-9_]{1,31}`: sectors.
    package static func isSector(_ name: some StringProtocol) -> Bool {
        isPlain(name) && (2...32).contains(name.utf8.count)
    }

    /// `<sector>.<name>` of this sector.
    package static func isDotted(_ name: String, sector: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0] == sector && isPlain(parts[1])
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }
}
