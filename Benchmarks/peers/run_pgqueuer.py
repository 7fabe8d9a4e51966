# PgQueuer: enqueue in bulk of 1,000, then two workers in drain mode with batches of 200 and an empty handler.
# SPDX-License-Identifier: Apache-2.0
import asyncio
import importlib.metadata
import logging

import asyncpg
import psycopg
from pgqueuer import AsyncpgDriver, Queries, QueueManager
from pgqueuer.domain.types import QueueExecutionMode

import measure

BULK = 1000
WORKERS = 2
BATCH = 200


async def connect(conninfo):
    parts = psycopg.conninfo.conninfo_to_dict(conninfo)
    return await asyncpg.connect(host=parts["host"], user=parts["user"], database=parts["dbname"])


async def main():
    conninfo, count = measure.arguments()
    logging.disable(logging.WARNING)
    payload = measure.PAYLOAD.encode()
    connection = await connect(conninfo)
    await Queries(AsyncpgDriver(connection)).install()
    await connection.close()

    connection = await connect(conninfo)
    queries = Queries(AsyncpgDriver(connection))
    phase = measure.Phase(conninfo)
    for _ in range(count // BULK):
        await queries.enqueue(["bench"] * BULK, [payload] * BULK, [0] * BULK)
    phase.stop()
    await connection.close()
    sent = phase.figures("pgqueuer_enqueue", count)

    handled = 0
    connections = [await connect(conninfo) for _ in range(WORKERS)]
    managers = []
    for connection in connections:
        manager = QueueManager(Queries(AsyncpgDriver(connection)))

        @manager.entrypoint("bench")
        async def handle(job):
            nonlocal handled
            handled += 1

        managers.append(manager)
    phase = measure.Phase(conninfo)
    await asyncio.gather(
        *(manager.run(batch_size=BATCH, mode=QueueExecutionMode.drain) for manager in managers)
    )
    phase.stop()
    for connection in connections:
        if not connection.is_closed():
            await connection.close()
    assert handled >= count, f"{handled} of {count} jobs were handled"
    consumed = phase.figures("pgqueuer_consume", count)
    version = importlib.metadata.version("pgqueuer")
    measure.report(
        [sent, consumed],
        f"PgQueuer {version}, asyncpg {asyncpg.__version__}, enqueue {BULK} a call, {WORKERS} workers x {BATCH}",
    )


asyncio.run(main())
