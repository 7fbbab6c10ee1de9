/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "d46a094b7b6d628542927894bcd376b221ba8880ebeaef0264d86c22908c87ac",
  shared: "d2fd2eda5b8b0237b684019872002a4b096a976f43cc45437ac9c69df9b8fdbe",
} as const;
