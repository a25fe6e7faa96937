// Compiles the node of `bench:apply` and prints what `apply` takes, as JSON: VARIANT SETS EXTRA.
import { compile } from "../../compiler/index.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { NODE, nodeFiles, policiesForSets } from "./node.ts";

const [, , variant, sets, extra] = process.argv;
if (variant !== "nft" && variant !== "legacy") throw new Error(`no such variant: ${variant}`);
const files = nodeFiles(policiesForSets(Number(sets)), Number(extra));
const features = await detectFeatures(variant);
const { nodes, diagnostics } = compile(files, { features, compilerVersion: "bench", nodes: [NODE] });
const [node] = nodes;
if (node?.artifacts === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
process.stdout.write(
  JSON.stringify({ node: NODE, artifacts: node.artifacts, ownership: node.ir.routing.ownership }),
);
