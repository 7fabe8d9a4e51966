# Pushes the same documents with the real pusher and with `curl --parallel` to one stand-in and compares; Benchmarks/push runs it.
# SPDX-License-Identifier: Apache-2.0
import base64
import hashlib
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid

PROGRAMS = os.environ["BENCH_PROGRAMS"]
RESULTS = os.environ["BENCH_RESULTS"]
DOCUMENTS = int(os.environ.get("BENCH_PUSH_DOCUMENTS", "10000"))
CONNECTIONS = [int(n) for n in os.environ.get("BENCH_PUSH_CONNECTIONS", "2,8").split(",")]
# The documents are pushed in so many parts, each beside curl with the same part: a machine that is slow for a minute is slow for both.
PARTS = 5
SECRET = "rahasia"
GOAL = 0.9
# Of the run with faults.
TIMEOUT_MS = 1000
ROUTES = ("rekap.put", "rekap.poll", "rekap.get")


def call(base, path, method="GET", body=None):
    request = urllib.request.Request(base + path, data=body, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer) if answer.headers.get("Content-Type", "").startswith("application/json") else answer.read()


class Standin:
    """One process in memory; every run has a room of its own in it."""

    def __init__(self, retry_after):
        """`retry_after` seconds are asked for with each 202 and 503."""
        self.process = subprocess.Popen(
            [
                f"{PROGRAMS}/sipd-standin", "--memory", "--unchecked", "--static-bearer", SECRET, "--hang-seconds", "60",
                "--retry-after", str(retry_after),
            ],
            stdout=subprocess.PIPE,
        )
        self.port = json.loads(self.process.stdout.readline())["port"]

    def room(self, name, script):
        base = f"http://127.0.0.1:{self.port}/~{name}"
        call(base, "/standin/faults", "PUT", script.encode())
        return base


class Database:
    def __init__(self, conninfo):
        self.conninfo = conninfo

    def rows(self, sql):
        text = subprocess.run(
            ["psql", self.conninfo, "-XAtq", "-F", "\t", "-c", sql], check=True, capture_output=True, text=True
        ).stdout
        return [line.split("\t") for line in text.splitlines()]

    def value(self, sql):
        return self.rows(sql)[0][0]

    def server_seconds(self):
        """Processor time of the whole server so far."""
        folder = dict(pair.split("=") for pair in self.conninfo.split())["host"]
        with open(f"{folder}/data/postmaster.pid") as file:
            return processor_seconds(int(file.readline()), with_children=True)


