# Procrastinate: batch_defer of 1,000, then one worker with ten jobs at once and an empty task.
# SPDX-License-Identifier: Apache-2.0
import asyncio
import importlib.metadata
import json
import logging

import procrastinate

import measure

BULK = 1000
CONCURRENCY = 10


async def main():
    conninfo, count = measure.arguments()
    logging.disable(logging.WARNING)
    handled = 0
    payload = json.loads(measure.PAYLOAD)

    def application():
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=12))

        @app.task(name="bench", queue="bench")
        async def bench(message):
            nonlocal handled
            handled += 1

        return app, bench

    app, _ = application()
    async with app.open_async():
        await app.schema_manager.apply_schema_async()

    app, task = application()
    async with app.open_async():
        phase = measure.Phase(conninfo)
        for _ in range(max(1, count // BULK)):
            await task.batch_defer_async(*({"message": payload} for _ in range(min(BULK, count))))
        phase.stop()
    sent = phase.figures("procrastinate_enqueue", count)

    app, _ = application()
    async with app.open_async():
        phase = measure.Phase(conninfo)
        await app.run_worker_async(
            concurrency=CONCURRENCY, wait=False, install_signal_handlers=False, listen_notify=False
        )
        phase.stop()
    assert handled == count, f"{handled} of {count} jobs were handled"
    consumed = phase.figures("procrastinate_consume", count)
    version = importlib.metadata.version("procrastinate")
    measure.report([sent, consumed], f"Procrastinate {version}, enqueue {BULK} a call, concurrency {CONCURRENCY}")


asyncio.run(main())
