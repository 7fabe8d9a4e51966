// Lists the migrations of the canonical registry, numbers 20 to 49, in order.
// SPDX-License-Identifier: Apache-2.0
package import PostgresClient

/// The tables of schema `registry`. Forward only: a change is a new number, never an edited text.
package enum RegistrySchema {
    package static let migrations: [Migration] = [
        Migration(20, "registry regions", regions),
        Migration(21, "registry catalogue", catalogue),
        Migration(22, "registry posyandu", posyandu),
        Migration(23, "registry decrees and cadres", cadres),
        Migration(24, "registry offices and facilities", offices),
        Migration(25, "registry residents", residents),
        Migration(26, "registry records", records),
        Migration(27, "registry cases and tasks", cases),
        Migration(28, "registry paper recaps", paperRecaps),
        Migration(30, "registry tasks answered", taskAnswers),
        Migration(31, "registry persons", persons),
        Migration(32, "registry names", names),
        Migration(33, "registry life of cases", caseLife),
        Migration(34, "registry approval, papers and offices of cases", caseOffices),
        Migration(36, "registry words of cases and reasons of changes", caseWords),
        Migration(37, "registry closed months of cases", caseMonths),
        Migration(38, "registry confidential", confidential),
        Migration(39, "registry attachments", attachments),
        Migration(40, "registry dossiers", dossiers),
        Migration(41, "registry terms", terms),
        Migration(42, "registry visits", visits),
        Migration(44, "registry programmes", programmes),
        Migration(45, "registry longer periods", longerPeriods),
        Migration(46, "registry key checks", keyChecks),
        Migration(47, "registry sector switches", sectorSwitches),
    ]
}
