// Disclosure control in the bytes of every dialect, between revisions, between periods, and as the settings say.
// SPDX-License-Identifier: Apache-2.0

import PluginKit
import Summaries
import Testing

@testable import Destinations
@testable import Workbook

@Suite struct DisclosurePlanTests {
    private static let kabupaten = "33.25"

    static func figure(
        _ indicator: String,
        _ area: String,
        _ value: Int,
        of denominator: Int? = nil,
        kind: String = "count",
        sector: String = "kesehatan"
    ) -> SnapshotFigure {
        SnapshotFigure(
            indicator: "\(sector).\(indicator)",
            sector: sector,
            kind: denominator == nil ? kind : "ratio",
            unit: "anak",
            area: area,
            numerator: String(value),
            denominator: denominator.map { String($0) },
            status: .final
        )
    }

    static func snapshot(_ figures: [SnapshotFigure], _ period: String = "2026-11", revision: Int = 1) -> PeriodSnapshot
    {
        var snapshot = Fixtures.snapshot(revision: revision, figures: figures)
        if let parsed = Period(period) {
            snapshot.period = period
            snapshot.start = parsed.first
            snapshot.end = parsed.last
        }
        snapshot.cases = []
        return snapshot
    }

    /// Counts of kecamatan 01, 02 … and their sum.
    static func line(_ indicator: String, _ values: [Int], total: Int? = nil) -> [SnapshotFigure] {
        values.enumerated().map { figure(indicator, "33.25.0\($0 + 1)", $1) }
            + [figure(indicator, kabupaten, total ?? values.reduce(0, +))]
    }

    private static func settings(_ change: (inout DestinationSettings) -> Void = { _ in }) -> DestinationSettings {
        var settings = Fixtures.settings(baseURL: "https://a", suppressBelow: 5, kinds: [.indicators, .cases])
        settings.mapping.indicators = [:]
        settings.dialect.options = ["data_set": "A"]
        change(&settings)
        return settings
    }

    private static func shown(
        _ snapshot: PeriodSnapshot,
        _ settings: DestinationSettings = settings(),
        after earlier: [EarlierSnapshot] = []
    ) throws -> Set<ShownFigure> {
        let exporter = SipdRekap(settings: settings)
        return try exporter.plan(snapshot, revisions: [:], after: earlier).reduce(into: []) {
            $0.formUnion(exporter.shows($1) ?? [])
        }
    }

    private static func place(_ indicator: String, _ area: String, sector: String = "kesehatan") -> ShownFigure {
        ShownFigure(code: "\(sector).\(indicator)".uppercased(), area: area)
    }

    // MARK: Every dialect

    /// A month of children weighed by sex, those of them who gained, the ratio of both, and cases by state.
    private struct World {
        var snapshot: PeriodSnapshot
        var table = DisclosureTable()
        var cells: [String: Int] = [:]

