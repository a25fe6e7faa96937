// Writes docs/diagnostics.md from the registry. After a change of a code: `npm run docs`; a test holds the two equal.
import { writeFileSync } from "node:fs";
import { diagnosticsReference } from "../compiler/diagnostics/reference.ts";

writeFileSync(new URL("../docs/diagnostics.md", import.meta.url), diagnosticsReference());