def resident(process):
    """Resident memory of a process in kB, 0 when it is gone."""
    try:
        with open(f"/proc/{process}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    except (OSError, IndexError):
        return 0


def processor_seconds(process, with_children=False):
    """User and system time of a process so far; with its children, also of those that have ended."""
    ticks = 0
    for other in filter(str.isdigit, os.listdir("/proc")) if with_children else [str(process)]:
        try:
            with open(f"/proc/{other}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(other) == process:
            ticks += sum(map(int, fields[11:15] if with_children else fields[11:13]))
        elif int(fields[1]) == process:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


class Sampler(threading.Thread):
    """Resident memory of the pushing process, every 100 ms."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process = process
        self.samples = []

    def run(self):
        while True:
            size = resident(self.process)
            if size == 0:
                return
            self.samples.append(size)
            time.sleep(0.1)

    def figures(self):
        """Memory after a tenth of the time, over the last tenth, and the peak: what starts up is not what grows."""
        count = max(1, len(self.samples) // 10)
        return {
            "begin_kb": max(self.samples[count : 2 * count] or self.samples),
            "end_kb": max(self.samples[-count:]),
            "peak_kb": max(self.samples),
        }


def push(name, database, standin, base, secret, connections, poll_ms, timeout_ms=30000, base_ms=30000, cap_ms=21600000):
    """The whole of our push, from the start of the process to the last document's row."""
    server, peer = database.server_seconds(), processor_seconds(standin.process.pid)
    began = time.time()
    process = subprocess.Popen(
        [
            f"{PROGRAMS}/push-bench", "push", "--database", database.conninfo, "--destination", name, "--url", base,
            "--secret", secret, "--connections", str(connections), "--timeout", str(timeout_ms),
            "--back-off-base", str(base_ms), "--back-off-cap", str(cap_ms), "--poll-base", str(poll_ms),
        ]
    )
    sampler = Sampler(process.pid)
    sampler.start()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"push-bench ended with {process.returncode}")
    sampler.join()
    server = database.server_seconds() - server
    peer = processor_seconds(standin.process.pid) - peer
    last = float(database.value("select extract(epoch from max(changed_at)) from outbox.document"))
    requests = int(database.value("select count(*) from outbox.attempt"))
    statements = database.rows(
        "select coalesce(sum(calls), 0)::bigint, round(coalesce(sum(total_exec_time), 0)::numeric / 1000, 1)"
        " from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())"
    )[0]
    return {
        "seconds": last - began,
        "requests": requests,
        "statements_per_request": int(statements[0]) / requests,
        "transactions_per_request": int(
            database.value(
                "select coalesce(sum(calls), 0)::bigint from pg_stat_statements where query ilike 'commit%'"
                " and dbid = (select oid from pg_database where datname = current_database())"
            )
        )
        / requests,
        "costliest_statements": [
            {"calls": int(calls), "ms": float(ms), "sql": sql}
            for calls, ms, sql in database.rows(
                "select calls, round(total_exec_time::numeric, 1), left(regexp_replace(query, '\\s+', ' ', 'g'), 90)"
                " from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())"
                " order by total_exec_time desc limit 8"
            )
        ],
        "client_cpu_seconds": usage.ru_utime + usage.ru_stime,
        "server_cpu_seconds": server,
        "standin_cpu_seconds": peer,
        "memory": sampler.figures(),
    }


class Curl:
    """The requests that our run made, with the same bytes, by `curl --parallel` in three passes, as one follows from the other."""

    def __init__(self, folder, standin, documents, secret):
        self.folder = folder
        self.standin = standin
        self.documents = documents
        # The file that our push takes its token from.
        self.secret = secret

    def run(self, base, connections):
        peer = processor_seconds(self.standin.process.pid)
        own = resource.getrusage(resource.RUSAGE_CHILDREN)
        puts = [
            self.section(
                f"{base}/v1/rekap/{key}",
                ["Content-Type: application/json", f'Idempotency-Key: \\"{key_name}\\"', f"Content-Digest: {digest}"],
                path,
            )
            for key, key_name, digest, path in self.documents
        ]
        answered, put_seconds = self.send(puts, connections)
        transactions = re.findall(rb'"id_transaksi":"([A-Za-z0-9_-]+)"', answered)
        polls = [self.section(f"{base}/v1/transaksi/{id.decode()}") for id in transactions]
        answered, poll_seconds = self.send(polls, connections)
        reads = [self.section(f"{base}/v1/rekap/{key}") for key, _, _, _ in self.documents]
        held, read_seconds = self.send(reads, connections)
        if answered.count(b'"SELESAI"') != len(polls) or held.count(b'"digest":"sha-256:') != len(reads):
            sys.exit("curl did not get the answers that our run got")
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "client_cpu_seconds": ended.ru_utime + ended.ru_stime - own.ru_utime - own.ru_stime,
            "standin_cpu_seconds": processor_seconds(self.standin.process.pid) - peer,
            "seconds": put_seconds + poll_seconds + read_seconds,
            "passes": [put_seconds, poll_seconds, read_seconds],
            "requests": len(puts) + len(polls) + len(reads),
        }

    def section(self, url, headers=(), body=None):
        lines = [f'url = "{url}"', f'header = "Authorization: Bearer {SECRET}"']
        lines.append('header = "Accept: application/json, application/problem+json"')
        lines += [f'header = "{header}"' for header in headers]
        if body:
            lines += ['request = "PUT"', f'data-binary = "@{body}"', 'header = "Expect:"']
        return "\n".join(lines)

    def send(self, sections, connections):
        """Seconds from the start of curl to its end, and everything that was answered."""
        with open(f"{self.folder}/curl.conf", "w") as file:
            file.write("\nnext\n".join(sections) + "\n")
        with open(f"{self.folder}/curl.out", "wb") as out:
            began = time.time()
            subprocess.run(
                ["curl", "-q", "--silent", "--show-error", "--no-progress-meter", "--fail-early", "--http1.1", "--noproxy", "*", "--parallel",
                 "--parallel-max", str(connections), "-K", f"{self.folder}/curl.conf"],
                stdout=out, stderr=subprocess.DEVNULL, check=True,
            )
            seconds = time.time() - began
        with open(f"{self.folder}/curl.out", "rb") as file:
            return file.read(), seconds


