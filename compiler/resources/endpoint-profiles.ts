/** The profile through which the workloads and network sets of a namespace inherit its labels. */
export function namespaceProfile(namespace: string): string {
  return `kns.${namespace}`;
}

/** The profile through which the workloads of a service account inherit its labels. */
export function serviceAccountProfile(namespace: string, serviceAccount: string): string {
  return `ksa.${namespace}.${serviceAccount}`;
}

/**
 * The profiles of a pod: its namespace's, then its service account's, if it names one. Pods of one account share one
 * list, as clusters have very many of them.
 */
export class EndpointProfiles {
  readonly #lists = new Map<string, Map<string, readonly string[]>>();

  /** @param serviceAccount "" = none */
  of(namespace: string, serviceAccount: string): readonly string[] {
    let ofNamespace = this.#lists.get(namespace);
    if (ofNamespace === undefined) {
      ofNamespace = new Map();
      this.#lists.set(namespace, ofNamespace);
    }
    let list = ofNamespace.get(serviceAccount);
    if (list === undefined) {
      const own = serviceAccount === "" ? [] : [serviceAccountProfile(namespace, serviceAccount)];
      list = [namespaceProfile(namespace), ...own];
      ofNamespace.set(serviceAccount, list);
    }
    return list;
  }
}
