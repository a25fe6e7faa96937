import type { NodeIr } from "../ir/node-ir.ts";

/** IR in, IR out: pure, and meaning-preserving for every packet, whatever the sets hold today. */
export interface Pass {
  readonly name: string;
  readonly run: (ir: NodeIr) => NodeIr;
}
