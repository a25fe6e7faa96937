export const ENGINE_CODES = {} as const;
