// Counts of the registry itself, for the documents registri-posyandu and kader.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// The posyandu of one kecamatan on a date.
package struct PosyanduFigures: Hashable, Sendable {
    package let district: RegionCode
    /// Serving on the date.
    package var active = 0
    /// Serving, and with a registration number on the date.
    package var registered = 0
    /// Serving, with at least one kader in each of the six bidang.
    package var sixSector = 0
}

/// The cadres of one kecamatan on a date, by bidang.
package struct CadreFigures: Hashable, Sendable {
    package let district: RegionCode
    /// Kader in office by canonical sector code; a bidang without any is absent.
    package var bySector: [String: Int] = [:]
    /// Different persons in office, board members included.
    package var people = 0
}

package enum RegistryFigures {
    /// By kecamatan, in the order of codes. `day` is days since 1970, the last day of the period.
    package static func posyandu(_ connection: isolated PostgresConnection, on day: Int32) throws -> [PosyanduFigures] {
        let rows = try connection.query(
            """
            select left(place.village_code, 8), count(*),
                count(*) filter (where exists (select from registry.posyandu_registration held
                    where held.posyandu_id = place.id and held.registered_on <= $1)),
                count(*) filter (where 6 = (select count(distinct term.sector_code) from registry.cadre_term term
                    where term.posyandu_id = place.id and term.role = 'kader' and term.started <= $1
                        and (term.ended is null or term.ended >= $1)))
            from registry.posyandu place
            where place.active_from <= $1 and (place.active_to is null or place.active_to >= $1)
            group by 1 order by 1
            """,
            [.date(day)]
        )
        var figures: [PosyanduFigures] = []
        for row in rows {
            guard let district = RegionCode(try row.string(0)) else { continue }
            figures.append(
                PosyanduFigures(
                    district: district,
                    active: try row.int(1),
                    registered: try row.int(2),
                    sixSector: try row.int(3)
                )
            )
        }
        return figures
    }

    /// By kecamatan, in the order of codes; only posyandu that serve on the day.
    package static func cadres(_ connection: isolated PostgresConnection, on day: Int32) throws -> [CadreFigures] {
        let rows = try connection.query(
            """
            select left(place.village_code, 8), term.sector_code,
                count(distinct term.cadre_id) filter (where term.role = 'kader'), count(distinct term.cadre_id)
            from registry.cadre_term term join registry.posyandu place on place.id = term.posyandu_id
            where term.started <= $1 and (term.ended is null or term.ended >= $1)
                and place.active_from <= $1 and (place.active_to is null or place.active_to >= $1)
            group by grouping sets ((left(place.village_code, 8), term.sector_code), (left(place.village_code, 8)))
            order by 1, 2 nulls last, 4
            """,
            [.date(day)]
        )
        var figures: [CadreFigures] = []
        for row in rows {
            guard let district = RegionCode(try row.string(0)) else { continue }
            if figures.last?.district != district { figures.append(CadreFigures(district: district)) }
            let last = figures.count - 1
            if let sector = try row.optionalString(1) {
                let cadres = try row.int(2)
                if cadres > 0 { figures[last].bySector[sector] = cadres }
            } else {
                figures[last].people = max(figures[last].people, try row.int(3))
            }
        }
        return figures
    }

    /// Living residents by posyandu id; a posyandu without any is absent.
    package static func residents(_ connection: isolated PostgresConnection) throws -> [Int32: Int] {
        var counts: [Int32: Int] = [:]
        let rows = try connection.query(
            "select posyandu_id, count(*) from registry.resident where died is null group by posyandu_id"
        )
        for row in rows { counts[Int32(truncatingIfNeeded: try row.int(0))] = try row.int(1) }
        return counts
    }
}
