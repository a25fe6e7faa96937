import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // What commands print is compared as text; a CI server makes the colour library colour it.
    env: { NO_COLOR: "1" },
    include: ["{compiler,runtime,cli,bench,tests}/**/*.test.ts"],
    globalSetup: ["scripts/vitest-setup.ts"],
    setupFiles: ["scripts/property-seed.ts"],
    testTimeout: 30_000,
    // Two cores: more workers than that only makes the kernel tests wait for each other.
    maxWorkers: 2,
    snapshotFormat: { escapeString: false },
  },
});
