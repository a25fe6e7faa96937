import module from "node:module";

const OLDEST_NODE = 22;

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  process.stderr.write(
    `calicoctl: this is Node.js ${process.versions.node}; version ${OLDEST_NODE} or later is needed\n`,
  );
  process.exitCode = 1;
} else {
  // Compiled code is kept on disk, which halves the start of a short command; it has to be on before the program itself
  // is loaded.
  module.enableCompileCache?.();
  const { main } = await import("./main.ts");
  process.exitCode = await main(process.argv.slice(2));
}
