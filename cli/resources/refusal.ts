/** What Calico's client refuses, in the words of `libcalico-go/lib/errors/errors.go` of projectcalico/calico. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** An operation that Calico does not offer on a resource, whatever the datastore. */
export function unsupported(operation: string, what: string, reason?: string): Refusal {
  return new Refusal(
    `operation ${operation} is not supported on ${what}${reason === undefined ? "" : `: ${reason}`}`,
  );
}

export interface RefusedField {
  readonly name: string;
  readonly value: string;
  readonly reason: string;
}

/** Fields that cannot be what they are beside what is stored. `fields` is not empty. */
export function refusedFields(fields: readonly RefusedField[]): Refusal {
  const texts = fields.map(({ name, value, reason }) => `${name} = '${value}' (${reason})`);
  return new Refusal(
    texts.length === 1
      ? `error with field ${texts[0]}`
      : ["error with the following fields:", ...texts.map((text) => `-  ${text}`)].join("\n"),
  );
}
