import {
  type Compilation,
  compile,
  type NodeCompilation,
  printIr,
  type SourceFile,
  STAGES,
} from "../../../compiler/index.ts";
import { writeResources } from "../../../runtime/bundle/resources.ts";
import { BundleError, writeBundle } from "../../../runtime/bundle/write.ts";
import { compileOptions, type TargetRequest } from "../../input/compile-options.ts";
import { readInputs, type SourceRequest } from "../../input/sources.ts";
import { printDiagnostics, type ReportFormat } from "../../output/diagnostics.ts";
import { UserError } from "../../output/errors.ts";
import { summaryJson, summaryText } from "./summary.ts";

export interface CompileRequest extends SourceRequest, TargetRequest {
  readonly node?: readonly string[];
  readonly outDir: string;
  readonly emitIr?: boolean;
  readonly dumpAfter?: string;
  readonly keepGoing?: boolean;
  readonly output: ReportFormat;
}

/** Returns the exit code: 0, or 1 when the input, or a node, has errors. */
export async function runCompile(request: CompileRequest): Promise<number> {
  if (request.dumpAfter !== undefined && !STAGES.includes(request.dumpAfter))
    throw new UserError(`no stage '${request.dumpAfter}' to dump after; there are: ${STAGES.join(", ")}`);
  const files = await readInputs(request);
  const compilation = compile(files, {
    ...(await compileOptions(request)),
    ...(request.node === undefined ? {} : { nodes: request.node }),
    trace: (stage, ir) => {
      if (stage === request.dumpAfter) process.stdout.write(printIr(ir));
    },
  });
  const failed =
    compilation.inputErrors || compilation.nodes.some(({ artifacts }) => artifacts === undefined);
  const written = failed && !request.keepGoing ? [] : await write(compilation, request);
  report(compilation, written, files, request);
  return failed ? 1 : 0;
}

interface Written {
  readonly node: NodeCompilation;
  readonly directory: string;
}

async function write({ nodes, sources }: Compilation, request: CompileRequest): Promise<readonly Written[]> {
  const written: Written[] = [];
  try {
    for (const node of nodes) {
      if (node.artifacts === undefined) continue;
      const ir = request.emitIr ? [{ path: "ir.txt", text: printIr(node.ir) }] : [];
      const artifacts = [...node.artifacts, ...ir];
      written.push({ node, directory: writeBundle(request.outDir, node.node, artifacts) });
    }
    if (written.length > 0) await writeResources(request.outDir, sources);
  } catch (error) {
    if (error instanceof BundleError) throw new UserError(error.message);
    // Of the file system; anything else is a defect, and its trace is wanted.
    if (error instanceof Error && "code" in error)
      throw new UserError(`cannot write to ${request.outDir}: ${error.message}`);
    throw error;
  }
  return written;
}

function report(
  compilation: Compilation,
  written: readonly Written[],
  files: readonly SourceFile[],
  request: CompileRequest,
): void {
  const directories = new Map(written.map(({ node, directory }) => [node.node, directory]));
  if (request.output === "json") {
    process.stdout.write(`${JSON.stringify(summaryJson(compilation, directories), null, 2)}\n`);
    return;
  }
  printDiagnostics(compilation.diagnostics, files, request.output);
  // With --dump-after the IR is what standard output is for.
  if (request.output === "text" && request.dumpAfter === undefined)
    process.stdout.write(summaryText(compilation, directories, request.outDir));
}