        init(_ seed: Int, _ period: String) {
            var dice = Dice(seed)
            let areas = (1...(2 + dice.next(5))).map { "33.25.0\($0)" }
            var values: [String: [String: Int]] = [:]
            for area in areas {
                for sex in ["_l", "_p"] {
                    let weighed = dice.count(5)
                    values["d\(sex)", default: [:]][area] = weighed
                    values["n\(sex)", default: [:]][area] = weighed == 0 ? 0 : dice.next(weighed + 1)
                }
                for name in ["d", "n"] {
                    values[name, default: [:]][area] = ["_l", "_p"].reduce(0) {
                        $0 + (values["\(name)\($1)"]?[area] ?? 0)
                    }
                }
            }
            for (name, row) in values { values[name]?["33.25"] = row.values.reduce(0, +) }
            var figures: [SnapshotFigure] = []
            for (name, row) in values.sorted(by: { $0.key < $1.key }) {
                for (area, value) in row.sorted(by: { $0.key < $1.key }) {
                    figures.append(DisclosurePlanTests.figure(name, area, value, kind: "distinct"))
                    cells["\(name) \(area)"] = table.add(
                        .init(value: ExactDecimal(value), limit: 5, isPositive: true, name: "\(name) \(area)")
                    )
                }
            }
            for (area, weighed) in (values["d"] ?? [:]).sorted(by: { $0.key < $1.key }) {
                figures.append(DisclosurePlanTests.figure("n_per_d", area, values["n"]?[area] ?? 0, of: weighed))
            }
            snapshot = DisclosurePlanTests.snapshot(figures, period)
            snapshot.cases = areas.flatMap { area in
                ["didata", "selesai"].map { state in
                    CaseCounts(area: area, sector: "sosial", state: state, count: dice.count(5))
                }
            }
            for state in ["didata", "selesai"] {
                let own = snapshot.cases.filter { $0.state == state }
                let total = CaseCounts(
                    area: "33.25",
                    sector: "sosial",
                    state: state,
                    count: own.reduce(0) { $0 + $1.count }
                )
                let ids = (own + [total]).map { entry in
                    table.add(.init(value: ExactDecimal(entry.count), limit: 5, isPositive: true, name: "case"))
                }
                for (entry, id) in zip(own + [total], ids) { cells["case \(state) \(entry.area)"] = id }
                table.relate(ids[ids.count - 1], Array(ids.dropLast()))
                snapshot.cases.append(total)
            }
            for name in values.keys {
                table.relate(cells["\(name) 33.25"] ?? 0, areas.map { cells["\(name) \($0)"] ?? 0 })
            }
            for area in areas + ["33.25"] {
                for name in ["d", "n"] {
                    table.relate(
                        cells["\(name) \(area)"] ?? 0,
                        ["_l", "_p"].map { cells["\(name)\($0) \(area)"] ?? 0 }
                    )
                }
                let rest = (values["d"]?[area] ?? 0) - (values["n"]?[area] ?? 0)
                let cell = table.add(.init(value: ExactDecimal(rest), limit: 5, name: "rest \(area)"))
                table.relate(cells["d \(area)"] ?? 0, [cells["n \(area)"] ?? 0, cell])
            }
        }

        /// What one knows who has read the documents; a ratio tells both of its parts.
        func known(_ figures: Set<ShownFigure>) -> [Bool] {
            var shown = table.cells.map { _ in false }
            for figure in figures {
                let code = figure.code.lowercased()
                var keys = ["\(code.replacing("kesehatan.", with: "")) \(figure.area)"]
                if code == "kesehatan.n_per_d" { keys = ["n \(figure.area)", "d \(figure.area)"] }
                if code.hasPrefix("keluhan.sosial.") {
                    keys = ["case \(code.replacing("keluhan.sosial.", with: "")) \(figure.area)"]
                }
                for key in keys { if let cell = cells[key] { shown[cell] = true } }
            }
            return shown
        }
    }

    /// Reads the body that the template of the tests makes.
    private static func templated(_ document: OutboundDocument) -> Set<ShownFigure> {
        let rows = (try? JSONParser.parse(document.bytes))?["baris"]?.array ?? []
        return Set(rows.map { ShownFigure(code: $0["k"]?.string ?? "", area: $0["w"]?.string ?? "") })
    }

