// Checks what the operator set of a sector's parameters.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

extension VerifiedSector {
    /// Refuses the sector when a value cannot hold: neither it nor the default in its place may be taken silently.
    /// - Throws: ``PluginHostError`` with code `parameters` that names every such setting.
    func check(_ parameters: Fields) throws(PluginHostError) {
        let problems = manifest.problems(withParameters: parameters)
        guard !problems.isEmpty else { return }
        let settings = problems.map { "sectors.parameters.\(id).\($0.name) \($0.message)" }
        let fixes = problems.map(\.fix).joined(separator: "; ")
        throw PluginHostError(
            .parameters,
            settings.joined(separator: "; "),
            hint: "in posyandud.yaml \(fixes); then systemctl restart posyandud"
        )
    }
}
