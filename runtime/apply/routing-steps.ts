import type { RoutingChange } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import { StepError } from "./errors.ts";
import type { Goal } from "./goal.ts";
import { must } from "./must.ts";
import { presentDevices } from "./present-devices.ts";
import { type RoutingTool, routingLines } from "./routing-text.ts";
import type { Step } from "./steps.ts";

const BATCH_COMMANDS: Readonly<Record<Exclude<RoutingTool, "wg" | "wg-key" | "ipip">, readonly string[]>> = {
  ip: ["ip", "-batch", "-"],
  ip6: ["ip", "-6", "-batch", "-"],
  bridge: ["bridge", "-batch", "-"],
  sysctl: ["sysctl", "-q", "-p", "-"],
};

/** What is changed by the tools that change one kind of thing only. */
const NAMES: Partial<Readonly<Record<RoutingTool, string>>> = {
  bridge: "change forwarding entries",
  sysctl: "change sysctls",
};

/**
 * The one shell line there is, without anything of ours in it: the key goes from one tool to the other and never comes
 * by us, let alone into a file, a message or the journal. (`wg` takes keys from a path only, and cannot open as
 * `/dev/stdin` the socket that Node.js gives to a process.)
 */
const MAKE_KEY = 'wg genkey | wg set "$1" private-key /dev/stdin';

/** So many lines become one call of `wg set`, whose words are arguments: 2 MB of them at most. */
const WG_LINES = 200;

/** One call per run of lines for the same tool: the order of the changes is what makes them safe. */
export function routingSteps(usualName: string, changes: readonly RoutingChange[]): readonly Step[] {
  const runs: { readonly tool: RoutingTool; readonly lines: string[] }[] = [];
  for (const { tool, text } of changes.flatMap(routingLines)) {
    const last = runs.at(-1);
    if (last?.tool === tool && takesMore(tool, last.lines, text)) last.lines.push(text);
    else runs.push({ tool, lines: [text] });
  }
  return runs.map(({ tool, lines }) => {
    const name = NAMES[tool] ?? usualName;
    return {
      name,
      // A device takes its limits with it.
      writes: ["routing", "shaping"],
      run: (host) => runLines(host, name, tool, lines),
    };
  });
}

/** A call of `wg set` is for one device. */
function takesMore(tool: RoutingTool, lines: readonly string[], text: string): boolean {
  if (tool === "wg-key" || tool === "ipip") return false;
  return tool !== "wg" || (lines.length < WG_LINES && lines[0]?.split(" ")[0] === text.split(" ")[0]);
}

async function runLines(
  host: Host,
  name: string,
  tool: RoutingTool,
  lines: readonly string[],
): Promise<void> {
  const [device = ""] = lines[0]?.split(" ") ?? [];
  switch (tool) {
    case "wg-key":
      return must(host, `make the key of ${device}`, ["sh", "-c", MAKE_KEY, "sh", device]);
    case "ipip":
      return loadIpip(host, device);
    case "wg": {
      const words = lines.flatMap((line) => line.split(" ").slice(1));
      return must(host, name, ["wg", "set", device, ...words]);
    }
    default:
      return must(host, name, BATCH_COMMANDS[tool], `${lines.join("\n")}\n`);
  }
}

/** The kernel makes the device itself when its module comes, and then refuses to make another one of that name. */
async function loadIpip(host: Host, device: string): Promise<void> {
  const { code, stderr } = await host.run("ip", ["tunnel", "add", device, "mode", "ipip"]);
  if (code === 0 || (await presentDevices(host)).has(device)) return;
  throw new StepError(`make ${device}`, `the kernel has no IPIP (module ipip): ${stderr.trim()}`);
}

/**
 * The changes that are to be made. Optional settings that the kernel lacks are no reason to make any, or two states could
 * never be seen to be the same; but they go along with a first change of others, which may bring the module that has them.
 */
export function significantChanges(
  changes: readonly RoutingChange[],
  attempt: number,
  goal: Goal,
): readonly RoutingChange[] {
  const isReason = (change: RoutingChange) => isSignificant(change, attempt, goal);
  const setsAny = changes.some((change) => change.object.kind === "sysctl" && isReason(change));
  const goesAlong = ({ op, object }: RoutingChange) =>
    setsAny && attempt === 0 && op === "add" && object.kind === "sysctl";
  return changes.filter((change) => isReason(change) || goesAlong(change));
}

function isSignificant(change: RoutingChange, attempt: number, { state }: Goal): boolean {
  const { op, object } = change;
  switch (object.kind) {
    case "peer": {
      // Peers go with their device.
      if (op === "delete") return state.routing.links.some(({ name }) => name === object.value.dev);
      return attempt === 0 || op === "add" || !isSameButPlace(object, change.was);
    }
    case "sysctl":
      // The kernel at hand may lack it, or keep its own value.
      return !object.value.tolerateFailure || (op === "replace" && attempt === 0);
    default:
      return true;
  }
}

/** Where a peer is, WireGuard learns anew from each packet of the peer's, right after we have told it, too. */
function isSameButPlace(wanted: RoutingChange["object"], was: RoutingChange["object"]): boolean {
  if (wanted.kind !== "peer" || was.kind !== "peer") return false;
  const { endpoint, port } = wanted.value;
  const moved = { kind: "peer", value: { ...was.value, endpoint, port } } as const;
  const textOf = (object: RoutingChange["object"]) => routingLines({ op: "add", object })[0]?.text;
  return textOf(moved) === textOf(wanted);
}

/** Nothing refers to a new device or address yet. */
export function isMade({ op, object }: RoutingChange): boolean {
  return (op === "add" || op === "replace") && (object.kind === "link" || object.kind === "address");
}

export function isUnmade({ op, object }: RoutingChange): boolean {
  return op === "delete" && object.kind === "link";
}
