// What stops the simulator, in one sentence for a person.
// SPDX-License-Identifier: Apache-2.0

/// A failure that ends the command with exit code 1.
struct SimulatorError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
