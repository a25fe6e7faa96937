"""Sends a steady stream of raw IP packets, each a connection of its own, and tells which of them arrive.

First line on standard input: {"spaces": [{"space", "netns", "device"}], "flows": [FLOW, ...], "rate": N}; FLOW is a
packet of raw-prober.py with "to", the space where it shall arrive, and without id and source port. The end of standard
input ends the stream. Standard output: {"ready": true}, then one line for each burst, once nothing more of it can
arrive:

  {"first": N, "sent": NS, "until": NS, "arrived": HEX, "late": N}

Probe number n is of flow n modulo the number of flows. `arrived`: a byte for each probe of the burst, 1 = it arrived.
Times are of the monotonic clock. `late`: packets so far that arrived after their burst had been told of.
"""

import importlib.machinery
import importlib.util
import json
import pathlib
import select
import sys
import time

BURST = 32
# Nanoseconds after which a probe counts as lost.
PATIENCE = 3_000_000_000
# Ports that no policy of the tests tells apart.
FIRST_PORT, PORTS = 33_000, 28_000


def load_raw_prober():
    path = str(pathlib.Path(__file__).parents[2] / "kernel" / "raw-prober.py")
    loader = importlib.machinery.SourceFileLoader("raw_prober", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("raw_prober", loader))
    loader.exec_module(module)
    return module


raw = load_raw_prober()


class Burst:
    def __init__(self, first):
        self.first = first
        self.arrived = bytearray(BURST)


class Stream:
    def __init__(self, order):
        self.prober = raw.Prober()
        for space in order["spaces"]:
            self.prober.open(space)
        self.flows = order["flows"]
        self.period = BURST * 1_000_000_000 // order["rate"]
        self.bursts = {}
        self.late = 0
        for flow in self.flows:
            version = 6 if ":" in flow["source"] else 4
            for name, space in self.prober.spaces.items():
                self.prober.watch(name, space.expect(version, flow["protocol"]))

    def send(self, first):
        burst = Burst(first)
        packets = []
        for number in range(first, first + BURST):
            flow = self.flows[number % len(self.flows)]
            port = FIRST_PORT + number // len(self.flows) % PORTS
            _, data = raw.build({**flow, "id": number, "sourcePort": port})
            packets.append((flow, data))
        self.bursts[first // BURST] = burst
        burst.sent = time.monotonic_ns()
        for flow, data in packets:
            version = 6 if ":" in flow["source"] else 4
            self.prober.spaces[flow["from"]].send(version, data, flow["destination"])
        burst.until = time.monotonic_ns()

    def receive(self, seconds):
        self.prober.receive(max(seconds, 0))
        for space, number in self.prober.arrived:
            if self.flows[number % len(self.flows)]["to"] != space:
                continue
            burst = self.bursts.get(number // BURST)
            if burst is None:
                self.late += 1
            else:
                burst.arrived[number % BURST] = 1
        self.prober.arrived = []

    def tell(self, before):
        for number, burst in list(self.bursts.items()):
            if burst.until > before:
                break
            del self.bursts[number]
            told = {"first": burst.first, "sent": burst.sent, "until": burst.until}
            print(json.dumps({**told, "arrived": burst.arrived.hex(), "late": self.late}))
        sys.stdout.flush()

    def run(self):
        first, due = 0, time.monotonic_ns()
        while not select.select([sys.stdin], [], [], 0)[0]:
            now = time.monotonic_ns()
            if now >= due:
                self.send(first)
                first += BURST
                # Time that was missed is not made up for: it would come as a flood.
                due = max(due + self.period, now)
            self.receive((due - time.monotonic_ns()) / 1e9)
            self.tell(time.monotonic_ns() - PATIENCE)
        end = time.monotonic_ns() + PATIENCE
        while (left := end - time.monotonic_ns()) > 0:
            self.receive(left / 1e9)
        self.tell(end)


stream = Stream(json.loads(sys.stdin.readline()))
print(json.dumps({"ready": True}), flush=True)
stream.run()
