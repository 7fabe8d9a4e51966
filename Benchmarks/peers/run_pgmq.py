# pgmq: send_batch of 1,000, then read 1,000 and delete them, over its SQL functions.
# SPDX-License-Identifier: Apache-2.0
import importlib.metadata
import pathlib

import psycopg

import measure

BATCH = 1000


def main():
    conninfo, count = measure.arguments()
    folder = pathlib.Path(importlib.metadata.distribution("pgmq").locate_file("pgmq/sql"))
    version = (folder / "VERSION").read_text().strip()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("create schema if not exists pgmq")
        connection.execute((folder / "pgmq.sql").read_text())
        connection.execute("select pgmq.create('bench')")
    batch = [measure.PAYLOAD] * BATCH

    connection = psycopg.connect(conninfo, autocommit=True)
    phase = measure.Phase(conninfo)
    for _ in range(count // BATCH):
        connection.execute("select pgmq.send_batch('bench', %s::text[]::jsonb[])", (batch,), prepare=True).fetchall()
    phase.stop()
    connection.close()
    sent = phase.figures("pgmq_enqueue", count)

    connection = psycopg.connect(conninfo, autocommit=True)
    phase = measure.Phase(conninfo)
    taken = 0
    while True:
        rows = connection.execute(
            "select msg_id, message::text from pgmq.read('bench', 60, %s)", (BATCH,), prepare=True
        ).fetchall()
        if not rows:
            break
        ids = [row[0] for row in rows]
        connection.execute("select pgmq.delete('bench', %s::bigint[])", (ids,), prepare=True).fetchall()
        taken += len(rows)
    phase.stop()
    connection.close()
    assert taken == count, f"{taken} of {count} messages came back"
    consumed = phase.figures("pgmq_consume", count)
    package = importlib.metadata.version("pgmq")
    measure.report(
        [sent, consumed],
        f"pgmq {version} (SQL of its Python package {package}), one connection, {BATCH} a batch;"
        " read and delete are two transactions",
    )


main()
