// The documents of a case, and the task to complete them.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// KTP, KK and the statement of the village government, which the social office wants with a case `[C: PRD-Tegal]`.
struct CaseDesk: Sendable {
    static let documents = ["dok_ktp", "dok_kk", "dok_pernyataan"]

    /// Days that a kader has to complete them.
    let documentDays: Int

    func isComplete(_ answers: Fields) -> Bool { CaseDesk.documents.allSatisfy { answers.flag($0) == true } }

    /// Opens a case, with a task beside it when a document is missing.
    func open(_ reason: String, priority: String, _ answers: Fields) -> [Effect] {
        let opened: [Effect] = [.openCase(reason: reason, priority: priority)]
        guard !isComplete(answers) else { return opened }
        let task = "lengkapi KTP, KK, dan surat pernyataan Pemdes/Kelurahan"
        return opened + [.raiseTask(kind: "lengkapi_dokumen", reason: task, dueDays: documentDays, to: "kader")]
    }
}
