import type { Reason } from "../../ir/routing-ir.ts";

/**
 * The heading of a reason: `Workload shop/web-0`, `Pool default (VXLAN), node worker-2`. Entries with equal headings
 * stand together, so that what one resource causes is one hunk of a diff.
 */
export function noteOf(reason: Reason): string {
  return printable(headingOf(reason));
}

function headingOf(reason: Reason): string {
  switch (reason.kind) {
    case "workload":
      return `Workload ${reason.workload}`;
    case "pool": {
      const encapsulation = reason.encapsulation === "none" ? "no encapsulation" : reason.encapsulation;
      const whose = reason.node === undefined ? "own blocks" : `node ${reason.node}`;
      return `Pool ${reason.pool} (${encapsulation}), ${whose}`;
    }
    case "tunnel": {
      const tunnel = `Tunnel ${reason.tunnel} IPv${reason.version}`;
      return reason.node === undefined ? tunnel : `${tunnel}, node ${reason.node}`;
    }
    case "setting":
      return `Setting ${reason.setting}`;
    case "host":
      return "Host";
  }
}

/** Names come from resources that need not obey Kubernetes: a comment must end where its line ends. */
export function printable(text: string): string {
  return text.replaceAll(/[^ -~]/gu, "?");
}

const SECTIONS = ["Host", "Setting", "Tunnel", "Workload", "Pool"];

/** What others depend on comes first: devices before the routes of pools. */
export function compareNotes(a: string, b: string): number {
  return sectionOf(a) - sectionOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function sectionOf(note: string): number {
  return SECTIONS.indexOf(note.split(" ", 1)[0] ?? "");
}
