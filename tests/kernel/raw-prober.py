"""Sends raw IP packets out of network namespaces and tells where they arrive.

One process serves all namespaces of a test: a socket stays in the namespace that it was made in. One JSON request a
line on standard input, one JSON reply a line on standard output:

  {"op": "open", "space": NAME, "netns": NAME, "device": NAME or null}   ->  {}
  {"op": "close", "space": NAME}                                         ->  {}
  {"op": "probe", "quiet": SECONDS, "packets": [PACKET, ...]}            ->  {"arrived": [[SPACE, ID], ...]}

PACKET = {"id", "from": SPACE, "source", "destination", "protocol", "sourcePort", "destinationPort", "type", "code"}.
A reply {"error": TEXT} means that the request could not be carried out.

A space with a device stands for a machine at the other end of a wire: packets are written to the device and read
from it as they are, whatever their addresses. Both ends of the wire must have the same hardware address. A space
without a device is the host under test: packets pass its own OUTPUT and INPUT, because they go through raw sockets.
"""

import ctypes
import ipaddress
import json
import os
import select
import socket
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
ETHERTYPE = {4: 0x0800, 6: 0x86DD}
SO_RCVBUFFORCE = 33
RECEIVE_BUFFER = 32 << 20

ICMP, TCP, UDP, DCCP, ICMPV6, SCTP, UDPLITE = 1, 6, 17, 33, 58, 132, 136

# Marks our payload; a run's own number keeps it apart from whatever else may be on the wire.
MAGIC = b"cali" + os.urandom(4)
PAYLOAD = struct.Struct("!8sI")
# Where the payload starts, counted from the transport header. Other protocols get zeros first, which no kernel's
# parser (GRE, AH) takes for something that it must follow.
PAYLOAD_AT = {ICMP: 8, TCP: 20, UDP: 8, DCCP: 20, ICMPV6: 8, SCTP: 36, UDPLITE: 8}
OTHER_PAYLOAD_AT = 8


def crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC32C = crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ CRC32C[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def with_checksum(segment, at, pseudo_header):
    """The segment with its checksum put at offset `at`; zero is sent as all ones (RFC 768)."""
    value = checksum(pseudo_header + segment) or 0xFFFF
    return segment[:at] + struct.pack("!H", value) + segment[at + 2 :]


def transport(packet, source, destination):
    """The transport header and the payload with the packet's id."""
    ident, protocol = packet["id"], packet["protocol"]
    payload = PAYLOAD.pack(MAGIC, ident)
    sport, dport = packet["sourcePort"] or 0, packet["destinationPort"] or 0

    def pseudo(length):
        if len(source) == 4:
            return source + destination + struct.pack("!BBH", 0, protocol, length)
        return source + destination + struct.pack("!I3xB", length, protocol)

    if protocol == TCP:
        syn = struct.pack("!HHIIBBHHH", sport, dport, ident, 0, 5 << 4, 0x02, 65535, 0, 0) + payload
        return with_checksum(syn, 16, pseudo(len(syn)))
    if protocol == UDP:
        datagram = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
        return with_checksum(datagram, 6, pseudo(len(datagram)))
    if protocol == UDPLITE:
        # A coverage of 0 is the whole datagram (RFC 3828).
        datagram = struct.pack("!HHHH", sport, dport, 0, 0) + payload
        return with_checksum(datagram, 6, pseudo(len(datagram)))
    if protocol == DCCP:
        # A REQUEST (RFC 4340 §5.1): 5 words of header, type 0 with long sequence numbers, service code 0.
        request = struct.pack("!HHBBHBBHII", sport, dport, 5, 0, 0, 1, 0, 0, ident, 0) + payload
        return with_checksum(request, 6, pseudo(len(request)))
    if protocol == SCTP:
        # An INIT (RFC 9260 §3.3.2) whose payload is a parameter that receivers skip.
        parameter = struct.pack("!HH", 0x8FFF, 4 + len(payload)) + payload
        init = struct.pack("!BBHIIHHI", 1, 0, 20 + len(parameter), ident + 1, 65535, 1, 1, ident) + parameter
        header = struct.pack("!HHI", sport, dport, 0)
        return header + struct.pack("<I", crc32c(header + b"\0\0\0\0" + init)) + init
    if protocol in (ICMP, ICMPV6) and packet["type"] is not None:
        message = struct.pack("!BBHHH", packet["type"], packet["code"], 0, ident & 0xFFFF, ident >> 16) + payload
        if protocol == ICMP:
            return with_checksum(message, 2, b"")
        return with_checksum(message, 2, pseudo(len(message)))
    return bytes(OTHER_PAYLOAD_AT) + payload


def build(packet):
    """The whole IP packet, and its version."""
    source = ipaddress.ip_address(packet["source"])
    destination = ipaddress.ip_address(packet["destination"])
    segment = transport(packet, source.packed, destination.packed)
    protocol = packet["protocol"]
    if source.version == 6:
        header = struct.pack("!IHBB", 6 << 28, len(segment), protocol, 64)
        return 6, header + source.packed + destination.packed + segment
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, 64, protocol, 0)
    header += source.packed + destination.packed
    return 4, header[:10] + struct.pack("!H", checksum(header)) + header[12:] + segment


