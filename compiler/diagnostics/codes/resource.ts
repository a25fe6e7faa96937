export const RESOURCE_CODES = {} as const;
