export const BGP_CODES = {} as const;
