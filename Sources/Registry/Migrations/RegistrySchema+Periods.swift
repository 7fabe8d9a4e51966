// Which indicators have figures for longer periods than the one they are counted by.
// SPDX-License-Identifier: Apache-2.0

extension RegistrySchema {
    static let longerPeriods = """
        alter table registry.indicator add column rolls_up boolean not null default true;
        comment on column registry.indicator.rolls_up is
            'Whether a quarter or year that lies around its periods has a figure made of them.';
        """
}
