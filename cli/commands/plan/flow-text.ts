import pc from "picocolors";
import type { Becomes, FieldSet, FlowChange, PacketSet } from "../../../compiler/index.ts";
import { count } from "../../output/count.ts";
import type { PlannedNode } from "./planned-node.ts";

/** What becomes of new connections on one node. */
export function flowsText({ node, flows }: PlannedNode): readonly string[] {
  if (flows.kind === "not-compared") return [`${node}: not compared: ${flows.reason}`];
  const { isEqual, changes, totals, routes, outliving } = flows.flows;
  if (isEqual) return [`${node}: no flow changes, proven for all packets on ${count(routes, "route")}`];
  const all = Object.values(totals).reduce((sum, each) => sum + each, 0);
  const left = all - changes.length;
  return [
    `${node}:`,
    ...changes.flatMap((change) => changeText(change, outliving.includes(change))).map((line) => `  ${line}`),
    ...(left > 0 ? [`  and ${left} more; --full shows them`] : []),
  ];
}

const SIGNS: Readonly<Record<Becomes, string>> = { allowed: "+", denied: "-", appears: "+", vanishes: "-" };
const WORDS: Readonly<Record<Becomes, string>> = {
  allowed: "now allowed",
  denied: "now denied",
  appears: "allowed on a new way",
  vanishes: "on a way that is gone",
};

function changeText(change: FlowChange, outlives: boolean): readonly string[] {
  const { becomes, version, from, to, ways, packets, morePackets, example } = change;
  const paint = SIGNS[becomes] === "+" ? pc.green : pc.red;
  const { protocol, destination, destinationPort, translatedTo } = example;
  const said = /^\d/.test(protocol) ? `protocol ${protocol}` : protocol;
  const translated =
    translatedTo === null ? "" : `, translated to ${socketText(translatedTo.destination, translatedTo.port)}`;
  const way = ways.includes("direct") ? "" : ` (${ways.join(", ")})`;
  return [
    paint(
      `${SIGNS[becomes]} ${WORDS[becomes]}: ${from.names.join(", ")} -> ${to.names.join(", ")}, IPv${version}${way}`,
    ),
    ...packets.map((set) => `    ${packetsText(set)}`),
    ...(morePackets > 0 ? [`    and ${count(morePackets, "more set")} of packets`] : []),
    `    for example ${said} ${example.source} -> ${socketText(destination, destinationPort)}${translated}`,
    ...(outlives ? ["    connections of these that are established go on; 'apply --cut' ends them"] : []),
  ];
}

const FIELDS: Readonly<Record<keyof PacketSet, string>> = {
  protocol: "protocol",
  icmpType: "type",
  icmpCode: "code",
  source: "from",
  sourcePort: "source port",
  destination: "to",
  destinationPort: "port",
  sentTo: "sent to",
  sentToPort: "sent to port",
  firstLeavesBy: "first by",
};
const MOST = 8;

function packetsText(set: PacketSet): string {
  const fields = (Object.keys(FIELDS) as readonly (keyof PacketSet)[]).flatMap((field) => {
    const values = set[field];
    return values === undefined ? [] : [`${FIELDS[field]} ${valuesText(values)}`];
  });
  return fields.length === 0 ? "any packet" : fields.join(", ");
}

function valuesText({ values, allBut }: FieldSet): string {
  const some = values.slice(0, MOST).join(" ");
  const more = values.length > MOST ? ` and ${values.length - MOST} more` : "";
  return `${allBut ? "all but " : ""}${some}${more}`;
}

/** An IPv6 address in brackets, where a port follows (RFC 5952, section 6). */
function socketText(address: string, port: number | null): string {
  if (port === null) return address;
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}
