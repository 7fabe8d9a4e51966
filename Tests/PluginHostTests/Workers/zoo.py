#!/usr/bin/env python3
# A worker that does what the record's payload tells it, right or wrong.
# SPDX-License-Identifier: Apache-2.0
import ctypes
import json
import os
import signal
import socket
import sys
import threading
import time

import wire

SECTOR = os.path.basename(os.environ["POSYANDUD_SECTOR_DIR"])


def denied(action):
    try:
        action()
        return "diizinkan"
    except (OSError, RuntimeError) as error:
        return "ditolak " + str(getattr(error, "errno", "?"))


def raw(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def libc(name, *arguments):
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def forbidden(what):
    own = os.environ["POSYANDUD_SECTOR_DIR"]
    parent = os.getppid()
    actions = {
        "socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "unix_socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        "socketpair": lambda: socket.socketpair(),
        "shadow": lambda: open("/etc/shadow").read(1),
        "passwd": lambda: open("/etc/passwd").read(1),
        "write_tmp": lambda: open("/tmp/posyandud-zoo", "w"),
        "write_own": lambda: open(own + "/bekas", "w"),
        "truncate_own": lambda: os.open(own + "/sector.json", os.O_RDONLY | os.O_TRUNC),
        "unlink_own": lambda: os.unlink(own + "/sector.json"),
        "chmod_own": lambda: os.chmod(own + "/sector.json", 0o777),
        "touch_own": lambda: os.utime(own + "/sector.json"),
        "rename_own": lambda: os.rename(own + "/sector.json", own + "/x.json"),
        "kill_parent": lambda: os.kill(parent, 0),
        "kill_all": lambda: os.kill(-1, 0),
        "kill_group": lambda: os.killpg(os.getpgid(parent), 0),
        "tgkill_parent": lambda: libc("syscall", 234, parent, parent, 0),
        "sigqueue_parent": lambda: libc("sigqueue", parent, 0, None),
        "pidfd_parent": lambda: os.pidfd_open(parent),
        "limit_parent": lambda: libc("prlimit", parent, 7, None, ctypes.create_string_buffer(16)),
        "ptrace_parent": lambda: libc("ptrace", 0x4206, parent, None, None),
        "memory_of_parent": lambda: open(f"/proc/{parent}/mem", "rb"),
        "environment_of_parent": lambda: open(f"/proc/{parent}/environ", "rb"),
        "fork": lambda: os.fork(),
        "execute": lambda: os.execv("/bin/ls", ["ls"]),
        "memfd": lambda: os.memfd_create("x"),
        "shared_memory": lambda: libc("shmget", 4711, 4096, 0o1600),
        "descriptor_3": lambda: os.fstat(3),
    }
    return denied(actions[what])


def answer(record):
    payload = record["payload"]
    action = payload.get("aksi", "baik")
    ok = {
        "effects": [{"put": {"aksi": action}}],
        "contributions": [{"indicator": SECTOR + ".catatan", "period": record["date"][:7], "value": 1}],
    }
    if action == "baik":
        return ok
    if action == "coba":
        return {"effects": [{"put": {"aksi": payload["apa"], "hasil": forbidden(payload["apa"])}}]}
    if action == "benang":
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
        return ok
    if action == "lingkungan":
        return {"effects": [{"put": {"aksi": " ".join(sorted(os.environ)), "hasil": os.getcwd()}}]}
    if action == "konteks":
        return {"effects": [{"put": {"aksi": record["context"]["subject"]["id"]}}]}
    if action == "parameter":
        return {"effects": [{"put": {"aksi": json.dumps(parameters)}}]}
    if action == "tolak":
        return {"violations": [{"code": "kebun.tolak", "field": "aksi", "message": "aksi ditolak"}]}
    if action == "tolak_efek":
        return {"effects": [{"put": {"aksi": "x"}}, {"reject": [{"code": "a.b", "message": "m"}]}]}
    if action == "trap":
        os.kill(os.getpid(), signal.SIGILL)
    if action == "keluar":
        os._exit(3)
    if action == "keluar_baik":
        os._exit(0)
    if action == "putar":
        while True:
            pass
    if action == "diam":
        time.sleep(3600)
    if action == "sampah":
        raw("bukan json\n")
        return ok
    if action == "bukan_objek":
        raw("[1]\n")
        return ok
    if action == "id_salah":
        wire.send({"id": "salah", "effects": [], "contributions": []})
        return None
    if action == "hilang":
        return None
    if action == "lebih":
        wire.send({"id": record["id"], **ok})
        return ok
    if action == "lebih_akhir":
        wire.send({"id": record["id"], **ok})
        raw('{"end":1}\n{"end":1}\n{"end":1}\n')
        return None
    if action == "akhir_salah":
        wire.send({"id": record["id"], **ok})
        raw('{"end":999}\n')
        return None
    if action == "seratus_mb":
        for _ in range(100):
            raw("x" * (1 << 20))
        return ok
    if action == "ingatan":
        hoard = []
        while True:
            hoard.append(bytearray(16 << 20))
    if action == "tutup":
        os.close(1)
        time.sleep(3600)
    if action == "cerewet":
        for number in range(5000):
            sys.stderr.write(f"W! baris {number} {'y' * 200}\n")
        sys.stderr.flush()
        return ok
    if action == "cetak":
        print("debug")
        return ok
    if action == "medan_asing":
        return {"effects": [{"put": {"asing": 1}}]}
    if action == "indikator_asing":
        return {"effects": [], "contributions": [{"indicator": "kebun.asing", "period": record["date"][:7], "value": 1}]}
    if action == "jenis_salah":
        return {"effects": [{"put": {"aksi": 7}}]}
    if action == "efek_asing":
        return {"effects": [{"jalankan": {"sql": "drop table"}}]}
    if action == "besar":
        return {"effects": [{"put": {"aksi": payload["isi"]}}]}
    raise RuntimeError("aksi tidak dikenal")


def initialize(message):
    global parameters
    parameters = message["parameters"]
    sys.stderr.write("I! siap\n")
    sys.stderr.flush()


wire.serve([SECTOR + ".catatan"], answer, initialize)
