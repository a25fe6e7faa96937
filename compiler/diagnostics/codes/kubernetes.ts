export const KUBERNETES_CODES = {} as const;
