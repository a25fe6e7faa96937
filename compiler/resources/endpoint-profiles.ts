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
      list = [`kns.${namespace}`, ...(serviceAccount === "" ? [] : [`ksa.${namespace}.${serviceAccount}`])];
      ofNamespace.set(serviceAccount, list);
    }
    return list;
  }
}
