import { describe, expect, test } from "vitest";
import { formatIp } from "../../compiler/index.ts";
import { parseConnection } from "./conntrack.ts";

/** As words: `protocol source:port>destination:port`, and the other direction. */
function read(line: string): readonly string[] {
  return parseConnection(line).map(({ protocol, original, reply, icmp }) => {
    const [there, back] = [original, reply].map(
      ({ source, destination, sourcePort, destinationPort }) =>
        `${formatIp(source)}:${sourcePort ?? ""}>${formatIp(destination)}:${destinationPort ?? ""}`,
    );
    const kind = icmp === undefined ? "" : ` type ${icmp.type} code ${icmp.code} id ${icmp.id}`;
    return `${protocol} ${there} ${back}${kind}`;
  });
}

describe("a line of conntrack", () => {
  test.each([
    [
      "tcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1234 dport=80 src=10.0.0.2 dst=10.0.0.1 sport=80 dport=1234 [ASSURED] mark=0 use=1",
      "6 10.0.0.1:1234>10.0.0.2:80 10.0.0.2:80>10.0.0.1:1234",
    ],
    [
      "udp      17 29 src=10.0.0.1 dst=10.96.0.10 sport=5353 dport=53 [UNREPLIED] src=10.65.0.7 dst=10.0.0.1 sport=5300 dport=5353 mark=0 use=1",
      "17 10.0.0.1:5353>10.96.0.10:53 10.65.0.7:5300>10.0.0.1:5353",
    ],
    [
      "icmpv6   58 29 src=fd00::1 dst=fd00::2 type=128 code=0 id=7 src=fd00::2 dst=fd00::1 type=129 code=0 id=7 mark=0 use=1",
      "58 fd00::1:>fd00::2: fd00::2:>fd00::1: type 128 code 0 id 7",
    ],
    [
      "unknown  4 599 src=10.0.0.1 dst=10.0.0.2 src=10.0.0.2 dst=10.0.0.1 mark=0 use=1",
      "4 10.0.0.1:>10.0.0.2: 10.0.0.2:>10.0.0.1:",
    ],
  ])("%s", (line, words) => {
    expect(read(line)).toEqual([words]);
  });

  test.each(["", "conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown."])(
    "is none: %j",
    (line) => {
      expect(read(line)).toEqual([]);
    },
  );
});
