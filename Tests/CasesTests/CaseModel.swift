// A small model of a case, written without the rules: a table of moves, and clocks that tick at the end of each day.
// SPDX-License-Identifier: Apache-2.0
import PluginKit

/// The flow that the random histories run through: every feature of a flow, in few states.
enum ModelFlow {
    static let manifest = """
        { "manifest": 1, "id": "kebun", "version": "1.0.0", "protocol": 1, "form": "program", "scope": "local",
          "stability": "beta", "name": {"id": "Kebun"},
          "records": { "kebun.keluhan": { "version": 1, "title": {"id": "Keluhan"}, "subject": "none", "fields": {
            "isi": {"type": "text", "immutable": true} } } },
          "indicators": {},
          "workflow": {
            "states": ["masuk", "periksa", "kirim"], "final": ["beres", "batal"],
            "moves": [
              {"from": "masuk", "to": "periksa", "by": ["kader", "pemdes"]},
              {"from": "masuk", "to": "batal", "by": ["pemdes"], "requires": ["remark"]},
              {"from": "periksa", "to": "kirim", "by": ["pemdes", "kades"], "requires": ["office", "approval"],
               "documents": ["dok_ktp", "dok_kk"], "fields": {"no_surat": {"type": "text"}}},
              {"from": "periksa", "to": "masuk", "by": ["pengurus"], "requires": ["photo"]},
              {"from": "kirim", "to": "beres", "by": ["opd"], "requires": ["remark"]},
              {"from": "kirim", "to": "batal", "by": ["opd", "pemdes"], "requires": ["remark"]} ],
            "deadlines": [
              {"name": "semua", "from": "masuk", "until": "final", "then": "escalate",
               "workdays": {"darurat": 2, "tinggi": 4, "default": 6}},
              {"name": "jawab", "from": "kirim", "until": "beres", "workdays": 3},
              {"name": "macet", "without_move": true, "workdays": 3, "then": "escalate"} ],
            "pauses": [
              {"code": "tunggu_warga", "by": ["kader", "pemdes", "opd"]}, {"code": "tunggu_anggaran", "by": ["opd"]} ],
            "reopen": {"from": ["beres"], "to": "periksa", "by": ["kader"], "within_workdays": 3, "times": 2},
            "rating": {"from": ["beres"]},
            "escalation": ["pemdes", "kecamatan", "tp_posyandu"] },
          "routing": [{"type": "kebun.keluhan", "office": "pertanian"}] }
        """
    static let states = ["masuk", "periksa", "kirim", "beres", "batal"]
    static let ladder = ["pemdes", "kecamatan", "tp_posyandu"]
    static let moves: [String: (by: [String], needs: String)] = [
        "masuk>periksa": (["kader", "pemdes"], ""), "masuk>batal": (["pemdes"], "words"),
        "periksa>kirim": (["pemdes", "kades"], "office approval papers letter"),
        "periksa>masuk": (["pengurus"], "photo"), "kirim>beres": (["opd"], "words"),
        "kirim>batal": (["opd", "pemdes"], "words"),
    ]
}

/// What a random history does next, in plain words.
struct ModelStep {
    enum Kind: CaseIterable { case move, pause, resume, reopen, rate, approve, escalate }
    var kind: Kind
    var role: String
    var from = ""
    var to = ""
    var reason = ""
    var mark = 0
    var brings: Set<String> = []
    var papers: Set<String> = []
    /// Which sender: one for all roles, a kiosk, the village office, an OPD (of the case's office or another), the node.
    var sender = "semua"
}

/// A case in the model.
struct ModelCase {
    var state = "masuk"
    var episode = 1
    var steps = 1
    var office: String? = nil
    var pausedFor: String?
    var endedOn: Int32?
    var approved = false
    var mark: Int?
    var told: [String] = []
    var papers: Set<String> = []
    let priority: Priority
    let holidays: Set<Int32>

    /// Working days that each clock has run, by its name; a clock that does not run is not there.
    private(set) var ran: [String: Int] = ["semua": 0, "macet": 0]
    private var startedToday: Set<String> = ["semua", "macet"]
    /// Every told role of every episode, to see that none is told twice in one.
    private(set) var escalations: [String] = []

    init(priority: Priority, holidays: Set<Int32>) {
        self.priority = priority
        self.holidays = holidays
    }

    static let senders: [String: (roles: Set<String>, offices: Set<String>)] = [
        "semua": (["kader", "bidan", "pengurus", "pemdes", "kades", "opd"], []),
        "kios": (["kader", "bidan", "pengurus"], []), "desa": (["pemdes", "kades"], []),
        "sekdes": (["pemdes"], []), "pertanian": (["opd"], ["pertanian"]), "lain": (["opd"], ["kesehatan"]),
        "node": (
            Set(["kader", "bidan", "pengurus", "pemdes", "kades", "opd", "kecamatan", "tp_posyandu", "admin"]), []
        ),
    ]

    var limits: [String: Int] {
        ["semua": priority == .emergency ? 2 : priority == .high ? 4 : 6, "jawab": 3, "macet": 3]
    }

    func isWorkday(_ day: Int32) -> Bool {
        // 1970-01-01 was a Thursday: 0 is Monday then.
        let weekday = ((day + 3) % 7 + 7) % 7
        return weekday < 5 && !holidays.contains(day)
    }

    /// The end of a day: clocks tick that did not start on it, when the case is not paused.
    mutating func end(of day: Int32) {
        if isWorkday(day), pausedFor == nil, endedOn == nil {
            for name in ran.keys where !startedToday.contains(name) { ran[name, default: 0] += 1 }
        }
        startedToday = []
    }

