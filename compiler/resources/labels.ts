import type { Report } from "../diagnostics/bag.ts";
import { at, type Origin } from "../diagnostics/diagnostic.ts";
import { labelValueProblem, qualifiedNameProblem } from "./names.ts";

/** The rules for labels and annotations, wherever they stand: in metadata, in a profile, in a rule. */

/** Kubernetes' `TotalAnnotationSizeLimitB`. */
const MAX_ANNOTATION_BYTES = 262_144;

/**
 * @param origin of the mapping that the label is in; asked for findings only, as nearly every label has none
 * @returns whether selectors may see the label
 */
export function checkLabel(key: string, value: string, origin: () => Origin, report: Report): boolean {
  const keyProblem = qualifiedNameProblem(key);
  const valueProblem = labelValueProblem(value);
  if (keyProblem === undefined && valueProblem === undefined) return true;
  const here = at(origin(), key);
  if (keyProblem !== undefined)
    report("resource/invalid-label", { part: "key", text: key, problem: keyProblem }, here, {
      target: "key",
    });
  if (valueProblem !== undefined)
    report("resource/invalid-label", { part: "value", text: value, problem: valueProblem }, here);
  return false;
}

/** @param origin of the mapping, as for `checkLabel` */
export function checkAnnotations(
  annotations: Readonly<Record<string, string>>,
  origin: () => Origin,
  report: Report,
): void {
  let bytes = 0;
  for (const key in annotations) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(annotations[key] ?? "");
    const problem = qualifiedNameProblem(key.toLowerCase());
    if (problem !== undefined)
      report("resource/invalid-annotation", { key, problem }, at(origin(), key), { target: "key" });
  }
  const excess = bytes - MAX_ANNOTATION_BYTES;
  if (excess > 0) report("resource/annotations-too-large", { excess }, origin());
}
