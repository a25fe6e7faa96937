import type { PolicyRule } from "../../ir/cluster-model.ts";
import { type Journey, routeOf } from "../evaluator/evaluate.ts";
import type { Host } from "../evaluator/host.ts";
import { membership } from "../evaluator/members.ts";
import type { Program, RuleList } from "../evaluator/program.ts";
import type { Path } from "../evaluator/route.ts";
import type { EnforcementPoint, Ruling } from "../evaluator/verdict.ts";
import { pathOf } from "../evaluator/walk.ts";
import { type Header, holds, type Membership } from "../holds.ts";
import type { Packet } from "../packet.ts";

/** What one enforcement point said of the packet, with every policy and profile that was asked for it. */
export interface PointMet {
  readonly point: EnforcementPoint;
  /** Key of the endpoint whose policy it is; `undefined` where it is nobody's. */
  readonly endpoint: string | undefined;
  readonly action: Ruling["action"];
  readonly reason: Ruling["reason"];
  /** In the order of evaluation, the one that decided last. */
  readonly asked: readonly Asked[];
}

/** The rules of one policy or profile, and what they said. */
export interface Asked {
  readonly list: RuleList;
  /** Those that matched: any number that log, then at most one that ended the list. */
  readonly matched: readonly PolicyRule[];
  /** `undecided`: on to what comes next. */
  readonly outcome: "allow" | "deny" | "pass" | "undecided";
}

/** The way of a packet through the host, and what became of it. */
export interface Followed {
  readonly journey: Journey;
  readonly isAllowed: boolean;
  readonly met: readonly PointMet[];
}

/** Follows a packet on its way, as the evaluator does, and keeps what it only passes by. */
export function followPacket(host: Host, packet: Packet): Followed {
  const isMember = membership(host.sets);
  // What is taken out of connection tracking is not translated: then the untranslated way is the right one.
  for (const isTranslated of [true, false]) {
    const journey = routeOf(host, packet, isTranslated);
    if (journey.route.version === 6 && !host.settings.ipv6Support)
      return { journey, isAllowed: true, met: [] };
    const followed = follow(host, isMember, packet, journey);
    if (followed !== undefined) return { journey, ...followed };
  }
  throw new Error(`no route for a packet that arrives by ${packet.arrivesBy ?? "a process of the host"}`);
}

/** `undefined`: the packet does not take that way. */
function follow(
  host: Host,
  isMember: Membership,
  original: Header,
  { route, translated, interfaces }: Journey,
): Omit<Followed, "journey"> | undefined {
  const met: PointMet[] = [];
  let at: Path = pathOf(host, route);
  for (;;) {
    if (at.kind === "end") return { isAllowed: true, met };
    if (at.kind === "elsewhere") return undefined;
    if (at.kind === "by-interface") {
      at = at.of(interfaces[at.role] ?? "");
      continue;
    }
    const header = at.sees === "original" ? original : translated;
    if (at.kind === "fork") {
      at = holds(at.when, header, isMember) ? at.yes : at.no;
      continue;
    }
    const { point, endpoint, program, allowed, continued } = at;
    const asked: Asked[] = [];
    const { action, reason } = ask(program, header, isMember, asked);
    // Points of nobody's are worth a word only where they decide.
    if (endpoint !== undefined || action !== "continue") met.push({ point, endpoint, action, reason, asked });
    if (action === "deny") return { isAllowed: false, met };
    at = action === "allow" ? allowed : continued;
  }
}

function ask(
  program: Program,
  header: Header,
  isMember: Membership,
  asked: Asked[],
): Pick<Ruling, "action" | "reason"> {
  switch (program.kind) {
    case "ruling":
      return program;
    case "test":
      return ask(holds(program.when, header, isMember) ? program.yes : program.no, header, isMember, asked);
    case "rules": {
      const answer = askList(program.list, header, isMember);
      asked.push(answer);
      if (answer.outcome === "allow" || answer.outcome === "deny")
        return {
          action: answer.outcome,
          reason: { kind: "rule", list: program.list.of, rule: answer.matched.at(-1)! },
        };
      return ask(answer.outcome === "pass" ? program.pass : program.end, header, isMember, asked);
    }
  }
}

/** What the rules of one list say about the header, on their own. */
export function askList(list: RuleList, header: Header, isMember: Membership): Asked {
  const matched: PolicyRule[] = [];
  for (const { when, rule } of list.rules) {
    if (!holds(when, header, isMember)) continue;
    matched.push(rule);
    if (rule.action !== "log") return { list, matched, outcome: rule.action };
  }
  return { list, matched, outcome: "undecided" };
}
