// Weighing, immunisation, vitamin A, deworming and diarrhoea of children under five.
// SPDX-License-Identifier: Apache-2.0

extension MonthPlan {
    /// Children under five who are served here on that day, newborns included once they are registered.
    private func children(on day: Day) -> [Resident] {
        let born = residents(.newborn, on: day.adding(-4)).filter { world.scenario.first.first <= $0.birth }
        return residents(.child, on: day).filter { day.completedMonths(since: $0.birth) < 60 } + born
    }

    /// The weighings of the month before, handed in on the first days.
    mutating func handInWeighingBook() {
        let writtenOn = world.scenario.first.first
        var seconds = Moment(writtenOn, hour: 7, minute: 30).seconds
        for child in residents(.child, on: openDay)
        where isPresent() && openDay.completedMonths(since: child.birth) < 60 {
            seconds += chance.number(10...40)
            let form = weighing(child, on: openDay, isShort: true)
            record("kesehatan.penimbangan", .resident(child.index), form, at: Moment(seconds: seconds), date: openDay)
        }
    }

    /// As in the sheets of a real village: 94 to 98 of 100 children come.
    private mutating func isPresent() -> Bool { chance.chance(0.956) }

    mutating func planChildren() {
        let isCapsuleMonth = month.ofYear == 2 || month.ofYear == 8
        for child in children(on: openDay) where isPresent() {
            let months = openDay.completedMonths(since: child.birth)
            let subject = Subject.resident(child.index)
            record("kesehatan.penimbangan", subject, weighing(child, on: openDay, isShort: false), at: atOpenDay())
            planDoses(child, months)
            if (6...59).contains(months), chance.chance(isCapsuleMonth ? 0.93 : 0.008) {
                record(
                    "kesehatan.vitamin_a",
                    subject,
                    ["kapsul": .text(months < 12 ? "biru" : "merah")],
                    at: atOpenDay()
                )
            }
            if months >= 12, chance.chance(isCapsuleMonth ? 0.5 : 0.01) {
                let form: Form = ["obat": .text("albendazol"), "dosis_mg": .number(months < 24 ? 200 : 400)]
                record("kesehatan.obat_cacing", subject, form, at: atOpenDay())
            }
            if chance.chance(0.009) { planSecondWeighing(child) }
            if chance.chance(0.011) { planDiarrhoea(child) }
        }
    }

    private mutating func planSecondWeighing(_ child: Resident) {
        let time = sometime(from: posyandu.openDay)
        guard child.belongs(to: posyandu.index, on: time.day), time.day > openDay else { return }
        guard time.day.completedMonths(since: child.birth) < 60 else { return }
        let form = weighing(child, on: time.day, isShort: true).with("tempat", .text("kunjungan_rumah"))
        record("kesehatan.penimbangan", .resident(child.index), form, at: time)
    }

    private mutating func planDiarrhoea(_ child: Resident) {
        let time = sometime(from: posyandu.openDay)
        guard child.belongs(to: posyandu.index, on: time.day) else { return }
        guard time.day.completedMonths(since: child.birth) < 60 else { return }
        var form: Form = ["oralit": maybe(0.9), "zinc": maybe(0.7)]
        if form.isYes("oralit") { form["oralit_bungkus"] = .number(chance.number(2...8)) }
        if chance.chance(0.1) { form["dirujuk"] = .flag(true) }
        record("kesehatan.diare", .resident(child.index), form, at: time)
    }

    private mutating func planDoses(_ child: Resident, _ months: Int) {
        guard chance.chance(0.45) else { return }
        for due in VaccineSchedule.routine where due.months == months {
            for dose in due.doses where chance.chance(0.92) {
                var form: Form = ["dosis": .text(chance.chance(0.06) ? oldLabel(dose) : dose)]
                if chance.chance(0.3) { form["tempat_imunisasi"] = .text("posyandu") }
                record("kesehatan.imunisasi", .resident(child.index), form, at: atOpenDay())
            }
        }
    }

    private func oldLabel(_ dose: String) -> String {
        switch dose {
        case "DPT-HB-Hib1": "DPT I"
        case "DPT-HB-Hib2": "DPT II"
        case "OPV1": "Polio I"
        case "OPV2": "Polio II"
        case "MR1": "Campak"
        case "PCV2": "HepB II"
        default: dose
        }
    }

    private mutating func weighing(_ child: Resident, on day: Day, isShort: Bool) -> Form {
        let growth = Growth(
            seed: world.scenario.seed,
            child: child.index,
            isBoy: child.isMale,
            birth: child.birth,
            standards: world.standards
        )
        let grams = growth.weights(from: world.scenario.backlog, months: index, openDay: posyandu.openDay)[index]
        let shown = max(1_800, grams + (day == openDay ? 0 : 50 * chance.number(-1...4)))
        let months = day.completedMonths(since: child.birth)
        var form: Form = ["berat_gram": .number(shown)]
        if isShort { return form }
        if chance.chance(0.6) { measure(&form, growth, months, on: day) }
        let place = growth.place(grams: shown, on: day)
        let colour =
            place < -3 ? "bawah_garis_merah" : place < -2 ? "kuning" : place > 2 ? "atas_garis_oranye" : "hijau"
        form["posisi_kms"] = .text(colour)
        if months <= 5 {
            form["asi_eksklusif"] = maybe(0.72)
        } else {
            if months < 24 { form["mp_asi"] = maybe(0.85) }
            if chance.chance(0.5) { form["lila_cm"] = .hundredths(10 * growth.arm(on: day)) }
        }
        if chance.chance(0.5) { form["perkembangan_lengkap"] = maybe(0.93) }
        if chance.chance(0.25) { form["mt_pangan"] = maybe(0.8) }
        if chance.chance(0.06) { form["sakit"] = .flag(true) }
        if chance.chance(0.3) { form["edukasi"] = .flag(true) }
        if colour == "bawah_garis_merah" || chance.chance(0.01) { form["dirujuk"] = .flag(true) }
        if chance.chance(0.001) { form["edema"] = .flag(true) }
        form["tempat"] = .text("hari_buka")
        return form
    }

    /// Length or height, now and then lying for standing, without saying which, or misread; sometimes the head.
    private mutating func measure(_ form: inout Form, _ growth: Growth, _ months: Int, on day: Day) {
        var tenths = growth.length(on: day)
        let isMisread = chance.chance(0.004)
        if isMisread { tenths = chance.chance(0.5) ? tenths * 13 / 10 : tenths * 7 / 10 }
        form["tinggi_cm"] = .hundredths(10 * min(max(tenths, 380), 1_295))
        let isLying = chance.chance(0.03) ? months >= 24 : months < 24
        if chance.chance(0.97) { form["cara_ukur"] = .text(isLying ? "berbaring" : "berdiri") }
        if chance.chance(0.35) { form["lingkar_kepala_cm"] = .hundredths(10 * growth.head(on: day)) }
    }
}
