import type { Case } from "../case.ts";
import { KUBERNETES_EGRESS } from "./kubernetes-egress.ts";
import { KUBERNETES_IP_BLOCKS } from "./kubernetes-ip-blocks.ts";
import { KUBERNETES_PEERS } from "./kubernetes-peers.ts";
import { KUBERNETES_PORTS } from "./kubernetes-ports.ts";
import { KUBERNETES_SETS } from "./kubernetes-sets.ts";
import { KUBERNETES_SUBJECTS } from "./kubernetes-subjects.ts";

export const CASES: readonly Case[] = [
  ...KUBERNETES_SUBJECTS,
  ...KUBERNETES_PEERS,
  ...KUBERNETES_PORTS,
  ...KUBERNETES_EGRESS,
  ...KUBERNETES_IP_BLOCKS,
  ...KUBERNETES_SETS,
];