    @Test(arguments: ["sipd-rekap", "sipd-serv", "dhis2-dvs", "adx-xml", "fhir-measurereport", "http-template"])
    func `nothing can be worked out of the bytes of a dialect`(_ kind: String) throws {
        let settings = Self.settings { $0.kind = kind }
        var (figures, small) = (0, 0)
        for seed in 0..<25 {
            let world = World(seed, kind == "sipd-serv" ? "2026" : "2026-11")
            var shown: Set<ShownFigure> = []
            if kind == "http-template" {
                let exporter = TemplateExporter(settings: settings, template: TemplateTests.template)
                for document in try exporter.plan(world.snapshot, revisions: [:]) {
                    shown.formUnion(Self.templated(document))
                }
            } else {
                let exporter = try Exporters.make(settings)
                for document in try exporter.plan(world.snapshot, revisions: [:]) {
                    shown.formUnion(try #require(exporter.shows(document)))
                }
            }
            if kind == "sipd-serv" {
                shown = Set(shown.map { ShownFigure(code: $0.code, area: $0.area == "0" ? "33.25" : $0.area) })
            }
            let known = world.known(shown)
            let cells = world.table.cells
            let secret = Set(cells.indices.filter { cells[$0].isSmall })
            #expect(secret.allSatisfy { !known[$0] }, "\(kind) \(seed)")
            #expect(Elimination.determined(world.table, known).isDisjoint(with: secret), "\(kind) \(seed)")
            #expect(Bounds.exposed(world.table, known).isEmpty, "\(kind) \(seed)")
            figures += shown.count
            small += secret.count
            // Lists in another order: the same documents.
            var other = world.snapshot
            other.figures.reverse()
            other.cases.reverse()
            let source = try SnapshotRows(world.snapshot, settings)
            let turned = try SnapshotRows(other, settings)
            #expect(try source.rows(.indicators).map(\.area) == turned.rows(.indicators).map(\.area))
        }
        #expect(figures > 100 && small > 100, "\(figures) shown, \(small) small")
    }

    @Test func `a worksheet says nothing of a service that is left out, in sheets, details or percentages`() throws {
        var snapshot = EspmTests.snapshot
        snapshot.figures = [("33.25.01", 3, 40), ("33.25.02", 30, 41), ("33.25.03", 50, 90), ("33.25", 83, 171)].map {
            Self.figure("d_per_s", $0.0, $0.1, of: $0.2)
        }
        let source = try SnapshotRows(snapshot, EspmTests.settings { $0.suppressBelow = 5 })
        let rows = try source.rows(.indicators)
        #expect(rows.map(\.area) == ["33.25", "33.25.03"])
        let pages = try EspmPages(source: source, revision: 1, rows: rows).all()
        let areas = pages[pages.count - 1].lines.compactMap { $0.count > 2 ? $0[2]?.value : nil }
        #expect(
            areas.contains(.text("33.25.03")) && !areas.contains(.text("33.25.01"))
                && !areas.contains(.text("33.25.02"))
        )
    }

    // MARK: Revisions and periods

    @Test func `what the last revision showed does not give away what this one hides`() throws {
        let first = Self.snapshot(Self.line("d", [40, 9, 20]))
        let second = Self.snapshot(Self.line("d", [40, 4, 20]), revision: 2)
        let exporter = SipdRekap(settings: Self.settings())
        let sent = EarlierSnapshot(snapshot: first, documents: try exporter.plan(first, revisions: [:]))
        #expect(try Self.shown(first).count == 4)
        // Alone: a kecamatan goes with the small one. After the first revision its 20 is known, so the sum goes too.
        #expect(try Self.shown(second) == [Self.place("d", "33.25"), Self.place("d", "33.25.01")])
        #expect(try Self.shown(second, after: [sent]) == [Self.place("d", "33.25.01")])
        // A dialect that cannot be read back is planned again to know: the same.
        let template = TemplateExporter(settings: Self.settings(), template: TemplateTests.template)
        let before = EarlierSnapshot(snapshot: first, documents: try template.plan(first, revisions: [:]))
        let after = try template.plan(second, revisions: [:], after: [before])
        #expect(after.reduce(into: Set()) { $0.formUnion(Self.templated($1)) } == [Self.place("d", "33.25.01")])
    }

    @Test func `what was shown before there was a rule is not said again`() throws {
        let first = Self.snapshot(Self.line("d", [40, 3, 20]))
        let open = SipdRekap(settings: Self.settings { $0.suppressBelow = 0 })
        let sent = EarlierSnapshot(snapshot: first, documents: try open.plan(first, revisions: [:]))
        let second = Self.snapshot(Self.line("d", [41, 3, 20]), revision: 2)
        let shown = try Self.shown(second, after: [sent])
        #expect(!shown.contains(Self.place("d", "33.25.02")) && !shown.isEmpty)
    }

