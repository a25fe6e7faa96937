import type { Disturbance } from "../../../compiler/index.ts";
import { count } from "../../output/count.ts";

/** One line of the section that says what a change does to traffic and sessions while it happens. */
export function disturbanceText(each: Disturbance): string {
  switch (each.kind) {
    case "bird":
      return BIRD[each.op];
    case "bgp-session":
      return sessionText(each);
    case "device-recreated":
      return `device ${each.device} is made anew; ${count(each.carries, "entry", "entries")} on it go and come back`;
    case "set-versioned":
      return `set ${each.set} is filled under another name (${count(each.members, "member")}), and the rules switch to it`;
    case "set-in-place":
      return `set ${each.set} changes while rules ask it: its additions come first, its removals last`;
    case "window":
      return `more than one commit (${each.tables}): packets in between meet part of the old and of the new policy`;
    case "connections-cut":
      return `connections of ${each.address} are cut: it is no workload's any more`;
    default:
      return each satisfies never;
  }
}

const BIRD = {
  start: "BIRD is started",
  stop: "BIRD is stopped: its sessions end, and the routes that they brought go",
  change: "every BGP session restarts: the router id is another",
} as const;

function sessionText({ name, op, effect, options }: Extract<Disturbance, { kind: "bgp-session" }>): string {
  const what = `BIRD's ${name}`;
  if (op === "add") return `${what} is new`;
  if (op === "remove") return `${what} ends`;
  const why = options.length === 0 ? "" : ` (${options.join(", ")})`;
  return effect === "restart"
    ? `${what} goes down and up again${why}`
    : `${what} filters its routes anew${why}`;
}
