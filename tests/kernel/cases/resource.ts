/** A resource; `kind` begins with its API where that is not Calico's: `networking.k8s.io/v1 NetworkPolicy`. */
export function resource(kind: string, metadata: string, spec: string): string {
  const [name, apiVersion = "projectcalico.org/v3"] = kind.split(" ").toReversed();
  return `---
apiVersion: ${apiVersion}
kind: ${name}
metadata: { ${metadata} }
spec: { ${spec} }
`;
}
