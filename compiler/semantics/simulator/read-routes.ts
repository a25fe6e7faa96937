import { type Cidr, type IpVersion, parseCidr } from "../../net/cidr.ts";
import type { Route } from "./program.ts";
import { linesOf, type TextFile, type Words } from "./words.ts";

/** Commands of batch files that make no route. */
const OTHER_COMMANDS: readonly string[] = [
  "link add",
  "link set",
  "addr replace",
  "neigh replace",
  // Sends packets with a mark to a table of its own; only the main table is followed here.
  "rule add",
];
/** What may follow a destination, each with one word: where the route leads is `dev`'s alone. */
const OPTIONS: readonly string[] = ["via", "dev", "scope", "src", "mtu", "table", "proto", "metric"];

/** The routes that `ip -batch` adds to the main table. Throws `UnreadableText` for whatever it does not know. */
export function readRoutes(files: readonly TextFile[]): Readonly<Record<IpVersion, readonly Route[]>> {
  const routes = files.flatMap(linesOf).flatMap((words) => readLine(words));
  const ofVersion = (version: IpVersion) => routes.filter(({ cidr }) => cidr.version === version);
  return { 4: ofVersion(4), 6: ofVersion(6) };
}

function readLine(words: Words): readonly Route[] {
  const command = `${words.take("an object")} ${words.take("a command")}`;
  if (OTHER_COMMANDS.includes(command)) return [];
  if (command !== "route replace") words.fail(`unknown command ${command}`);
  const leadsNowhere = words.takeIf("blackhole") || words.takeIf("throw");
  const cidr = readDestination(words);
  const options = new Map<string, string>();
  while (!words.isDone) {
    if (words.takeIf("onlink")) continue;
    const name = words.take("an option");
    if (!OPTIONS.includes(name) || options.has(name)) words.fail(`unknown or second option ${name}`);
    options.set(name, words.take(name));
  }
  if (leadsNowhere && (options.has("dev") || options.has("via")))
    words.fail("a way for a route that leads nowhere");
  if (!leadsNowhere && !options.has("dev") && !options.has("via")) words.fail("a route without a way");
  return options.has("table") ? [] : [{ cidr, device: options.get("dev") }];
}

function readDestination(words: Words): Cidr {
  const text = words.take("a destination");
  return parseCidr(text) ?? words.fail(`not a network: ${text}`);
}