def documents(folder, database):
    """Key, idempotency key, Content-Digest and file of every frozen document, from the outbox itself."""
    listed = []
    for number, (kodepemda, period, kind, revision, text, key) in enumerate(
        database.rows(
            "select kodepemda, period, kind, revision, encode(bytes, 'hex'), encode(digest, 'base64') from outbox.document"
        )
    ):
        name = hashlib.sha256(f"posyandud/1 {kodepemda}/{period}/{kind}/{revision} ".encode() + base64.b64decode(key))
        marked = bytearray(name.digest()[:16])
        marked[6], marked[8] = marked[6] & 0x0F | 0x80, marked[8] & 0x3F | 0x80
        path = f"{folder}/{number}.json"
        with open(path, "wb") as file:
            file.write(bytes.fromhex(text))
        listed.append((f"{kodepemda}/{period}/{kind}", str(uuid.UUID(bytes=bytes(marked))), f"sha-256=:{key}:", path))
    return listed


def differences(database, base):
    """Documents whose ledger says otherwise than what the stand-in holds, and the most often that one took effect."""
    ledger = {
        f"{kodepemda}/{period}/{kind}": (state, "sha-256:" + digest)
        for kodepemda, period, kind, state, digest in database.rows(
            "select kodepemda, period, kind, state, encode(digest, 'hex') from outbox.document"
        )
    }
    held = {}
    effects = repeats = 0
    for entry in call(base, "/standin/state")["rekap"]:
        key = entry["kunci"] if isinstance(entry["kunci"], str) else "/".join(entry["kunci"])
        held[key] = ("acknowledged", entry["digest"])
        effects, repeats = max(effects, entry["efek"]), repeats + entry["berulang"]
    wrong = sum(1 for key in ledger.keys() | held.keys() if ledger.get(key) != held.get(key))
    unended = int(database.value("select count(*) from outbox.attempt where finished_at is null"))
    return {"different": wrong, "most_effects": effects, "repeats": repeats, "attempts_without_end": unended}


def counted(base):
    """Requests that the stand-in counted, by route."""
    counts = dict.fromkeys(ROUTES, 0)
    for name, count in call(base, "/standin/stats")["permintaan"].items():
        route = name.split(" ")[0]
        if route in counts:
            counts[route] += count
    return counts


def ideal(database, rate, connections):
    """What the run with faults had to take: its answered requests at the rate without faults, the time its connections spent in
    requests that timed out, and the time in which nothing was under way because every open document waited for its back-off."""
    spans = [
        (float(start), float(end), code == "28")
        for start, end, code in database.rows(
            "select extract(epoch from started_at), extract(epoch from finished_at), curl_code from outbox.attempt"
            " order by started_at"
        )
    ]
    idle, reach = 0.0, spans[0][0]
    for start, end, _ in spans:
        idle += max(0.0, start - reach)
        reach = max(reach, end)
    timeouts = sum(1 for span in spans if span[2])
    waiting = timeouts * TIMEOUT_MS / 1000 / connections
    return {
        "seconds": (len(spans) - timeouts) / rate + waiting + idle,
        "answered_seconds": (len(spans) - timeouts) / rate,
        "timeout_seconds": waiting,
        "idle_seconds": idle,
        "timeouts": timeouts,
    }


