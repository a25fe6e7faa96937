export const ROUTING_CODES = {} as const;
