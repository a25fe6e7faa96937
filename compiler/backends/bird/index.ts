import type { BirdChange, BirdConfig } from "../../dataplane/bird.ts";
import type { Backend } from "../backend.ts";
import { diffBird } from "./diff.ts";
import { emitBird } from "./emit.ts";
import { parseBird } from "./parse.ts";
import { printBird } from "./print.ts";

export { type BirdSecret, birdSecrets } from "./secrets.ts";

/** One `bird.conf` for stock BIRD 2, both IP versions; none where the node takes no part in BGP. */
export const birdBackend: Backend<BirdConfig | undefined, BirdChange> = {
  name: "bird",
  emit: (ir, context) => emitBird(ir.bgp, context.report),
  print: printBird,
  parse: parseBird,
  diff: diffBird,
};
