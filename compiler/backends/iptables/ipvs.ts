import type { XtMatch, XtTarget } from "../../dataplane/xtables.ts";
import { denyTarget, type FamilyContext, filterAllow, workloadInterfaces } from "./context.ts";
import { dispatchTree } from "./dispatch.ts";
import { type ChainDraft, chain, rule } from "./draft.ts";
import { endpointMarks } from "./endpoint-marks.ts";
import { anyMark, clearBits, marked } from "./marks.ts";
import { packPorts } from "./matches.ts";
import { ANY_INTERFACE, chainName } from "./names.ts";
import type { Draft } from "./rule-list.ts";
import { ESTABLISHED, goto, inSet, jump, notInSet, protocol, RETURN, TCP, UDP } from "./rule-parts.ts";

/**
 * kube-proxy in IPVS mode: service packets pass INPUT and then OUTPUT instead of FORWARD, so the interface they came
 * from is remembered in the mark (Calico reference §1.7).
 */
export function ipvsFromInput({ settings, marks }: FamilyContext): readonly Draft[] {
  if (!settings.kubeIpvsSupport) return [];
  return [
    rule([], clearBits(marks.endpoint)),
    rule([], jump("cali-forward-check")),
    rule([anyMark(marks.endpoint)], RETURN),
  ];
}

export function ipvsFromOutput({ settings, marks }: FamilyContext): readonly Draft[] {
  return settings.kubeIpvsSupport
    ? [rule([anyMark(marks.endpoint)], goto("cali-forward-endpoint-mark"))]
    : [];
}

export function ipvsChains(context: FamilyContext): readonly ChainDraft[] {
  const { ir, settings, marks } = context;
  if (!settings.kubeIpvsSupport) return [];
  const origins = packetOrigins(context);
  const numbered = endpointMarks(
    origins.map(({ name }) => name),
    marks,
  );
  const markOf = (name: string) => numbered.byInterface.get(name) ?? numbered.outside;
  const wildcard = ir.hostEndpoints.some(({ interfaceName }) => interfaceName === "*");
  const otherwise = wildcard ? markOf(ANY_INTERFACE) : numbered.outside;
  return [
    forwardCheck(context),
    ...setEndpointMark(context, origins, otherwise),
    ...origins.map(({ name }) =>
      chain(chainName("set-mark", name), `Remember that a packet came from ${name}`, [
        rule([], setMark(context, markOf(name))),
      ]),
    ),
    forwardEndpointMark(context, numbered.outside),
    chain("cali-from-endpoint-mark", "Service packets by IPVS, by the endpoint they came from", [
      ...origins.map(({ name, policedBy }) => rule([isMark(context, markOf(name))], goto(policedBy))),
      rule([], denyTarget(settings, "filter"), "Unknown interface"),
    ]),
  ];
}

interface PacketOrigin {
  readonly name: string;
  readonly tree: "wep" | "hep";
  readonly policedBy: string;
}

/** Workloads first, each part sorted by name. The all-interfaces endpoint is one of them (Calico forgets it: §13.25). */
function packetOrigins({ ir }: FamilyContext): readonly PacketOrigin[] {
  const hosts = ir.hostEndpoints.map(({ interfaceName }) =>
    interfaceName === "*" ? ANY_INTERFACE : interfaceName,
  );
  return [
    ...ir.workloads.map(({ interfaceName: name }) => ({
      name,
      tree: "wep" as const,
      policedBy: chainName("from-workload", name),
    })),
    ...hosts.map((name) => ({ name, tree: "hep" as const, policedBy: chainName("from-host-forward", name) })),
  ];
}

function forwardCheck(context: FamilyContext): ChainDraft {
  const nodePorts = packPorts(context.settings.kubeNodePortRanges).flatMap((ranges) =>
    [TCP, UDP].map((number) =>
      rule(
        [
          protocol(number),
          { kind: "ports", side: "destination", ranges, negated: false },
          inSet(context, "destination", "this-host"),
        ],
        goto("cali-set-endpoint-mark"),
        "To kubernetes NodePort service",
      ),
    ),
  );
  return chain("cali-forward-check", "Which packets to this host will IPVS forward", [
    rule([ESTABLISHED], RETURN),
    ...nodePorts,
    rule(
      [notInSet(context, "destination", "this-host")],
      jump("cali-set-endpoint-mark"),
      "To kubernetes service",
    ),
  ]);
}

/** The end rules stand in the children too: a packet that only fits `e+` must not leave unmarked (§13.24). */
function setEndpointMark(
  context: FamilyContext,
  origins: readonly PacketOrigin[],
  otherwise: number,
): readonly ChainDraft[] {
  const root = "cali-set-endpoint-mark";
  const heading = "Remember where a packet came from";
  const end = [
    ...workloadInterfaces(context, "in").map((match) =>
      rule([match], denyTarget(context.settings, "filter"), "Unknown endpoint"),
    ),
    rule([], setMark(context, otherwise), "Non-Cali endpoint mark"),
  ];
  const trees = (["wep", "hep"] as const).map((tree) =>
    dispatchTree({
      root,
      heading,
      direction: "in",
      end,
      childPrefix: `${root}-${tree}-`,
      entries: origins
        .filter((origin) => origin.tree === tree && origin.name !== ANY_INTERFACE)
        .map(({ name }) => ({ interfaceName: name, target: goto(chainName("set-mark", name)) })),
    }),
  );
  return [
    chain(root, heading, [...trees.flatMap(({ rules }) => rules), ...end]),
    ...trees.flatMap(({ children }) => children),
  ];
}

function forwardEndpointMark(context: FamilyContext, outside: number): ChainDraft {
  const { marks, settings } = context;
  return chain("cali-forward-endpoint-mark", "Service packets that IPVS sends on", [
    rule([{ ...isMark(context, outside), negated: true }], jump("cali-from-endpoint-mark")),
    ...workloadInterfaces(context, "out").map((match) => rule([match], jump("cali-to-wl-dispatch"))),
    rule([], jump("cali-to-hep-forward")),
    rule([], clearBits(marks.endpoint)),
    rule([marked(marks.accept)], filterAllow(settings), "Policy explicitly accepted packet."),
  ]);
}

function isMark({ marks }: FamilyContext, value: number): Extract<XtMatch, { kind: "mark" }> {
  return { kind: "mark", value, mask: marks.endpoint, negated: false };
}

function setMark({ marks }: FamilyContext, value: number): XtTarget {
  return { kind: "mark", value, mask: marks.endpoint };
}