def ident_of(protocol, segment):
    """The id in a transport segment of ours, or None."""
    at = PAYLOAD_AT.get(protocol, OTHER_PAYLOAD_AT)
    if len(segment) < at + PAYLOAD.size:
        return None
    magic, ident = PAYLOAD.unpack_from(segment, at)
    return ident if magic == MAGIC else None


def without_header4(packet):
    return packet[9], packet[(packet[0] & 0xF) * 4 :]


def without_header6(packet):
    return packet[6], packet[40:]


class Wire:
    """A device at whose other end is the host under test."""

    def __init__(self, device):
        self.device = device
        self.by_version = {}
        self.readers = []
        for version, strip in ((4, without_header4), (6, without_header6)):
            opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
            # A socket of one ethertype sees what comes in only, not what is sent.
            opened.bind((device, ETHERTYPE[version]))
            self.by_version[version] = opened
            self.readers.append((opened, strip))

    def close(self):
        for opened in self.by_version.values():
            opened.close()

    def expect(self, version, protocol):
        return []

    def send(self, version, data, destination):
        opened = self.by_version[version]
        own = opened.getsockname()[4]
        opened.sendto(data, (self.device, ETHERTYPE[version], 0, 0, own))


class Stack:
    """The host under test. Raw sockets get what its INPUT lets through, each one protocol (raw(7))."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.senders = {
            4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
            6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW),
        }
        self.readers = []
        self.expected = set()

    def close(self):
        for opened in (*self.senders.values(), *(reader for reader, _ in self.readers)):
            opened.close()

    def expect(self, version, protocol):
        """Opens the socket that a protocol needs; returns the new readers."""
        if (version, protocol) in self.expected:
            return []
        self.expected.add((version, protocol))
        family, strip = (
            (socket.AF_INET, without_header4)
            if version == 4
            # An IPv6 socket does not deliver the header.
            else (socket.AF_INET6, lambda segment: (protocol, segment))
        )
        with self.namespace:
            reader = (socket.socket(family, socket.SOCK_RAW, protocol), strip)
        self.readers.append(reader)
        return [reader]

    def send(self, version, data, destination):
        try:
            self.senders[version].sendto(data, (destination, 0))
        except PermissionError:
            pass  # Its own OUTPUT dropped the packet.


class InNamespace:
    """What is made inside `with` belongs to that network namespace."""

    libc = ctypes.CDLL(None, use_errno=True)

    def __init__(self, name):
        self.inside = os.open(f"/var/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)

    def __enter__(self):
        self.outside = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.switch(self.inside)

    def __exit__(self, *_):
        self.switch(self.outside)
        os.close(self.outside)

    def switch(self, descriptor):
        if self.libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def close(self):
        os.close(self.inside)


class Prober:
    def __init__(self):
        self.spaces = {}
        self.namespaces = {}
        self.poll = select.epoll()
        self.readers = {}
        self.arrived = []

    def watch(self, space, readers):
        for opened, strip in readers:
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
            self.readers[opened.fileno()] = (space, opened, strip)
            self.poll.register(opened, select.EPOLLIN)

    def open(self, request):
        name, device = request["space"], request["device"]
        namespace = InNamespace(request["netns"])
        with namespace:
            space = Stack(namespace) if device is None else Wire(device)
        self.spaces[name], self.namespaces[name] = space, namespace
        self.watch(name, space.readers)
        return {}

    def close(self, request):
        name = request["space"]
        space = self.spaces.pop(name)
        for opened, _ in space.readers:
            self.poll.unregister(opened)
            del self.readers[opened.fileno()]
        space.close()
        self.namespaces.pop(name).close()
        return {}

    def receive(self, timeout):
        """Reads all that is there; returns whether something of ours was."""
        before = len(self.arrived)
        for descriptor, _ in self.poll.poll(timeout):
            space, opened, strip = self.readers[descriptor]
            while True:
                try:
                    packet = opened.recv(65535)
                except BlockingIOError:
                    break
                ident = ident_of(*strip(packet))
                if ident is not None:
                    self.arrived.append((space, ident))
        return len(self.arrived) > before

    def probe(self, request):
        packets = [(packet, *build(packet)) for packet in request["packets"]]
        for packet, version, _ in packets:
            for name, space in self.spaces.items():
                self.watch(name, space.expect(version, packet["protocol"]))
        self.receive(0)
        self.arrived = []
        for index, (packet, version, data) in enumerate(packets):
            try:
                self.spaces[packet["from"]].send(version, data, packet["destination"])
            except OSError as error:
                raise RuntimeError(f"{packet} cannot be sent: {error}") from error
            if index % 64 == 63:
                self.receive(0)
        end = time.monotonic() + request["quiet"]
        while (left := end - time.monotonic()) > 0:
            if self.receive(left):
                end = time.monotonic() + request["quiet"]
        return {"arrived": self.arrived}


def main():
    prober = Prober()
    operations = {"open": prober.open, "close": prober.close, "probe": prober.probe}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = operations[request["op"]](request)
        except (OSError, RuntimeError) as error:
            reply = {"error": str(error)}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
