# Measures a phase of a peer the way posyandud-bench measures its own: wall time, CPU of client and backends, WAL, dead tuples.
# SPDX-License-Identifier: Apache-2.0
import json
import sys
import time

import psycopg

# About 200 bytes, as in docs/performance.md; less than our own messages of about 420.
PAYLOAD = json.dumps(
    {
        "type": "kesehatan.penimbangan",
        "subject": "01928f00-0000-7000-8000-000000500000",
        "date": "2026-11-03",
        "data": {"berat_gram": 9320, "tinggi_cm": 74.5, "lila_cm": 14.2, "posisi_kms": "hijau", "edukasi": True},
    }
)


def arguments():
    """Connection string and number of messages, as posyandud-bench gives them."""
    return sys.argv[1], int(sys.argv[2])


class Phase:
    """Begins with a checkpoint. `stop` takes the time; dead tuples are counted later, when the backends have ended."""

    def __init__(self, conninfo):
        self.watch = psycopg.connect(conninfo, autocommit=True)
        self.watch.execute("checkpoint")
        self.dead = self._dead()
        self.backend = self._backend()
        self.wal = self._wal()
        self.client = time.process_time_ns()
        self.start = time.monotonic_ns()

    def stop(self):
        self.seconds = (time.monotonic_ns() - self.start) / 1e9
        self.client = time.process_time_ns() - self.client
        self.backend = self._backend() - self.backend
        self.wal = self._wal() - self.wal

    def figures(self, name, messages):
        """Waits until the measured backends have ended, which is when they report, and counts dead tuples."""
        alone = (
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
        for _ in range(200):
            if self.watch.execute(alone).fetchone()[0] == 0:
                break
            time.sleep(0.025)
        dead = self._dead() - self.dead
        self.watch.close()
        return {
            "name": name,
            "messages": messages,
            "seconds": self.seconds,
            "client_us": self.client / 1000 / messages,
            "backend_us": self.backend / 1000 / messages,
            "wal_bytes": self.wal / messages,
            "dead_tuples": dead,
        }

    def _wal(self):
        return int(self.watch.execute("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").fetchone()[0])

    def _dead(self):
        self.watch.execute("select pg_stat_force_next_flush()")
        self.watch.execute("select pg_stat_clear_snapshot()")
        return int(self.watch.execute("select coalesce(sum(n_dead_tup), 0) from pg_stat_user_tables").fetchone()[0])

    def _backend(self):
        """Nanoseconds of all backends of this database but ours: those that live, and those the server has reaped."""
        rows = self.watch.execute(
            "select pid from pg_stat_activity where backend_type = 'client backend'"
            " and datname = current_database() and pid <> pg_backend_pid()"
        ).fetchall()
        total = self._reaped()
        for (pid,) in rows:
            try:
                with open(f"/proc/{pid}/schedstat") as file:
                    total += int(file.read().split()[0])
            except FileNotFoundError:
                continue
        return total

    def _reaped(self):
        own = self.watch.info.backend_pid
        with open(f"/proc/{own}/stat") as file:
            server = int(file.read().rsplit(")", 1)[1].split()[1])
        with open(f"/proc/{server}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) * 10_000_000


def report(stages, note):
    print(json.dumps({"stages": stages, "note": note}))
