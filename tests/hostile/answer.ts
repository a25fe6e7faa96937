import {
  birdBackend,
  type Compilation,
  compile,
  DEFAULT_FEATURES,
  iptablesBackend,
  routesBackend,
  type SourceFile,
} from "../../compiler/index.ts";
import { complaintAbout } from "./grammar.ts";

const OPTIONS = { features: DEFAULT_FEATURES, compilerVersion: "test" };

/** What came of one input. `complaints` is empty where the compiler kept its promises. */
export interface Answer {
  readonly compilation: Compilation;
  readonly complaints: readonly string[];
}

/**
 * Compiles, and holds the answer to: every finding of a place stands inside its file; every artifact is read again by its
 * back end and by the grammar of the stock tool. What is thrown is thrown on.
 */
export function answer(files: readonly SourceFile[]): Answer {
  const compilation = compile(files, OPTIONS);
  return { compilation, complaints: [...misplaced(compilation, files), ...unreadable(compilation)] };
}

function misplaced({ diagnostics }: Compilation, files: readonly SourceFile[]): readonly string[] {
  const lines = new Map(files.map(({ path, text }) => [path, text.split(/\r\n|\r|\n/)]));
  return diagnostics.flatMap(({ code, location, severity, resource }) => {
    if (location === undefined)
      return severity === "error" && resource !== undefined
        ? [`${code}: an error of a resource without a place`]
        : [];
    const of = lines.get(location.file);
    const { line, column, endLine, endColumn } = location;
    const isInside =
      of !== undefined &&
      line >= 1 &&
      column >= 1 &&
      line <= of.length &&
      column <= (of[line - 1]?.length ?? 0) + 1 &&
      (endLine > line || (endLine === line && endColumn >= column));
    return isInside ? [] : [`${code}: ${JSON.stringify(location)} is outside`];
  });
}

function unreadable({ nodes }: Compilation): readonly string[] {
  return nodes.flatMap(({ node, artifacts = [] }) => {
    const complaints = artifacts.flatMap(({ path, text }) => {
      const complaint = complaintAbout(path, text);
      return complaint === undefined ? [] : [`${node}/${path}: ${complaint}`];
    });
    for (const backend of [iptablesBackend, routesBackend, birdBackend]) {
      try {
        backend.parse(artifacts);
      } catch (error) {
        complaints.push(`${node}: ${backend.name} cannot read its own: ${String(error)}`);
      }
    }
    return complaints;
  });
}
