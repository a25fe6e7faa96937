/** The nodes of a YAML document with their extents in its text, as an editor needs them. */
import {
  COLLECTION_STYLE,
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
} from "js-yaml";

/** `start` and `end` are offsets in the text; an anchor and a tag belong to their node. */
interface Extent {
  readonly start: number;
  readonly end: number;
}

export interface ScalarNode extends Extent {
  readonly kind: "scalar";
  /** `block`: literal or folded, from the first line of the content. `empty`: nothing is written. Aliases are plain. */
  readonly style: "plain" | "single" | "double" | "block" | "empty";
  readonly value: string;
}

export interface MappingNode extends Extent {
  readonly kind: "mapping";
  readonly isFlow: boolean;
  readonly entries: readonly { readonly key: YamlNode; readonly value: YamlNode }[];
}

export interface SequenceNode extends Extent {
  readonly kind: "sequence";
  readonly isFlow: boolean;
  readonly items: readonly YamlNode[];
}

export type YamlNode = ScalarNode | MappingNode | SequenceNode;

/** The content of a text that holds one document; `undefined` where that is empty. Throws YAMLException. */
export function readNodes(text: string): YamlNode | undefined {
  const events = parseEvents(text, {});
  let next = 0;
  // Events do not say where a collection or an empty scalar ends: it is where the node before it did.
  let end = 0;
  const read = (): YamlNode | undefined => {
    const event = events[next++];
    switch (event?.type) {
      case undefined:
      case EVENT_ID.POP:
        return undefined;
      case EVENT_ID.DOCUMENT:
        return read();
      case EVENT_ID.ALIAS:
        end = event.anchorEnd;
        return { kind: "scalar", start: event.anchorStart - 1, end, style: "plain", value: "" };
      case EVENT_ID.SCALAR: {
        const scalar = scalarNode(text, event, end);
        end = scalar.end;
        return scalar;
      }
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        const isFlow = event.style === COLLECTION_STYLE.FLOW;
        end = isFlow ? event.start + 1 : event.start;
        const children: YamlNode[] = [];
        for (let child = read(); child !== undefined; child = read()) children.push(child);
        if (isFlow) end = skipBlank(text, end, ",") + 1;
        const extent = { start: withProperties(event, event.start), end, isFlow };
        if (event.type === EVENT_ID.SEQUENCE) return { kind: "sequence", ...extent, items: children };
        const entries = children.flatMap((key, i) => (i % 2 === 0 ? { key, value: children[i + 1]! } : []));
        return { kind: "mapping", ...extent, entries };
      }
    }
  };
  return read();
}

/** `before`: the end of the node before it. */
function scalarNode(text: string, event: ScalarEvent, before: number): ScalarNode {
  const { valueStart, valueEnd, style } = event;
  if (valueStart < 0) {
    const next = skipBlank(text, before);
    const at = text[next] === ":" || text[next] === "-" ? next + 1 : before;
    return { kind: "scalar", start: at, end: at, style: "empty", value: "" };
  }
  const value = getScalarValue(text, event);
  const start = (quotes: number): number => withProperties(event, valueStart - quotes);
  switch (style) {
    case SCALAR_STYLE.SINGLE_QUOTED:
      return { kind: "scalar", start: start(1), end: valueEnd + 1, style: "single", value };
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return { kind: "scalar", start: start(1), end: valueEnd + 1, style: "double", value };
    case SCALAR_STYLE.PLAIN:
      return { kind: "scalar", start: start(0), end: valueEnd, style: "plain", value };
    case SCALAR_STYLE.LITERAL_BLOCK:
    case SCALAR_STYLE.FOLDED_BLOCK: {
      // Blank lines behind it are the reader's, whether or not they count.
      const end = valueStart + text.slice(valueStart, valueEnd).trimEnd().length;
      return { kind: "scalar", start: start(0), end, style: "block", value };
    }
  }
}

function withProperties(
  { anchorStart, tagStart }: { readonly anchorStart: number; readonly tagStart: number },
  start: number,
): number {
  const anchor = anchorStart < 0 ? start : anchorStart - 1;
  return Math.min(start, anchor, tagStart < 0 ? start : tagStart);
}

/** The first offset from `at` on that is neither white space, nor in a comment, nor one of `also`. */
export function skipBlank(text: string, at: number, also = ""): number {
  let i = at;
  for (; i < text.length; i++) {
    if (text[i] === "#" && /\s/.test(text[i - 1] ?? " ")) {
      while (i < text.length && text[i] !== "\n") i++;
    } else if (!/\s/.test(text[i]!) && !also.includes(text[i]!)) break;
  }
  return i;
}
