// Adds up what the records of one month contribute, by indicator and kecamatan.
// SPDX-License-Identifier: Apache-2.0

/// The book of one month.
struct Ledger: Sendable {
    fileprivate struct Stock: Sendable {
        var rank: (date: Day, order: Int)
        var area: Int
        var value: Int
    }

    fileprivate struct Account: Sendable {
        var kind: FigureKind
        /// Sum by area, in hundredths; the count of a count is a sum of ones.
        var sums: [Int: Int] = [:]
        var subjects: [Int: Set<Subject>] = [:]
        var stocks: [Subject: Stock] = [:]
        /// Stocks that name no subject belong to the posyandu.
        var stocksOfPosyandu: [Int: Stock] = [:]
    }

    private var accounts: [String: Account] = [:]
    private(set) var reporting: Set<Int> = []

    mutating func add(
        _ additions: [Addition],
        posyandu: Int,
        area: Int,
        subject: Subject?,
        rank: (date: Day, order: Int)
    ) {
        reporting.insert(posyandu)
        for addition in additions {
            accounts[addition.indicator, default: Account(kind: addition.kind)].add(
                addition,
                posyandu: posyandu,
                area: area,
                subject: subject,
                rank: rank
            )
        }
    }

    /// Figures of every kecamatan that has one, and of the kabupaten.
    func figures(_ world: Kabupaten) -> [ExpectedFigure] {
        var figures: [ExpectedFigure] = []
        for (indicator, account) in accounts.sorted(by: { $0.key < $1.key }) {
            let sector = String(indicator.prefix { $0 != "." })
            func note(_ area: String, _ hundredths: Int) {
                figures.append(
                    ExpectedFigure(
                        sector: sector,
                        indicator: indicator,
                        kind: account.kind.rawValue,
                        area: area,
                        value: Decimals.text(hundredths, scale: 2)
                    )
                )
            }
            let (total, byArea) = account.values
            note(Kabupaten.code, total)
            for (area, value) in byArea.sorted(by: { $0.key < $1.key }) { note(world.kecamatan[area].code, value) }
        }
        return figures
    }
}

extension Ledger.Account {
    fileprivate mutating func add(
        _ addition: Addition,
        posyandu: Int,
        area: Int,
        subject: Subject?,
        rank: (date: Day, order: Int)
    ) {
        switch kind {
        case .count, .sum: sums[area, default: 0] += addition.value
        case .distinct: if let subject { subjects[area, default: []].insert(subject) }
        case .stock:
            let stock = Ledger.Stock(rank: rank, area: area, value: addition.value)
            if let subject {
                if stocks[subject].map({ $0.rank < rank }) ?? true { stocks[subject] = stock }
            } else if stocksOfPosyandu[posyandu].map({ $0.rank < rank }) ?? true {
                stocksOfPosyandu[posyandu] = stock
            }
        }
    }

    /// The kabupaten's value and those of the kecamatan, in hundredths.
    fileprivate var values: (total: Int, byArea: [Int: Int]) {
        switch kind {
        case .count, .sum: return (sums.values.reduce(0, +), sums)
        case .distinct:
            let everybody = subjects.values.reduce(into: Set<Subject>()) { $0.formUnion($1) }
            return (100 * everybody.count, subjects.mapValues { 100 * $0.count })
        case .stock:
            var byArea: [Int: Int] = [:]
            for stock in [Ledger.Stock](stocks.values) + stocksOfPosyandu.values {
                byArea[stock.area, default: 0] += stock.value
            }
            return (byArea.values.reduce(0, +), byArea)
        }
    }
}
