import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseIp } from "../../../compiler/net/ip.ts";
import { evaluate } from "../../../compiler/semantics/evaluator/evaluate.ts";
import { missingForKernelTests } from "../requirements.ts";
import { WORLD_TOOLS, World } from "../world.ts";
import { gnp, hostEndpoint, revision } from "./case.ts";
import { HOST_ADDRESSES, NODE, OUTSIDE_ADDRESSES } from "./inventory.ts";
import { parseVerdicts } from "./notation.ts";
import { Peer } from "./peer.ts";

const missing = missingForKernelTests(WORLD_TOOLS);

const HOST = "172.16.1.11";
const SUBJECT = "10.65.0.16";
const WORLD4 = "203.0.113.5";
const PORT = 9000;

/** What a service proxy redirects, and whereto. */
const NODE_PORT = { at: HOST, port: 30_080, to: SUBJECT };
const LOCAL_SERVICE = { at: "10.96.0.11", port: 80, to: SUBJECT };
const REMOTE_SERVICE = { at: "10.96.0.10", port: 80, to: WORLD4 };
const SERVICES = [NODE_PORT, LOCAL_SERVICE, REMOTE_SERVICE];

const UPLINK = hostEndpoint("uplink", "interfaceName: eth0, profiles: [projectcalico-default-allow]");
const CLOSED_UPLINK = hostEndpoint("uplink", "interfaceName: eth0");
const uplink = (spec: string) => gnp("uplink", `selector: host == 'uplink', ${spec}`);
const pod = (spec: string) => gnp("pod", `selector: is == 's0', types: [Ingress], ${spec}`);
const tcp = (action: string, match: string) =>
  `{ action: ${action}, protocol: TCP, destination: { ${match} } }`;
const preDnat = (rules: string) => uplink(`preDNAT: true, applyOnForward: true, ingress: [${rules}]`);
const forward = (rules: string) => uplink(`applyOnForward: true, ingress: [${rules}, { action: Allow }]`);
const outgoing = (rules: string) => uplink(`egress: [${rules}]`);

type Redirected = readonly [
  name: string,
  resources: string,
  from: "outside" | "host",
  service: (typeof SERVICES)[number],
  verdict: "allow" | "deny",
];

const CASES: readonly Redirected[] = [
  ["§7.4 without policy a node port leads to its pod", UPLINK, "outside", NODE_PORT, "allow"],
  [
    "§7.4 pre-DNAT policy sees the node port",
    UPLINK + preDnat(tcp("Deny", "ports: [30080]")),
    "outside",
    NODE_PORT,
    "deny",
  ],
  [
    "§7.4 pre-DNAT policy does not see the pod's port",
    UPLINK + preDnat([tcp("Deny", `ports: [${PORT}]`), tcp("Deny", `nets: [${SUBJECT}/32]`)].join(", ")),
    "outside",
    NODE_PORT,
    "allow",
  ],
  [
    "§7.4 the pod's policy sees the pod's port",
    UPLINK + pod(`ingress: [${tcp("Allow", `ports: [${PORT}]`)}]`),
    "outside",
    NODE_PORT,
    "allow",
  ],
  [
    "§7.4 the pod's policy does not see the node port",
    UPLINK + pod(`ingress: [${tcp("Allow", "ports: [30080]")}]`),
    "outside",
    NODE_PORT,
    "deny",
  ],
  [
    "§7.4 forward policy sees the pod's port",
    UPLINK + forward(tcp("Deny", `nets: [${SUBJECT}/32], ports: [${PORT}]`)),
    "outside",
    NODE_PORT,
    "deny",
  ],
  [
    "§7.4 forward policy does not see the node port",
    UPLINK + forward(tcp("Deny", "ports: [30080]")),
    "outside",
    NODE_PORT,
    "allow",
  ],
  [
    "§1.9 what is redirected into a pod is not for the host: its normal policy is not asked",
    CLOSED_UPLINK,
    "outside",
    NODE_PORT,
    "allow",
  ],
  [
    "§1.4 egress policy of the host sees the backend that its own packet is redirected to",
    CLOSED_UPLINK + outgoing(tcp("Allow", `nets: [${WORLD4}/32], ports: [${PORT}]`)),
    "host",
    REMOTE_SERVICE,
    "allow",
  ],
  [
    "§1.4 egress policy of the host does not see the service's address",
    CLOSED_UPLINK + outgoing(tcp("Allow", "nets: [10.96.0.0/16]")),
    "host",
    REMOTE_SERVICE,
    "deny",
  ],
  [
    "§1.4 a host endpoint that allows nothing stops redirected packets, too",
    CLOSED_UPLINK,
    "host",
    REMOTE_SERVICE,
    "deny",
  ],
  [
    "§1.9 from the host by a service's address into its own pod nothing is policed",
    CLOSED_UPLINK + pod("ingress: []"),
    "host",
    LOCAL_SERVICE,
    "allow",
  ],
  [
    "§3.7 nor by the host endpoint of all interfaces",
    hostEndpoint("any", 'interfaceName: "*"') + pod("ingress: []"),
    "host",
    LOCAL_SERVICE,
    "allow",
  ],
];

describe.skipIf(missing !== undefined)(
  `redirected connections meet the policies of the sheet${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let world: World;
    const peers = new Map<string, Peer>();

    beforeAll(async () => {
      world = await World.create({
        resources: revision("", "", {}).resources,
        node: NODE,
        variant: "nft",
        hostAddresses: HOST_ADDRESSES,
        outsideAddresses: [...OUTSIDE_ADDRESSES, `${WORLD4}/32`],
      });
      for (const space of ["demo/s0", "host", "outside"]) peers.set(space, new Peer(world.host.space(space)));
      await peers.get("demo/s0")!.listen("tcp", SUBJECT, PORT);
      await peers.get("outside")!.listen("tcp", WORLD4, PORT);
    }, 60_000);

    afterAll(async () => {
      for (const peer of peers.values()) peer.stop();
      await world?.close();
    });

    /** The rules of a service proxy, as far as they matter here. */
    async function redirect(): Promise<void> {
      for (const { at, port, to } of SERVICES)
        for (const chain of ["PREROUTING", "OUTPUT"]) {
          const rule = `-p tcp -d ${at} --dport ${port} -j DNAT --to-destination ${to}:${PORT}`;
          await world.host.host.run("iptables-nft", ["-t", "nat", "-A", chain, ...rule.split(" ")]);
        }
    }

    test.each(CASES)("%s", async (_, resources, from, { at, port, to }, verdict) => {
      await world.load(revision("", resources, {}).resources);
      await redirect();

      const source = from === "host" ? HOST : WORLD4;
      const { error } = await peers.get(from)!.open("tcp", source, at, port);
      expect(error === undefined ? "allow" : "deny").toBe(verdict);

      const { model } = world.compilation;
      const line = `${from === "host" ? "host" : WORLD4} > ${at} tcp/${port} ${verdict}`;
      for (const { packet } of parseVerdicts({ model, node: NODE }, line)) {
        const redirected = { destination: parseIp(to)!, destinationPort: PORT };
        const judged = evaluate(model, world.settings, NODE, { ...packet, redirected });
        expect(judged).toMatchObject({ allowed: verdict === "allow" });
      }
    });
  },
);
