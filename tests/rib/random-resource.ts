/** A resource, or a part of one, as JSON. */
export type Body = Readonly<Record<string, unknown>>;

export function resource(
  kind: string,
  name: string,
  spec: Body,
  labels?: Readonly<Record<string, string>>,
): Body {
  return {
    apiVersion: "projectcalico.org/v3",
    kind,
    metadata: { name, ...(labels === undefined ? {} : { labels }) },
    spec,
  };
}