    @Test func `a quarter does not give away a month, nor a month a quarter`() throws {
        let months = zip(["2026-10", "2026-11", "2026-12"], [[10, 30], [3, 30], [20, 30]]).map {
            Self.snapshot(Self.line("keluhan", $1), $0)
        }
        let quarter = Self.snapshot(Self.line("keluhan", [33, 90]), "2026-Q4")
        let exporter = SipdRekap(settings: Self.settings())
        var sent: [EarlierSnapshot] = []
        for month in months {
            let documents = try exporter.plan(month, revisions: [:], after: sent)
            sent.append(EarlierSnapshot(snapshot: month, documents: documents))
        }
        #expect(try Self.shown(quarter).count == 3)
        let after = try Self.shown(quarter, after: sent)
        #expect(!after.contains(Self.place("keluhan", "33.25.01")), "\(after)")
        // The quarter first, the month late: then the month gives way.
        let early =
            [sent[0], sent[2]] + [
                EarlierSnapshot(snapshot: quarter, documents: try exporter.plan(quarter, revisions: [:]))
            ]
        let late = try Self.shown(months[1], after: early)
        #expect(!late.contains(Self.place("keluhan", "33.25.01")))
        // Distinct persons do not add up over months: nothing more is left out.
        let distinct = { (snapshot: PeriodSnapshot) -> PeriodSnapshot in
            var snapshot = snapshot
            for index in snapshot.figures.indices { snapshot.figures[index].kind = "distinct" }
            return snapshot
        }
        let others = sent.map { EarlierSnapshot(snapshot: distinct($0.snapshot), documents: $0.documents) }
        #expect(try Self.shown(distinct(quarter), after: others).count == 3)
    }

    // MARK: Relations

