import { enableCompileCache } from "node:module";

// Node 22 and later keep compiled code on disk, which halves the start of a short command; it has to be on before
// the program itself is loaded.
enableCompileCache?.();
const { main } = await import("./main.ts");
process.exitCode = await main(process.argv.slice(2));
