import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "../compiler/index.ts";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** One compilable state of a fixture: the whole of it, or one numbered step of a transition. */
export interface FixtureStep {
  /** `quickstart/1`, `shop`. */
  readonly name: string;
  readonly files: readonly SourceFile[];
}

/** A fixture with numbered directories is a transition: each step is `common/` plus its own directory. */
export function fixtureSteps(): readonly FixtureStep[] {
  const root = join(ROOT, "fixtures");
  return readdirSync(root).flatMap((name) => {
    const directory = join(root, name);
    const steps = readdirSync(directory).filter((entry) => /^\d+$/.test(entry));
    if (steps.length === 0) return [{ name, files: readYaml(directory) }];
    const common = join(directory, "common");
    return steps.map((step) => ({
      name: `${name}/${step}`,
      files: [...(existsSync(common) ? readYaml(common) : []), ...readYaml(join(directory, step))],
    }));
  });
}

function readYaml(directory: string): readonly SourceFile[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => {
      const path = join(directory, file);
      return { path: relative(ROOT, path), text: readFileSync(path, "utf8") };
    });
}