    @Test func `sums are found in names and numbers, or in the file`() throws {
        let figures = ["33.25.01", "33.25.02"].enumerated().flatMap { index, area in
            [
                Self.figure("x", area, 60 + index), Self.figure("x_l", area, 40 + index), Self.figure("x_p", area, 19),
                Self.figure("x_0_5", area, 3 + index), Self.figure("x_6_11", area, 57),
                Self.figure("x_dirujuk", area, 9),
                Self.figure("y", area, 30), Self.figure("z", area, 30 + index),
            ]
        }
        var byName: [String: [String: Int]] = [:]
        for figure in figures {
            byName[String(figure.indicator.dropFirst(10)), default: [:]][figure.area] = Int(figure.numerator ?? "")
        }
        let declared = AddsUp(total: "x", parts: ["y", "z", "nowhere"])
        #expect(
            Families.find(byName, declared: [declared, AddsUp(total: "nowhere", parts: ["x", "y"])]) == [
                AddsUp(total: "x", parts: ["x_0_5", "x_6_11"]), AddsUp(total: "x", parts: ["x_l", "x_p"]),
                AddsUp(total: "x", parts: ["y", "z"]),
            ]
        )
        // 3 of the age group are hidden; so is the other age group, though no total names it.
        let one = Self.snapshot(figures.filter { $0.area == "33.25.01" })
        let shown = try Self.shown(one)
        #expect(!shown.contains(Self.place("x_0_5", "33.25.01")) && !shown.contains(Self.place("x_6_11", "33.25.01")))
        #expect(shown.contains(Self.place("x_dirujuk", "33.25.01")))
        // Names that say nothing: only the file knows.
        let screened = Self.snapshot([
            Self.figure("diskrining", "33.25.01", 41), Self.figure("positif", "33.25.01", 3),
            Self.figure("negatif", "33.25.01", 38),
        ])
        #expect(try Self.shown(screened).count == 2)
        let sums = Self.settings {
            $0.addsUp = [AddsUp(total: "kesehatan.diskrining", parts: ["kesehatan.positif", "kesehatan.negatif"])]
        }
        #expect(try Self.shown(screened, sums) == [Self.place("diskrining", "33.25.01")])
    }

    @Test func `a ratio does not give away its parts, nor its parts their rest`() throws {
        // 38 of 41: 3 did not gain. The 41 stays, the ratio and the 38 go; whoever is not sent cannot be worked out either.
        let figures = [
            Self.figure("d", "33.25.01", 41), Self.figure("n", "33.25.01", 38),
            Self.figure("n_per_d", "33.25.01", 38, of: 41),
        ]
        #expect(try Self.shown(Self.snapshot(figures)) == [Self.place("d", "33.25.01")])
        // The girls are not mapped, and could be worked out of the boys and the sum.
        let sexes = [
            Self.figure("d", "33.25.01", 41), Self.figure("d_l", "33.25.01", 38), Self.figure("d_p", "33.25.01", 3),
        ]
        let mapped = Self.settings {
            $0.mapping.unmapped = .skip
            $0.mapping.indicators = [
                "kesehatan.d": .init(code: "KESEHATAN.D"), "kesehatan.d_l": .init(code: "KESEHATAN.D_L"),
            ]
        }
        #expect(try Self.shown(Self.snapshot(sexes), mapped) == [Self.place("d", "33.25.01")])
    }

    // MARK: Settings

    @Test func `without a rule only the confidential sectors are held back, below kecamatan`() throws {
        let open = Self.settings { $0.suppressBelow = 0 }
        var figures: [SnapshotFigure] = []
        for sector in ["sosial", "kesehatan"] {
            for (area, value) in [
                ("33.25.01.2001", 3), ("33.25.01.2002", 30), ("33.25.01.2003", 40), ("33.25.01", 73), ("33.25.02", 3),
                ("33.25", 76),
            ] { figures.append(Self.figure("anak", area, value, sector: sector)) }
        }
        let shown = try Self.shown(Self.snapshot(figures), open)
        #expect(shown.filter { $0.code == "KESEHATAN.ANAK" }.count == 6)
        let kept = Set(shown.filter { $0.code == "SOSIAL.ANAK" }.map(\.area))
        #expect(kept == ["33.25.01.2003", "33.25.01", "33.25.02", "33.25"])
    }

    @Test func `a try-out counts small counts and those beside them apart`() {
        let settings = Self.settings()
        let snapshot = Self.snapshot(Self.line("d", [40, 4, 20]))
        let run = DryRun(snapshot, settings, SipdRekap(settings: settings))
        #expect(run.suppressed == 1 && run.complementary == 1 && run.refusal == nil)
    }

    @Test func `a refusal names indicator and area, not the number`() throws {
        let source = try SnapshotRows(whole: Self.snapshot(Self.line("d", [40, 3, 20])), Self.settings())
        let reading = DisclosureReading(
            snapshot: source.snapshot,
            period: source.period,
            figures: try source.indicatorRows().map { .init(index: $0.index, isShown: true) },
            cases: []
        )
        let table = DisclosureModel(reading, [], source.settings).table
        for (isKept, words) in [
            ({ (_: Int) in true }, "shows the small count of kesehatan.d of 33.25.02 in 2026-11"),
            ({ (row: Int) in row != 1 }, "of kesehatan.d of 33.25.02 in 2026-11 could be worked out"),
        ] {
            let error = #expect(throws: PlanError.self) { try DisclosureCheck.verify(table, rows: isKept) }
            #expect(
                error?.code == .disclosure && error?.message.contains(words) == true,
                "\(String(describing: error))"
            )
            #expect(error?.message.contains("3 ") == false && error?.message.contains("unmapped: skip") == true)
        }
    }

    /// The figures of weighing hang together: by sex, by age, by outcome, as ratios of each other. 15 kecamatan of which most have hardly
    /// anybody, and 40 of the usual size.
    @Test(arguments: [15, 40]) func `figures that hang together are planned in bounded work`(_ areas: Int) throws {
        var dice = Dice(areas)
        var values: [String: [Int]] = [:]
        for _ in 0..<areas {
            let size = (areas < 40 ? [3, 20, 300] : [400, 900, 2_000])[dice.next(3)]
            var sums: [String: Int] = [:]
            for sex in ["_l", "_p"] {
                let target = 1 + dice.next(size)
                let known = target - dice.next(1 + target / 8)
                let weighed = dice.next(known + 1)
                let gained = dice.next(weighed + 1)
                for (name, value) in [
                    ("s", target), ("k", known), ("d", weighed), ("n", gained), ("t", weighed - gained),
                ] {
                    values["\(name)\(sex)", default: []].append(value)
                    sums[name, default: 0] += value
                }
            }
            for (name, value) in sums { values[name, default: []].append(value) }
            let weighed = sums["d"] ?? 0
            let young = dice.next(weighed + 1)
            for (name, value) in [
                ("d_0_5", young), ("d_6_59", weighed - young), ("bgm", dice.next(4)), ("dua_t", dice.next(9)),
            ] {
                values[name, default: []].append(value)
            }
        }
        var figures: [SnapshotFigure] = []
        for name in values.keys.sorted() {
            let row = values[name] ?? []
            for (area, value) in row.enumerated() {
                figures.append(Self.figure(name, "33.25.\(10 + area)", value, kind: "distinct"))
            }
            figures.append(Self.figure(name, "33.25", row.reduce(0, +), kind: "distinct"))
        }
        for (top, bottom) in [
            ("k", "s"), ("d", "s"), ("n", "d"), ("d", "k"), ("n", "s"), ("bgm", "d"), ("t", "d"), ("dua_t", "d"),
        ] {
            for area in figures.filter({ $0.indicator == "kesehatan.s" }).map(\.area) {
                let value = { (name: String) in
                    figures.first { $0.indicator == "kesehatan.\(name)" && $0.area == area }?.exactNumerator?.integer
                        ?? 0
                }
                figures.append(Self.figure("\(top)_per_\(bottom)", area, value(top), of: value(bottom)))
            }
        }
        let settings = Self.settings {
            $0.addsUp = [AddsUp(total: "kesehatan.d", parts: ["kesehatan.n", "kesehatan.t"])]
        }
        let source = try SnapshotRows(Self.snapshot(figures), settings)
        let kept = try source.rows(.indicators)
        #expect(source.leftOut.work < 40_000_000, "\(source.leftOut.work)")
        #expect(kept.count > figures.count / 3, "\(kept.count) of \(figures.count)")
        #expect(kept.count { $0.area == "33.25" } > 20)
    }

    /// 15 and 40 kecamatan with figures by sex that do not hang together, as a snapshot: relations, choice and check.
    @Test(arguments: [15, 40]) func `a whole snapshot is planned`(_ areas: Int) throws {
        var dice = Dice(areas)
        var figures: [SnapshotFigure] = []
        for indicator in 0..<12 {
            let values = (0..<areas).map { _ in [dice.count(5), dice.count(5)] }
            for (part, name) in ["_l", "_p", ""].enumerated() {
                let of = { (pair: [Int]) in part < 2 ? pair[part] : pair[0] + pair[1] }
                for (area, pair) in values.enumerated() {
                    figures.append(
                        Self.figure("i\(indicator)\(name)", "33.25.\(10 + area)", of(pair), kind: "distinct")
                    )
                }
                figures.append(
                    Self.figure("i\(indicator)\(name)", "33.25", values.reduce(0) { $0 + of($1) }, kind: "distinct")
                )
            }
        }
        let source = try SnapshotRows(Self.snapshot(figures), Self.settings())
        let kept = try source.rows(.indicators)
        // The kabupaten's own figures are worth most: they go out.
        #expect(kept.count { $0.area == "33.25" } == 36)
        #expect(source.leftOut.complementary < source.leftOut.small && kept.count > figures.count / 3)
    }
}
