// What the stand-in holds: transactions, stored documents, tombstones; an index in memory, rebuilt from the journal.
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

/// One accepted document on its way, or at its end.
struct Transaction: Sendable {
    var id: String
    var key: DocumentKey
    var revisi: Int
    var digest: String
    var bytes: Data
    /// `DITERIMA`, `DIPROSES`, `SELESAI`, `SELESAI_SEBAGIAN`, `DITOLAK`.
    var status: String
    var pollsLeft: Int
    var hasil: [String: Int] = [:]
    var kesalahan: [Finding] = []
    var deed = Deed.normal
    /// What was checked when it was sent; a document found in the journal is checked again at its end.
    var checked: CheckedDocument?

    var isOpen: Bool { status == "DITERIMA" || status == "DIPROSES" }
}

/// What is stored under a key.
struct StoredDocument: Sendable {
    var revisi: Int
    var digest: String
    var bytes: Data
    var status: String
    var isDeleted: Bool
    /// How often this revision took effect.
    var effects = 0
    /// How often it was sent again after it was stored.
    var repeats = 0
    /// What people at the destination decided: `walidata`, `pembina`, `catatan`.
    var marks: [String: String] = [:]
}

/// Writes the journal before it answers. One at a time, on a thread of its own.
actor DocumentStore {
    enum PutResult: Sendable {
        case accepted(Transaction)
        case known(Transaction)
        case conflict, behind(Int), closed
    }

    /// A line of the journal.
    private struct Event: Codable {
        var jenis: String
        var id: String = ""
        var kunci: [String] = []
        var revisi = 0
        var digest = ""
        var isi = Data()
        var status = ""
        var hasil: [String: Int] = [:]
        var kesalahan: [Finding] = []
        var balasan = Data()
        var ulah: String?
        var tanda: [String: String]?
    }

    private let journal: Journal
    private let check: DocumentCheck
    private let pollDelay: Int
    private var closed: Set<String>
    private let thread = StoreThread()
    private var transactions: [String: Transaction] = [:]
    /// Transaction of the highest revision accepted and not refused, per key.
    private var newest: [DocumentKey: String] = [:]
    private var stored: [DocumentKey: StoredDocument] = [:]
    private var effects: [String: Int] = [:]
    private var batches: [String: (digest: String, reply: Data)] = [:]
    private var runningBatches: Set<String> = []
    private var nextID = 1

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(journal: sending Journal, check: DocumentCheck, pollDelay: Int, closed: Set<String>) async throws {
        self.journal = journal
        self.check = check
        self.pollDelay = pollDelay
        self.closed = closed
        for line in journal.found { replay(try JSONDecoder().decode(Event.self, from: line)) }
    }

    // MARK: Contract

    func put(_ key: DocumentKey, _ document: CheckedDocument, _ bytes: Data, _ deed: Deed = .normal) throws -> PutResult
    {
        let digest = Self.digest(bytes)
        if deed == .closed { return .closed }
        if let id = newest[key], let known = transactions[id] {
            if known.revisi == document.revisi {
                if known.digest == digest, !known.isOpen { stored[key]?.repeats += 1 }
                return known.digest == digest ? .known(known) : .conflict
            }
            if known.revisi > document.revisi { return .behind(known.revisi) }
        }
        if let held = stored[key], held.isDeleted, held.revisi >= document.revisi { return .behind(held.revisi) }
        if isClosed(key) { return .closed }
        let event = Event(
            jenis: "diterima",
            id: "trx-\(nextID)",
            kunci: [key.kodepemda, key.periode, key.jenis],
            revisi: document.revisi,
            digest: digest,
            isi: bytes,
            ulah: deed == .normal ? nil : deed.rawValue
        )
        try write(event)
        transactions[event.id]?.checked = document
        guard let transaction = transactions[event.id] else { throw Journal.Failure(description: "no transaction") }
        return .accepted(transaction)
    }

    /// A poll moves the transaction on; after `pollDelay` of them it ends.
    func poll(_ id: String) throws -> Transaction? {
        guard var transaction = transactions[id] else { return nil }
        guard transaction.isOpen else { return transaction }
        if transaction.pollsLeft > 0 || transaction.deed == .stall {
            transaction.pollsLeft -= 1
            transaction.status = "DIPROSES"
            transactions[id] = transaction
            return transaction
        }
        try write(conclusion(transaction))
        return transactions[id]
    }

    /// Lets stalled transactions go on.
    func release() {
        for (id, transaction) in transactions where transaction.deed == .stall { transactions[id]?.deed = .normal }
    }

    func close(_ windows: Set<String>) { closed = windows }

    /// Writes what people decided on every document that `fits`. Returns how many there are.
    func verify(_ marks: [String: String], where fits: @Sendable (DocumentKey) -> Bool) throws -> Int {
        let keys = stored.keys.filter { fits($0) && stored[$0]?.isDeleted == false }.sorted()
        for key in keys {
            try write(Event(jenis: "verifikasi", kunci: [key.kodepemda, key.periode, key.jenis], tanda: marks))
        }
        return keys.count
    }

    func held(_ key: DocumentKey) -> StoredDocument? { stored[key] }

    /// Whether the tombstone is newer than everything under the key; `nil` when nothing is there.
    func delete(_ key: DocumentKey, revisi: Int) throws -> Bool? {
        guard let held = stored[key] else { return nil }
        let highest = max(held.revisi, newest[key].flatMap { transactions[$0]?.revisi } ?? 0)
        if held.isDeleted, held.revisi == revisi { return true }
        guard revisi > highest else { return false }
        try write(Event(jenis: "dihapus", kunci: [key.kodepemda, key.periode, key.jenis], revisi: revisi))
        return true
    }

    func isClosed(_ key: DocumentKey) -> Bool { isClosed("\(key.jenis)/\(key.periode)") }

    func isClosed(_ window: String) -> Bool { closed.contains(window) }

    // MARK: Batches

    enum BatchStart: Sendable {
        case new, running, reused
        case known(Data)
    }

    func beginBatch(_ key: String, digest: String) -> BatchStart {
        if let batch = batches[key] { return batch.digest == digest ? .known(batch.reply) : .reused }
        return runningBatches.insert(key).inserted ? .new : .running
    }

    func endBatch(_ key: String, digest: String, reply: Data?) throws {
        runningBatches.remove(key)
        if let reply { try write(Event(jenis: "kumpulan", id: key, digest: digest, balasan: reply)) }
    }

    // MARK: For whoever reconciles

    func dump() -> [(key: DocumentKey, document: StoredDocument)] {
        stored.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// How often each revision of each key took effect; more than once is our fault.
    func effectCounts() -> [(key: String, count: Int)] { effects.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    // MARK: Inside

    private func write(_ event: Event) throws {
        try journal.append(event)
        replay(event)
    }

    private func replay(_ event: Event) {
        switch event.jenis {
        case "diterima":
            guard let key = Self.key(event.kunci) else { return }
            nextID += 1
            newest[key] = event.id
            transactions[event.id] = Transaction(
                id: event.id,
                key: key,
                revisi: event.revisi,
                digest: event.digest,
                bytes: event.isi,
                status: "DITERIMA",
                pollsLeft: pollDelay,
                deed: event.ulah.flatMap(Deed.init) ?? .normal
            )
        case "selesai":
            guard var transaction = transactions[event.id] else { return }
            transaction.status = event.status
            transaction.hasil = event.hasil
            transaction.kesalahan = event.kesalahan
            transaction.checked = nil
            if event.status == "DITOLAK" || transaction.deed == .lose {
                if newest[transaction.key] == transaction.id { newest[transaction.key] = nil }
            } else {
                keep(transaction, status: event.status)
            }
            transactions[event.id] = transaction
        case "dihapus":
            guard let key = Self.key(event.kunci) else { return }
            newest[key] = nil
            stored[key] = StoredDocument(
                revisi: event.revisi,
                digest: "",
                bytes: Data(),
                status: "DIHAPUS",
                isDeleted: true
            )
        case "verifikasi":
            if let key = Self.key(event.kunci) { stored[key]?.marks.merge(event.tanda ?? [:]) { _, new in new } }
        case "kumpulan": batches[event.id] = (event.digest, event.balasan)
        default: break
        }
    }

    private func keep(_ transaction: Transaction, status: String) {
        let name = "\(transaction.key.text)#\(transaction.revisi)"
        effects[name, default: 0] += transaction.deed == .twice ? 2 : 1
        guard transaction.revisi >= stored[transaction.key]?.revisi ?? 0 else { return }
        let bytes = transaction.deed == .tamper ? transaction.bytes + Data(" ".utf8) : transaction.bytes
        stored[transaction.key] = StoredDocument(
            revisi: transaction.revisi,
            digest: Self.digest(bytes),
            bytes: bytes,
            status: status,
            isDeleted: false,
            effects: effects[name] ?? 0
        )
    }

    private static func key(_ parts: [String]) -> DocumentKey? {
        parts.count == 3 ? DocumentKey(kodepemda: parts[0], periode: parts[1], jenis: parts[2]) : nil
    }

    /// The end of a transaction: rows compared with what is stored, rows with unknown codes refused.
    private func conclusion(_ transaction: Transaction) -> Event {
        var event = Event(jenis: "selesai", id: transaction.id)
        guard let document = transaction.checked ?? check.formed(transaction.bytes, transaction.key) else {
            event.status = "DITOLAK"
            return event
        }
        let before = Self.rows(stored[transaction.key]?.bytes)
        let refused = Set(document.refusedRows.compactMap(\.indeks))
        var counts = ["simpan": 0, "ubah": 0, "sama": 0, "tolak": refused.count]
        for (index, row) in document.rows.enumerated() where !refused.contains(index) {
            switch before[Self.rowKey(row)] {
            case nil: counts["simpan", default: 0] += 1
            case row: counts["sama", default: 0] += 1
            default: counts["ubah", default: 0] += 1
            }
        }
        event.hasil = counts
        event.kesalahan = document.refusedRows
        let isWhole = refused.isEmpty
        event.status = isWhole ? "SELESAI" : refused.count == document.rows.count ? "DITOLAK" : "SELESAI_SEBAGIAN"
        return event
    }

    private static func rows(_ bytes: Data?) -> [String: Node] {
        let list = bytes.flatMap(Node.read)?["data"]?.list ?? []
        return Dictionary(list.map { (rowKey($0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func rowKey(_ row: Node) -> String {
        "\(row["kodeindikator"]?.string ?? "") \(row["wilayah"]?.string ?? "")"
    }

    static func digest(_ bytes: Data) -> String {
        "sha-256:" + SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    }
}
