// Whether workers can be confined here.
// SPDX-License-Identifier: Apache-2.0

import CPlatform

/// What `sector-run` needs of the kernel.
package enum Confinement {
    /// The Landlock version of the running kernel; 0 when it has none, and then programs are refused.
    package static var landlockVersion: Int { Int(cplatform_landlock_abi()) }

    package static var isAvailable: Bool { landlockVersion > 0 }
}
