// The worker of every declarative sector: answers what its manifest says.
// SPDX-License-Identifier: Apache-2.0

import PluginKit

/// `sector-declarative`, started in place of a sector's own program.
@main
enum SectorDeclarative {
    static func main() {
        DeclarativeSector.main()
    }
}
