"""Traffic between two network namespaces, for the dataplane benchmark. Blocking sockets, standard library only.

  traffic.py serve ADDRESS CONNECT ECHO STREAM         the servers, until standard input ends; prints "ready"
  traffic.py measure ADDRESS CONNECT ECHO STREAM SECONDS
      one JSON object: packets (datagrams per second of one UDP stream that arrive), p50 and p99 (ns of a UDP round
      trip), connections (TCP connections opened per second, one after the other)
  traffic.py echo|quiet ADDRESS PORT     one UDP datagram from a fixed source port, answered or not
  traffic.py syn ADDRESS PORT            one TCP SYN that nobody answers

Client and server run on one CPU: with the forwarding between them, which happens in the sender's context, they then
share one budget of time, and no figure depends on how fast one CPU wakes another.
"""
import gc
import json
import os
import socket
import struct
import sys
import threading
import time

FIXED_SOURCE_PORT = 40000
QUIET, SINK, COUNT = b"quiet", b"sink", b"count"
DATAGRAM = bytes(1400)
BURST = 64
TIMEOUT = struct.pack("ll", 5, 0)


def bounded(sock):
    """A lost packet fails the run after five seconds, instead of hanging it."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, TIMEOUT)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, TIMEOUT)
    return sock


def listening(address, port):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(1024)
    return sock


def bound(address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    return sock


def connected(address, port):
    sock = bounded(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sock.connect((address, port))
    return sock


def arrived():
    """UDP datagrams that this namespace's sockets got, with those that found the socket's buffer full."""
    with open("/proc/net/snmp", encoding="ascii") as file:
        names, values = (line.split() for line in file if line.startswith("Udp:"))
    counters = dict(zip(names, values))
    return int(counters["InDatagrams"]) + int(counters["InErrors"])


def serve_connect(listener):
    """Ends each connection with a reset, so that neither side keeps it in TIME_WAIT."""
    reset = struct.pack("ii", 1, 0)
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        sock.close()


def serve_datagrams(address, echo, stream):
    """Nobody reads the sink after its first datagram: what arrives is counted by the kernel, at no cost."""
    sock, sink = bound(address, echo), None
    while True:
        payload, peer = sock.recvfrom(64)
        if payload == COUNT:
            sock.sendto(str(arrived()).encode(), peer)
        elif payload == SINK:
            if sink is not None:
                sink.close()
            sink = bounded(bound(address, stream))
            sock.sendto(payload, peer)
            sink.sendto(*sink.recvfrom(64))  # The answer makes the flow an established one.
        elif payload != QUIET:
            sock.sendto(payload, peer)


def end_with_parent():
    sys.stdin.read()
    os._exit(0)


def serve(address, connect, echo, stream):
    threading.Thread(target=end_with_parent, daemon=True).start()
    threading.Thread(target=serve_connect, args=[listening(address, connect)], daemon=True).start()
    print("ready", flush=True)
    serve_datagrams(address, echo, stream)


def ask(sock, payload):
    sock.send(payload)
    return sock.recv(64)


def packet_rate(address, echo, stream, seconds):
    with connected(address, echo) as control, connected(address, stream) as sock:
        ask(control, SINK)
        ask(sock, b"first")
        before = int(ask(control, COUNT))
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            for _ in range(BURST):
                sock.send(DATAGRAM)
        elapsed = time.perf_counter() - start
        return (int(ask(control, COUNT)) - before) / elapsed


def round_trips(address, port, seconds):
    trips = []
    with connected(address, port) as sock:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = time.perf_counter_ns()
            ask(sock, b"ping")
            trips.append(time.perf_counter_ns() - start)
    trips.sort()
    return trips[len(trips) // 2], trips[len(trips) * 99 // 100]


def connection_rate(address, port, seconds):
    opened = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        with bounded(socket.socket()) as sock:
            try:
                sock.connect((address, port))
                sock.recv(1)
            except ConnectionResetError:
                pass  # The server's reset, of an open connection: before that it would be "refused".
        opened += 1
    return opened / (time.perf_counter() - start)


def measure(address, connect, echo, stream, seconds):
    gc.disable()
    p50, p99 = round_trips(address, echo, seconds)
    return {
        "p50": p50,
        "p99": p99,
        "connections": connection_rate(address, connect, seconds),
        "packets": packet_rate(address, echo, stream, seconds),
    }


def datagram(address, port, payload):
    with bounded(bound("", FIXED_SOURCE_PORT)) as sock:
        sock.connect((address, port))
        sock.send(payload)
        if payload != QUIET:
            sock.recv(64)


def syn(address, port):
    with socket.socket() as sock:
        sock.setblocking(False)
        sock.connect_ex((address, port))
        time.sleep(0.02)  # Closed long before the first retransmission, which comes after a second.


if __name__ == "__main__":
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    verb, host, *numbers = sys.argv[1:]
    if verb == "serve":
        serve(host, *map(int, numbers))
    elif verb == "measure":
        print(json.dumps(measure(host, *map(int, numbers[:3]), float(numbers[3]))))
    elif verb == "syn":
        syn(host, int(numbers[0]))
    else:
        datagram(host, int(numbers[0]), QUIET if verb == "quiet" else b"echo")
