import type { BirdConfig } from "../../compiler/index.ts";
import { withoutLength } from "./addresses.ts";
import type { LabPlan, RouterSession, Speaker } from "./plan.ts";
import {
  ROUTER_ID_PREFIX,
  routerConfig,
  SPINE_AS,
  type SpineSession,
  spineConfig,
  workloadConfig,
} from "./router-config.ts";

/** The fabric's own speaker. */
export const FABRIC = "fabric";

/** A speaker that is no node, and what it is told. */
export interface OutsideSpeaker {
  /** Its address, or `FABRIC`. */
  readonly name: string;
  readonly space: string;
  readonly config: BirdConfig;
  readonly sessions: readonly RouterSession[];
}

/** Routers, workloads that peer with their node, and the fabric where it has routers to tell of each other. */
export function outsideSpeakers(plan: LabPlan): readonly OutsideSpeaker[] {
  const spine = spineSessions(plan);
  const { routers, workloadSpeakers, fabric } = plan;
  const idOf = (speaker: Speaker) => routerId(speaker, [...routers, ...workloadSpeakers].indexOf(speaker));
  const outside = ({ name, space, sessions }: Speaker, config: BirdConfig) => ({
    ...{ name, space, sessions },
    config,
  });
  return [
    ...routers.map((router) => {
      const own = spine.find(({ remote }) => remote === router.name);
      return outside(router, routerConfig(router, idOf(router), own && reversed(own)));
    }),
    ...workloadSpeakers.map((speaker) => outside(speaker, workloadConfig(speaker, idOf(speaker)))),
    ...(spine.length === 0
      ? []
      : [
          {
            name: FABRIC,
            space: fabric.space,
            config: spineConfig(spine),
            sessions: [],
          },
        ]),
  ];
}

/** The fabric's sessions with the routers, as the fabric sees them; one router alone has nobody to tell. */
function spineSessions(plan: LabPlan): readonly SpineSession[] {
  if (plan.routers.length < 2) return [];
  const own = new Set(plan.fabric.segments.flatMap(({ gateways }) => gateways.map(withoutLength)));
  return plan.routers.flatMap(({ name, gateways, sessions }) => {
    const version = name.includes(":") ? 6 : 4;
    const local = gateways.find((gateway) => own.has(gateway) && gateway.includes(":") === (version === 6));
    const [first] = sessions;
    return local === undefined || first === undefined
      ? []
      : [{ local, remote: name, remoteAs: first.localAs }];
  });
}

function reversed({ local, remote }: SpineSession): SpineSession {
  return { local: remote, remote: local, remoteAs: SPINE_AS };
}

function routerId({ name }: Speaker, i: number): string {
  return name.includes(":") ? `${ROUTER_ID_PREFIX}.${i + 1}` : name;
}
