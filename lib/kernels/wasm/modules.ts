/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "cc804f71437ac7abcf4c254dad377e076ecabfcd8cf47da1ad8d926d9332bcd7",
  shared: "b41acb38a411ce5df67682dc4841a8bab04ecd7037ac3115c2c09c6fbe208dcd",
} as const;
