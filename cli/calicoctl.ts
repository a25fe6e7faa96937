import { enableCompileCache } from "node:module";
import { main } from "./main.ts";

// Node 22 and later keep the compiled bundle on disk, which halves the start of a short command.
enableCompileCache?.();
process.exitCode = await main(process.argv.slice(2));
