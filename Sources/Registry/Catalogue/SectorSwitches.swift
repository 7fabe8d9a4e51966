// Which sectors the operators switched off: kept, so that no restart switches them on again.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

package enum SectorSwitches {
    /// - Parameter actor: the operator's account.
    package static func put(
        _ connection: isolated PostgresConnection,
        sector: String,
        isDisabled: Bool,
        actor: String
    ) throws {
        try connection.execute(
            "insert into registry.sector_switch(sector, is_disabled, actor) values ($1, $2, $3)",
            [.text(sector), .bool(isDisabled), .text(actor)]
        )
    }

    /// Ids of the sectors whose last switch was off.
    package static func disabled(_ connection: isolated PostgresConnection) throws -> Set<String> {
        let rows = try connection.query(
            "select distinct on (sector) sector, is_disabled from registry.sector_switch order by sector, id desc"
        )
        return Set(try rows.filter { try $0.bool(1) }.map { try $0.string(0) })
    }
}
