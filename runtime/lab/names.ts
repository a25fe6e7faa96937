/** What a lab may be called: it becomes part of file names and of the names of network namespaces. */
export const LAB_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** Network namespaces of a lab, by what lives in them. */
export const spaceNames = {
  /** Bridges between the machines, and the router between subnets. */
  fabric: (lab: string) => `${lab}-fabric`,
  /** Where features of the kernel are tried. */
  scratch: (lab: string) => `${lab}-probe`,
  node: (lab: string, node: string) => `${lab}-node-${node}`,
  router: (lab: string, address: string) => `${lab}-router-${address.replaceAll(":", "-")}`,
  /** `workload`: `<namespace>/<pod>`. */
  workload: (lab: string, workload: string) => `${lab}-pod-${workload.replaceAll("/", ".")}`,
} as const;
