// `reconcile`: compares the tally with the registry, the frozen documents and the destination.
// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct Reconcile: AsyncParsableCommand {
    func run() async throws {}
}
