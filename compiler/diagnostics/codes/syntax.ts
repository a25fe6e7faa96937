export const SYNTAX_CODES = {} as const;
