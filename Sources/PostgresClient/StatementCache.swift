// Which statements a connection has prepared: by SQL text and parameter types, least recently used first out.
// SPDX-License-Identifier: Apache-2.0

/// Names of prepared statements. Decides only; the connection prepares and deallocates.
///
/// A null parameter has no type of its own, so it fits any statement prepared for the same SQL; a new statement for
/// the same SQL takes over the types already known, which bounds the statements of one SQL text by its number of
/// parameters.
struct StatementCache {
    final class Statement {
        let name: String
        let sql: String
        /// Parameter types; 0: was null when prepared.
        let types: [UInt32]
        /// Known after the first run.
        var columns: [PostgresColumn]?
        fileprivate(set) var lastUse = 0

        init(name: String, sql: String, types: [UInt32]) {
            self.name = name
            self.sql = sql
            self.types = types
        }

        fileprivate func fits(_ parameters: [PostgresValue]) -> Bool {
            guard types.count == parameters.count else { return false }
            for (type, parameter) in zip(types, parameters) {
                let own = parameter.typeOID
                if own != 0, own != type { return false }
            }
            return true
        }
    }

    private let capacity: Int
    private var statements: [String: [Statement]] = [:]
    private var count = 0
    private var uses = 0
    private var names = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    /// A prepared statement that takes these parameters.
    mutating func find(_ sql: String, _ parameters: [PostgresValue]) -> Statement? {
        guard let statement = statements[sql]?.first(where: { $0.fits(parameters) }) else { return nil }
        uses += 1
        statement.lastUse = uses
        return statement
    }

    /// The statement to prepare for parameters that nothing in the cache takes.
    mutating func propose(_ sql: String, _ parameters: [PostgresValue]) -> Statement {
        let earlier = statements[sql]?.last?.types
        let types = parameters.enumerated().map { index, parameter in
            let own = parameter.typeOID
            if own == 0, let earlier, earlier.count == parameters.count { return earlier[index] }
            return own
        }
        names += 1
        return Statement(name: "s\(names)", sql: sql, types: types)
    }

    /// Adds a statement that has been prepared, and gives the one to deallocate for it.
    mutating func insert(_ statement: Statement) -> Statement? {
        uses += 1
        statement.lastUse = uses
        statements[statement.sql, default: []].append(statement)
        count += 1
        guard count > capacity else { return nil }
        let oldest = statements.values.joined().min { $0.lastUse < $1.lastUse }
        if let oldest { remove(oldest) }
        return oldest
    }

    mutating func remove(_ statement: Statement) {
        guard let index = statements[statement.sql]?.firstIndex(where: { $0 === statement }) else { return }
        statements[statement.sql]?.remove(at: index)
        if statements[statement.sql]?.isEmpty == true { statements[statement.sql] = nil }
        count -= 1
    }
}
