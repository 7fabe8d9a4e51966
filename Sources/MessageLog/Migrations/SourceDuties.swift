// Migration 4: in which roles, where and for which offices a source may act on cases.
// SPDX-License-Identifier: Apache-2.0

extension MessageLogSchema {
    static let sourceDuties = """
        alter table log.source
          add column roles text[],
          add column area text,
          add column offices text[];
        comment on column log.source.roles is
          'Roles in which it may act on cases; null: those of a posyandu when it has one, else none. Set once.';
        comment on column log.source.area is
          'Region code within which it may write, of a source without a posyandu: a village office, an OPD, a kecamatan.';
        comment on column log.source.offices is
          'Office roles whose cases it may act on as opd: several of a combined office; null for every office.';
        """
}
