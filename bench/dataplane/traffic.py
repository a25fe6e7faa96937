"""Traffic between two network namespaces, for the dataplane benchmark. Blocking sockets, standard library only.

  traffic.py serve ADDRESS STREAM CONNECT ECHO         the three servers; prints "ready"
  traffic.py measure ADDRESS STREAM CONNECT ECHO SECONDS
      one JSON object: stream (bytes/s of one TCP stream), p50 and p99 (ns of a UDP round trip),
      connections (TCP connections opened per second, one after the other)
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
QUIET = b"quiet"
BUFFER = 1 << 17
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


def serve_stream(listener):
    buffer = bytearray(BUFFER)
    while True:
        sock, _ = listener.accept()
        with sock:
            total = 0
            while count := sock.recv_into(buffer):
                total += count
            sock.sendall(struct.pack("!Q", total))


def serve_connect(listener):
    """Ends each connection with a reset, so that neither side keeps it in TIME_WAIT."""
    reset = struct.pack("ii", 1, 0)
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        sock.close()


def serve_echo(sock):
    while True:
        payload, peer = sock.recvfrom(64)
        if payload != QUIET:
            sock.sendto(payload, peer)


def serve(address, stream, connect, echo):
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind((address, echo))
    threading.Thread(target=serve_stream, args=[listening(address, stream)], daemon=True).start()
    threading.Thread(target=serve_connect, args=[listening(address, connect)], daemon=True).start()
    print("ready", flush=True)
    serve_echo(datagrams)


def stream_rate(address, port, seconds):
    payload = bytes(BUFFER)
    with bounded(socket.socket()) as sock:
        sock.connect((address, port))
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            sock.sendall(payload)
        sock.shutdown(socket.SHUT_WR)
        (received,) = struct.unpack("!Q", sock.recv(8, socket.MSG_WAITALL))
        return received / (time.perf_counter() - start)


def round_trips(address, port, seconds):
    trips = []
    with bounded(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.connect((address, port))
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = time.perf_counter_ns()
            sock.send(b"ping")
            sock.recv(64)
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


def measure(address, stream, connect, echo, seconds):
    gc.disable()
    p50, p99 = round_trips(address, echo, seconds)
    return {
        "p50": p50,
        "p99": p99,
        "connections": connection_rate(address, connect, seconds),
        "stream": stream_rate(address, stream, seconds),
    }


def datagram(address, port, payload):
    with bounded(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("", FIXED_SOURCE_PORT))
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