    /// How often a limit had passed when this day began.
    func passed(_ name: String) -> Int { (ran[name] ?? 0) / (limits[name] ?? 1) }

    private mutating func start(_ name: String) {
        ran[name] = 0
        startedToday.insert(name)
    }

    /// Takes the step if it may be taken.
    /// - Returns: the code of the refusal; nil when it was taken or there was nothing to do.
    mutating func take(_ step: ModelStep, on day: Int32) -> String? {
        let refusal = refusal(of: step, on: day)
        if refusal == nil { apply(step, on: day) }
        return refusal
    }

    private func who(_ step: ModelStep, _ allowed: [String]) -> String? {
        let sender = Self.senders[step.sender] ?? ([], [])
        if !allowed.contains(step.role) { return "kasus.peran" }
        if !sender.roles.contains(step.role) { return "kasus.peran_sumber" }
        if step.role == "opd", !sender.offices.isEmpty, !sender.offices.contains(office ?? "") {
            return "kasus.opd_lain"
        }
        return nil
    }

    private func refusal(of step: ModelStep, on day: Int32) -> String? {
        let isOver = ["beres", "batal"].contains(state)
        switch step.kind {
        case .move:
            if step.from != state { return "kasus.sudah_berubah" }
            guard let rule = ModelFlow.moves["\(step.from)>\(step.to)"] else { return "kasus.langkah" }
            if let no = who(step, rule.by) { return no }
            if pausedFor != nil { return "kasus.ditunda" }
            if rule.needs.contains("office"), office == nil, !step.brings.contains("office") { return "kasus.opd" }
            if rule.needs.contains("words"), !step.brings.contains("words") { return "kasus.catatan" }
            if rule.needs.contains("photo"), !step.brings.contains("photo") { return "kasus.foto" }
            let saysApproved = step.brings.contains("approval") || step.role == "kades"
            let mayApprove = Self.senders[step.sender]?.roles.contains("kades") ?? false
            if saysApproved, !mayApprove { return "kasus.persetujuan_sumber" }
            if rule.needs.contains("approval"), !approved, !saysApproved { return "kasus.persetujuan" }
            if rule.needs.contains("papers"), !papers.union(step.papers).isSuperset(of: ["dok_ktp", "dok_kk"]) {
                return "kasus.dokumen"
            }
            if rule.needs.contains("letter") != step.brings.contains("letter") { return "kasus.isian" }
            return nil
        case .pause:
            if isOver { return "kasus.sudah_selesai" }
            if pausedFor != nil { return "kasus.ditunda" }
            switch step.reason {
            case "tunggu_warga": return who(step, ["kader", "pemdes", "opd"])
            case "tunggu_anggaran": return who(step, ["opd"])
            default: return "kasus.alasan_jeda"
            }
        case .resume:
            guard let pausedFor else { return "kasus.tidak_ditunda" }
            return who(step, pausedFor == "tunggu_warga" ? ["kader", "pemdes", "opd"] : ["opd"])
        case .reopen:
            guard let endedOn else { return "kasus.belum_selesai" }
            if state != "beres" { return "kasus.buka_lagi" }
            if let no = who(step, ["kader"]) { return no }
            if episode >= 3 { return "kasus.buka_lagi_habis" }
            if (endedOn..<max(day, endedOn)).filter({ isWorkday($0 + 1) }).count > 3 { return "kasus.buka_lagi_lewat" }
            return step.brings.contains("words") ? nil : "kasus.catatan"
        case .rate:
            if state != "beres" { return "kasus.nilai_belum" }
            if let no = who(step, ["kader"]) { return no }
            if mark != nil { return "kasus.sudah_dinilai" }
            return (1...5).contains(step.mark) ? nil : "kasus.nilai"
        case .approve:
            if isOver { return "kasus.sudah_selesai" }
            if let no = who(step, ["kades"]) { return no }
            return approved ? "kasus.sudah_disetujui" : nil
        case .escalate:
            if step.sender != "node" { return "kasus.eskalasi" }
            if told.contains(step.role) { return nil }
            if isOver { return "kasus.sudah_selesai" }
            if pausedFor != nil { return "kasus.ditunda" }
            if step.reason == "jawab" { return "kasus.eskalasi" }
            return told.count < 3 && ModelFlow.ladder[told.count] == step.role ? nil : "kasus.eskalasi"
        }
    }

    private mutating func apply(_ step: ModelStep, on day: Int32) {
        switch step.kind {
        case .move:
            if step.brings.contains("office") { office = "pertanian" }
            if step.brings.contains("approval") || step.role == "kades" { approved = true }
            papers.formUnion(step.papers)
            enter(step.to, on: day)
        case .pause: pausedFor = step.reason
        case .resume: pausedFor = nil
        case .reopen:
            (episode, endedOn, told, mark, approved) = (episode + 1, nil, [], nil, false)
            ran = [:]
            start("semua")
            enter("periksa", on: day)
        case .rate: mark = step.mark
        case .approve: approved = true
        case .escalate:
            if told.contains(step.role) { return }
            told.append(step.role)
            escalations.append("\(episode) \(step.role)")
        }
        steps += 1
    }

    private mutating func enter(_ next: String, on day: Int32) {
        state = next
        start("macet")
        if next == "kirim", ran["jawab"] == nil { start("jawab") }
        if ["beres", "batal"].contains(next) { endedOn = day }
    }
}
