import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { peersOf } from "./peers.ts";
import { readProtocols } from "./protocols.ts";
import { readRoutes } from "./routes.ts";
import { askBird, BirdError } from "./socket.ts";
import { birdStatus } from "./status.ts";

let serial = 0;

/** A control socket that greets as BIRD 2.0.12 does, and answers every command with `reply`. */
async function daemon<T>(reply: string, body: (socket: string) => Promise<T>): Promise<T> {
  const socket = join(tmpdir(), `calico-bird-${process.pid}-${serial++}.ctl`);
  const server = createServer((connection) => {
    connection.write("0001 BIRD 2.0.12 ready.\n");
    connection.on("error", () => undefined);
    connection.once("data", () => connection.write(reply));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    return await body(socket);
  } finally {
    server.close();
  }
}

const PROTOCOLS = `2002-Name       Proto      Table      State  Since         Info
1002-kernel4    Kernel     master4    up     2026-11-26 00:25:55.067  \n
1002-Mesh_172_16_1_12 BGP        ---        up     2026-11-26 00:25:56  Established   \n1006-  BGP state:          Established
     Neighbor address: 172.16.1.12
     Neighbor AS:      64512
   Channel ipv4
     State:          UP
     Routes:         3 imported, 1 exported, 3 preferred
1002-Global_fd30__1 BGP        ---        start  2026-11-26 00:25:56  Active        Socket: Connection refused
1006-  BGP state:          Passive
     Neighbor address: fd30::1
     Neighbor AS:      65001
     Last error:       Socket: Connection refused
0000 \n`.replaceAll("\n\n", "\n");

describe("askBird", () => {
  test("gives continued lines the code of those before", async () => {
    const lines = await daemon(PROTOCOLS, (socket) => askBird(socket, "show protocols all"));
    expect(lines.filter(({ code }) => code === "1002")).toHaveLength(3);
    expect(lines.find(({ text }) => text.includes("Neighbor address: 172"))?.code).toBe("1006");
  });

  test("tells a refusal from a daemon that is not there", async () => {
    const refused = daemon("9001 syntax error, unexpected CF_SYM_UNDEFINED\n", (socket) =>
      askBird(socket, "x"),
    );
    await expect(refused).rejects.toMatchObject({ kind: "refused" });
    await expect(askBird("/nowhere/bird.ctl", "show status")).rejects.toThrow(BirdError);
    await expect(askBird("/nowhere/bird.ctl", "show status")).rejects.toMatchObject({ kind: "not-running" });
  });
});

test("sessions, with their type, state and counts", async () => {
  const peers = peersOf(
    readProtocols(await daemon(PROTOCOLS, (socket) => askBird(socket, "show protocols all"))),
  );
  expect(peers).toMatchObject([
    {
      name: "Mesh_172_16_1_12",
      version: 4,
      address: "172.16.1.12",
      asNumber: 64512,
      type: "mesh",
      state: "up",
      since: "2026-11-26 00:25:56",
      info: "Established",
      bgpState: "Established",
      imported: 3,
      exported: 1,
    },
    {
      version: 6,
      address: "fd30::1",
      type: "global",
      state: "start",
      info: "Active Socket: Connection refused",
      bgpState: "Active",
      imported: 0,
    },
  ]);
});

const STATUS = `1000-BIRD 2.0.12
1011-Router ID is 172.16.1.11
 Hostname is vm
 Current server time is 2026-11-26 00:26:21.229
 Last reboot on 2026-11-26 00:25:55.067
 Last reconfiguration on 2026-11-26 00:25:56.000
`;

test("the daemon itself, and that it is not ready while it restarts gracefully", async () => {
  expect(await daemon(`${STATUS}0013 Daemon is up and running\n`, birdStatus)).toEqual({
    version: "2.0.12",
    routerId: "172.16.1.11",
    lastBoot: "2026-11-26 00:25:55.067",
    lastReconfiguration: "2026-11-26 00:25:56.000",
    isReady: true,
  });
  const restarting = `${STATUS}0024-Graceful restart recovery in progress\n  Waiting for 1 channels to recover\n0013 Daemon is up and running\n`;
  expect((await daemon(restarting, birdStatus)).isReady).toBe(false);
});

test("routes: a prefix once for all of its ways, and the first of several next hops", () => {
  const text = [
    "Table master4:",
    "10.65.0.16/28        unicast [Mesh_172_16_1_12 00:25:57.068] * (100) [i]",
    "\tvia 172.16.1.12 on eth0",
    "\tvia 172.16.1.13 on eth1",
    "                     unicast [Global_1 00:25:57.068 from 172.16.1.9] (100) [i]",
    "\tvia 172.16.1.9 on eth0",
    "10.65.0.0/28         blackhole [blocks4 00:25:55.067] * (200)",
    "10.65.0.2/32         unicast [kernel4 00:25:56.068] * (10)",
    "\tdev cali0791b6e9dba",
  ];
  expect(readRoutes(text.map((line) => ({ code: "1007", text: line })))).toEqual([
    {
      destination: "10.65.0.16/28",
      protocol: "Mesh_172_16_1_12",
      from: undefined,
      isBest: true,
      gateway: "172.16.1.12",
      interfaceName: "eth0",
    },
    {
      destination: "10.65.0.16/28",
      protocol: "Global_1",
      from: "172.16.1.9",
      isBest: false,
      gateway: "172.16.1.9",
      interfaceName: "eth0",
    },
    {
      destination: "10.65.0.0/28",
      protocol: "blocks4",
      from: undefined,
      isBest: true,
      gateway: undefined,
      interfaceName: undefined,
    },
    {
      destination: "10.65.0.2/32",
      protocol: "kernel4",
      from: undefined,
      isBest: true,
      gateway: undefined,
      interfaceName: "cali0791b6e9dba",
    },
  ]);
});
