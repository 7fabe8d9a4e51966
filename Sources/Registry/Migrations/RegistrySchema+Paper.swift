// What tells figures entered from paper apart from figures made of records.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let paperRecaps = """
        alter table registry.indicator add column family text;
        comment on column registry.indicator.family is
            'Indicators of one family take their figures of a posyandu and period from one origin; null: a family of its own.';
        comment on column registry.contribution.indicators is
            'Numbers of registry.indicator; negative when the record is an aggregate, such as a recap entered from paper.';
        """
}
