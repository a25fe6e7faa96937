import { code } from "../diagnostic.ts";
import { didYouMean, fieldHint, type UnknownField } from "../suggest.ts";

const quote = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);

export const RESOURCE_CODES = {
  "resource/not-an-object": code<{ found: string }>({
    severity: "error",
    summary: "Not a resource",
    message: ({ found }) => `A resource is a mapping with apiVersion, kind and metadata; this is ${found}.`,
  }),
  "resource/missing-type": code<{ field: "apiVersion" | "kind" }>({
    severity: "error",
    summary: "Resource without apiVersion or kind",
    message: ({ field }) => `This document has no ${field}, so nothing says what it is.`,
    hint: ({ field }) =>
      field === "kind"
        ? "It says what the resource is, as in kind: IPPool."
        : "Calico's resources have apiVersion: projectcalico.org/v3.",
  }),
  "resource/unknown-kind": code<{ apiVersion: string; kind: string; suggestion?: string | undefined }>({
    severity: "error",
    summary: "Unknown kind of resource",
    message: ({ apiVersion, kind }) => `There is no kind ${quote(kind)} in ${quote(apiVersion)}.`,
    hint: ({ suggestion }) => didYouMean(suggestion),
  }),
  "resource/unknown-version": code<{ apiVersion: string; kind: string; known: readonly string[] }>({
    severity: "error",
    summary: "Unknown apiVersion of a known kind",
    message: ({ apiVersion, kind }) => `The kind ${kind} has no apiVersion ${quote(apiVersion)} here.`,
    hint: ({ known }) => `Use ${known.join(" or ")}.`,
  }),
  "resource/not-used": code<{ kind: string; apiVersion: string; count: number }>({
    severity: "info",
    summary: "Objects that do not concern the dataplane",
    message: ({ kind, apiVersion, count }) =>
      `${count === 1 ? "An object" : `${count} objects`} of kind ${quote(kind)} (${quote(apiVersion)}) ${count === 1 ? "is" : "are"} not used: that kind does not shape the dataplane.`,
  }),
  "resource/duplicate": code<{ resource: string }>({
    severity: "error",
    summary: "Resource defined twice",
    message: ({ resource }) =>
      `${resource} is defined more than once; which definition holds would be chance.`,
    hint: () => "Remove one of the definitions, or rename it.",
  }),
  "resource/conflict": code<{ resource: string; other: string }>({
    severity: "error",
    summary: "Two resources that mean the same thing",
    message: ({ resource, other }) =>
      `${resource} and ${other} describe the same object, and only one of them can hold.`,
    hint: () => "Keep one of them: the Calico resource, or the Kubernetes object that Calico reads as such.",
  }),
  "resource/missing-name": code<Record<string, never>>({
    severity: "error",
    summary: "Resource without a name",
    message: () => "The resource has no metadata.name.",
  }),
  "resource/invalid-name": code<{ what: string; value: string; problem: string }>({
    severity: "error",
    summary: "Invalid name or namespace",
    message: ({ what, value, problem }) => `The ${what} ${quote(value)} ${problem}.`,
  }),
  "resource/unexpected-namespace": code<{ kind: string }>({
    severity: "error",
    summary: "Namespace on a cluster-scoped resource",
    message: ({ kind }) => `${kind} is cluster-scoped, so it cannot have a namespace.`,
    hint: () => "Remove metadata.namespace.",
  }),
  "resource/invalid-label": code<{ part: "key" | "value"; text: string; problem: string }>({
    severity: "error",
    summary: "Invalid label",
    message: ({ part, text, problem }) => `The label ${part} ${quote(text)} ${problem}.`,
  }),
  "resource/invalid-annotation": code<{ key: string; problem: string }>({
    severity: "error",
    summary: "Invalid annotation key",
    message: ({ key, problem }) => `The annotation key ${quote(key)} ${problem}.`,
  }),
  "resource/annotations-too-large": code<{ excess: number }>({
    severity: "error",
    summary: "Annotations too large",
    message: ({ excess }) => `The annotations together are ${excess} bytes over the limit of 262144.`,
  }),
  "resource/unknown-field": code<UnknownField>({
    severity: "error",
    summary: "Unknown field",
    message: ({ field }) => `There is no field ${quote(field)} here.`,
    hint: fieldHint,
  }),
  "resource/missing-field": code<{ field: string }>({
    severity: "error",
    summary: "Missing field",
    message: ({ field }) => `The field ${quote(field)} is required here.`,
  }),
  "resource/type": code<{ expected: string; found: string; hint?: string | undefined }>({
    severity: "error",
    summary: "Value of the wrong type",
    message: ({ expected, found }) => `This must be ${expected}, not ${found}.`,
    hint: ({ hint }) => hint,
  }),
  "resource/enum": code<{ value: string; allowed: readonly string[]; suggestion?: string | undefined }>({
    severity: "error",
    summary: "Value not among the allowed ones",
    message: ({ value, allowed }) => `${value} is not one of ${allowed.join(", ")}.`,
    hint: ({ suggestion }) => didYouMean(suggestion),
  }),
  "resource/bounds": code<{ value: string; bound: string }>({
    severity: "error",
    summary: "Number out of bounds",
    message: ({ value, bound }) => `${value} must be ${bound}.`,
  }),
  "resource/size": code<{ what: string; bound: string }>({
    severity: "error",
    summary: "Text or list too long or too short",
    message: ({ what, bound }) => `This ${what} must have ${bound}.`,
  }),
  "resource/repeated-item": code<{ first: number; second: number }>({
    severity: "error",
    summary: "Repeated item in a set",
    message: ({ first, second }) => `Items ${first} and ${second} are equal, but this list is a set.`,
    hint: () => "Remove one of them.",
  }),
  "resource/form": code<{ value: string; expected: string }>({
    severity: "error",
    summary: "Value not of the expected form",
    message: ({ value, expected }) => `${value} is not ${expected}.`,
  }),
  "resource/more-findings": code<{ count: number }>({
    severity: "info",
    summary: "Further findings left out",
    message: ({ count }) => `${count} more findings of this resource are not shown.`,
  }),
} as const;