def load():
    return os.getloadavg()[0]


class Cluster:
    """Databases of a cluster of its own, each with that many frozen documents of the destination that it is named after."""

    def __init__(self, count, names):
        self.process = subprocess.Popen(
            [f"{PROGRAMS}/push-bench", "prepare", "--documents", str(count), *names],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        line = self.process.stdout.readline()
        self.databases = {name: Database(conninfo) for name, conninfo in json.loads(line).items()}

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def beside_curl(connections, databases, curl, standin, delay):
    """Every part by us and by curl, now one first, now the other."""
    parts = []
    for number, (name, database) in enumerate(databases.items()):
        base, other = standin.room(name, delay), standin.room(f"{name}-curl", delay)
        if number % 2 == 0:
            theirs = curl.run(other, connections)
        ours = push(name, database, standin, base, curl.secret, connections, poll_ms=1)
        if number % 2 == 1:
            theirs = curl.run(other, connections)
        if counted(base) != counted(other):
            sys.exit(f"not the same requests: {counted(base)} and {counted(other)}")
        parts.append({
            "ours": ours, "curl": theirs, "ledger": differences(database, base),
            "ratio": (ours["requests"] / ours["seconds"]) / (theirs["requests"] / theirs["seconds"]),
        })
    return parts


def total(parts, who, member):
    return sum(part[who][member] for part in parts)


def run_of(connections, parts):
    """What the parts give together; the ratio is the median of theirs."""
    requests = total(parts, "ours", "requests")
    return {
        "connections": connections,
        "parts": parts,
        "requests": requests,
        "rate": requests / total(parts, "ours", "seconds"),
        "curl_rate": total(parts, "curl", "requests") / total(parts, "curl", "seconds"),
        "ratio": statistics.median(part["ratio"] for part in parts),
        "statements_per_request": sum(p["ours"]["statements_per_request"] * p["ours"]["requests"] for p in parts) / requests,
        "transactions_per_request": sum(p["ours"]["transactions_per_request"] * p["ours"]["requests"] for p in parts) / requests,
        "peak_kb": max(part["ours"]["memory"]["peak_kb"] for part in parts),
        "wrong": sum(wrong(part["ledger"]) for part in parts),
        "load": load(),
    }


def wrong(ledger):
    return ledger["different"] + ledger["attempts_without_end"] + (ledger["most_effects"] != 1)


def main():
    if load() > os.cpu_count():
        print(f"WARNING: load {load():.2f} on {os.cpu_count()} cores: do not publish these rates.")
    before = load()
    print(f"· freezing {DOCUMENTS} documents for {len(CONNECTIONS) + 1} runs (load {before:.2f})", flush=True)
    cluster = Cluster(DOCUMENTS // PARTS, [f"n{c}-{part}" for c in CONNECTIONS for part in range(PARTS)])
    whole = Cluster(DOCUMENTS, ["faults"])
    # Curl polls at once, so we are asked to wait no longer.
    standin = Standin(retry_after=0)
    runs = []
    with tempfile.TemporaryDirectory(prefix="push-bench.") as folder:
        secret = f"{folder}/secret"
        with open(secret, "w") as file:
            file.write(SECRET)
        with open("config/standin/push-rate.faults") as file:
            delay = file.read()
        with open("config/standin/push-faults.faults") as file:
            faults = file.read()
        listed = documents(folder, cluster.databases[f"n{CONNECTIONS[0]}-0"])
        size = sum(os.path.getsize(path) for _, _, _, path in listed) / len(listed)
        curl = Curl(folder, standin, listed, secret)
        for connections in CONNECTIONS:
            print(f"· {connections} connections, {PARTS} parts beside curl (load {load():.2f})", flush=True)
            own = {name: base for name, base in cluster.databases.items() if name.startswith(f"n{connections}-")}
            runs.append(run_of(connections, beside_curl(connections, own, curl, standin, delay)))
        connections = CONNECTIONS[-1]
        print(f"· {connections} connections, 20 % 503 and 5 % timeouts after commit (load {load():.2f})", flush=True)
        troubled = Standin(retry_after=1)
        base, database = troubled.room("faults", faults), whole.databases["faults"]
        ours = push("faults", database, troubled, base, secret, connections, 2000, TIMEOUT_MS, 1000, 30000)
        least = ideal(database, runs[-1]["rate"], connections)
        ledger = differences(database, base)
        faulty = {
            "connections": connections, "ours": ours, "ideal": least, "share": least["seconds"] / ours["seconds"],
            "ledger": ledger, "wrong": wrong(ledger),
            "outcomes": dict(
                database.rows("select coalesce(code, '-'), count(*) from outbox.attempt group by 1 order by 2 desc")
            ),
        }
        troubled.process.kill()
    standin.process.kill()
    cluster.end()
    whole.end()
    report = {
        "documents": DOCUMENTS, "parts": PARTS, "document_bytes": round(size), "load_before": before,
        "load_after": load(), "cores": os.cpu_count(), "runs": runs, "faults": faulty,
    }
    with open(RESULTS, "w") as file:
        json.dump(report, file, indent=1)
    sys.exit(0 if show(report) else 1)


def show(report):
    """Prints the tables; whether nothing was lost or doubled."""
    print(f"\n{report['documents']} documents of {report['document_bytes']} bytes in {report['parts']} parts, three requests each, "
          f"5 ms an answer, {report['cores']} cores, load {report['load_before']:.2f} before\n")
    print("connections  ours req/s  curl req/s  ratio of the parts, median (least to most)  statements  commits  peak MB  lost or doubled")
    for run in report["runs"]:
        ratios = [part["ratio"] for part in run["parts"]]
        spread = f"{run['ratio']:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(
            f"{run['connections']:>11}  {run['rate']:>10.0f}  {run['curl_rate']:>10.0f}  {spread:>42}  "
            f"{run['statements_per_request']:>10.2f}  {run['transactions_per_request']:>7.2f}  {run['peak_kb'] / 1024:>7.1f}  "
            f"{run['wrong']}"
        )
    print("\nprocessor time in ms a request (pusher or curl, PostgreSQL, stand-in)")
    for run in report["runs"]:
        for who in ("ours", "curl"):
            requests = total(run["parts"], who, "requests")
            times = [
                sum(part[who].get(f"{place}_cpu_seconds", 0) for part in run["parts"]) * 1000 / requests
                for place in ("client", "server", "standin")
            ]
            print(f"{run['connections']:>11}  {who:<10}  " + "  ".join(f"{time:5.2f}" for time in times))
    print()
    for run in report["runs"]:
        verdict = "met" if run["ratio"] >= GOAL else "MISSED"
        print(f"ratio with {run['connections']} connections {run['ratio']:.2f} (goal ≥ {GOAL}: {verdict})")
    faulty = report["faults"]
    ours, least, sizes = faulty["ours"], faulty["ideal"], faulty["ours"]["memory"]
    print(
        f"\n20 % 503, 5 % timeouts after commit, {faulty['connections']} connections: {ours['requests']} requests in "
        f"{ours['seconds']:.1f} s; ideal {least['seconds']:.1f} s ({least['answered_seconds']:.1f} answered, "
        f"{least['timeout_seconds']:.1f} of {least['timeouts']} timeouts, {least['idle_seconds']:.1f} nothing due): "
        f"{faulty['share']:.2f} of the rate that was possible; memory MB {sizes['begin_kb'] / 1024:.1f} → "
        f"{sizes['end_kb'] / 1024:.1f}, peak {sizes['peak_kb'] / 1024:.1f}; lost or doubled {faulty['wrong']}"
    )
    return faulty["wrong"] + sum(run["wrong"] for run in report["runs"]) == 0


main()
